"""`tau:postgres:GatewayKey`: a key of a BackupStore's gateway, taken over from its Secret or made."""

import contextlib
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors, fields
from tau.credentials import digest_key_resource
from tau.credentials import resource as credentials_resource
from tau.credentials.objects import OLD_PASSWORD
from tau.kubernetes.kinds import secret
from tau.kubernetes.manifest import made_by_tau
from tau.resource.contract import CustomResource, Difference, Operation
from tau.types.postgres import GatewayKeyArgs
from tau.values import constraints


class GatewayKey(CustomResource[GatewayKeyArgs]):
    """Made once, and again for each rotation; it writes nothing to the cluster."""

    @override
    def check(self, args: GatewayKeyArgs, problems: errors.Problems) -> None:
        """Note what is wrong with the inputs."""
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
        constraints.check(problems, "secretName", args.secret_name, constraints.dns_subdomain)

    @override
    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Another rotation makes a key."""
        renewed = frozenset({"rotation", "value"}) if "rotation" in changed else frozenset[str]()
        return Difference(expired=renewed | digest_key_resource.missing(outputs))

    @override
    async def foreseen(self, args: GatewayKeyArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What it would take over or keep; a key that is yet to be made cannot be foreseen."""
        if fields.contains_deferred(list(vars(args).values())):
            return None
        if outputs:
            return (
                _outputs(args, _value(outputs)) | digest_key_resource.foreseen(outputs)
                if _stays(args, outputs)
                else None
            )
        with contextlib.suppress(errors.ClusterError):
            key = await self._held(args)
            return _outputs(args, key) | digest_key_resource.foreseen({}) if key else None
        return None

    @override
    async def create(self, args: GatewayKeyArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Take over what is there, or make a key."""
        try:
            key = await self._held(args)
        except errors.NoCluster:
            key = None
        identifier = f"{args.namespace}/{args.secret_name}/{args.key}"
        return identifier, _outputs(args, key or credentials_resource.password()) | digest_key_resource.recorded_or_new(
            {}
        )

    @override
    async def update(self, args: GatewayKeyArgs, outputs: Mapping[str, Any], operation: Operation) -> Mapping[str, Any]:
        """Make another key where the rotation is another one."""
        value = _value(outputs) if _stays(args, outputs) else credentials_resource.password()
        return _outputs(args, value) | digest_key_resource.recorded_or_new(outputs)

    @override
    async def read(self, args: GatewayKeyArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What is recorded; the Secret is made from it."""
        hidden = {OLD_PASSWORD, "value", digest_key_resource.OUTPUT} & outputs.keys()
        return {**outputs, **{name: fields.Secret(handle=None, value=outputs[name]) for name in hidden}}

    async def _held(self, args: GatewayKeyArgs) -> str:
        live_secret = await self.api.get(secret.KIND, str(args.namespace), str(args.secret_name))
        if live_secret is None or not made_by_tau(live_secret):
            return ""
        return secret.text(live_secret).get(str(args.key), "")


def _stays(args: GatewayKeyArgs, outputs: Mapping[str, Any]) -> bool:
    """Taking the input out makes no key."""
    return args.rotation is None or args.rotation == outputs.get("rotation", "")


def _value(outputs: Mapping[str, Any]) -> str:
    """The key that the state knows, also that of an earlier version."""
    return str(outputs[OLD_PASSWORD] if OLD_PASSWORD in outputs else outputs["value"])


def _outputs(args: GatewayKeyArgs, value: str) -> dict[str, Any]:
    return {"rotation": args.rotation or "", "value": fields.Secret(handle=None, value=value)}
