"""`tau:postgres:RoleCredential`: the passwords of a database's logins, taken over from its connection Secret or new."""

import secrets
import string
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors, fields
from tau.credentials import digest_key_resource, rotation
from tau.credentials import objects as credentials
from tau.credentials.objects import OLD_PASSWORD, Credential, Logins
from tau.kubernetes.kinds import secret
from tau.resource.contract import CustomResource, Difference, Operation
from tau.types.postgres import RoleCredentialArgs
from tau.values import constraints

LENGTH = 32
_LETTERS = string.ascii_letters + string.digits
_TO_BE_MADE = "\0"
"""Stands in a preview for a password that is not made yet."""
_SECRET = (digest_key_resource.OUTPUT, "ownerPassword", "password", "secondPassword", OLD_PASSWORD)


def password() -> str:
    """190 bits of chance, in letters that no shell and no URL has another meaning for."""
    return "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))


class RoleCredential(CustomResource[RoleCredentialArgs]):
    """Made once, and again for each rotation; it writes nothing to the cluster, and reads there when it is created."""

    @override
    def check(self, args: RoleCredentialArgs, problems: errors.Problems) -> None:
        """Note what is wrong with the inputs."""
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
        constraints.check(problems, "secretName", args.secret_name, constraints.dns_subdomain)

    @override
    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Another rotation makes a password; another name makes none."""
        missing = digest_key_resource.missing(outputs)
        if OLD_PASSWORD in outputs:
            return Difference(expired=missing)
        return Difference(expired=missing | credentials.made_anew(credentials.recorded(outputs), changed))

    @override
    async def foreseen(self, args: RoleCredentialArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Which login is current afterwards, with every password that is not yet to be made."""
        if fields.contains_deferred(list(vars(args).values())):
            return None
        if outputs:
            known = credentials.recorded(outputs)
            following = credentials.continued(known, _text(args.rotation), lambda: _TO_BE_MADE)
            return _outputs(args, following) | digest_key_resource.foreseen(outputs)
        try:
            credential = await self._handed_on(args)
        except errors.ClusterError:
            return None
        beginning = credentials.begun(credential, str(args.owner), _text(args.rotation), lambda: _TO_BE_MADE)
        return _outputs(args, beginning) | digest_key_resource.foreseen({})

    @override
    async def create(self, args: RoleCredentialArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Take over what is there, or make a password."""
        try:
            credential = await self._handed_on(args)
        except errors.NoCluster:
            # Rendering manifests to a folder has none, and needs the password all the same.
            credential = None
        if credential:
            operation.tell(f"{credential.username} keeps the password that Secret {args.secret_name} holds")
        made = credentials.begun(credential, str(args.owner), _text(args.rotation), password)
        return f"{args.namespace}/{args.secret_name}", _outputs(args, made) | digest_key_resource.recorded_or_new({})

    @override
    async def update(
        self, args: RoleCredentialArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """Make a password for the other login where the rotation is another one."""
        known = credentials.recorded(outputs)
        following = credentials.continued(known, _text(args.rotation), password)
        return _outputs(args, following) | digest_key_resource.recorded_or_new(outputs)

    @override
    async def read(self, args: RoleCredentialArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What is recorded; the Secret is made from it."""
        hidden = {key: fields.Secret(handle=None, value=outputs[key]) for key in _SECRET if key in outputs}
        return {**outputs, **hidden}

    async def _handed_on(self, args: RoleCredentialArgs) -> Credential | None:
        live_secret = await self.api.get(secret.KIND, str(args.namespace), str(args.secret_name))
        return credentials.handed_on(live_secret, str(args.database), _logins(args))


def _outputs(args: RoleCredentialArgs, known: Logins) -> dict[str, Any]:
    current = known.current(*_logins(args))
    hidden = {
        "ownerPassword": known.owner_password,
        "password": current.password,
        "secondPassword": known.second_password,
    }
    outputs = {"generation": known.generation, "rotation": known.rotation, "username": current.username}
    return {**outputs, **{key: _hidden(value) for key, value in hidden.items()}}


def _hidden(value: str) -> fields.Deferred:
    return fields.Deferred(handle=None) if value == _TO_BE_MADE else fields.Secret(handle=None, value=value)


def _logins(args: RoleCredentialArgs) -> tuple[str, str]:
    return str(args.owner), str(rotation.second_login(args.owner))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
