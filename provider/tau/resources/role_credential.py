"""`tau:postgres:RoleCredential`: the password of a database's owner, taken over from its connection Secret or made."""

import contextlib
import secrets
import string
from collections.abc import Mapping
from typing import Any

from tau import errors, fields
from tau.desired import constraints, role_credential
from tau.desired.role_credential import Credential
from tau.kinds import secret
from tau.resources.custom_resource import Connect, Difference, Operation, revealed
from tau.types.postgres import RoleCredentialArgs

LENGTH = 32
# What a RandomPassword has it in, which states of tau 0.1 record instead of a RoleCredential.
_OLD_PASSWORD = "result"
_LETTERS = string.ascii_letters + string.digits


def password() -> str:
    """190 bits of chance, in letters that no shell and no URL has another meaning for."""
    return "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))


class RoleCredential:
    """Made once; it writes nothing to the cluster, and only reads there when it is created."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def check(self, args: RoleCredentialArgs, problems: errors.Problems) -> None:
        """Note what is wrong with the inputs."""
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
        constraints.check(problems, "secretName", args.secret_name, constraints.dns_subdomain)

    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Another name changes no password."""
        return Difference(expired=frozenset({"username"}) if "owner" in changed else frozenset())

    async def foreseen(self, args: RoleCredentialArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What it would take over; a password that is yet to be made cannot be foreseen."""
        args = revealed(args)
        if _OLD_PASSWORD in outputs:
            return _outputs(Credential(username=str(args.owner), password=outputs[_OLD_PASSWORD]))
        if outputs:
            return None
        if fields.contains_deferred(list(vars(args).values())):
            return None
        with contextlib.suppress(errors.ClusterError):
            found = await self._handed_on(args)
            return _outputs(found) if found else None
        return None

    async def create(self, args: RoleCredentialArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Take over what is there, or make a password."""
        args = revealed(args)
        try:
            found = await self._handed_on(args)
        except errors.NoCluster:
            # Whoever renders manifests to a folder has none, and wants the password all the same.
            found = None
        if found:
            operation.tell(f"{found.username} keeps the password that Secret {args.secret_name} holds")
        made = found or Credential(username=str(args.owner), password=password())
        return f"{args.namespace}/{args.secret_name}", _outputs(made)

    async def update(
        self, args: RoleCredentialArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """Keep the password."""
        kept = outputs[_OLD_PASSWORD] if _OLD_PASSWORD in outputs else outputs["password"]
        return _outputs(Credential(username=str(revealed(args).owner), password=kept))

    async def read(self, args: RoleCredentialArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What is recorded; the Secret is made from it."""
        if _OLD_PASSWORD in outputs:
            return dict(outputs) | {_OLD_PASSWORD: fields.Secret(handle=None, value=outputs[_OLD_PASSWORD])}
        return _outputs(Credential(username=outputs["username"], password=outputs["password"]))

    async def delete(self, args: RoleCredentialArgs, outputs: Mapping[str, Any], operation: Operation) -> None:
        """Nothing to remove."""

    async def _handed_on(self, args: RoleCredentialArgs) -> Credential | None:
        given = (args.kubeconfig, args.context)
        api = self._connect(*(one if isinstance(one, str) else None for one in given))
        found = await api.get("v1", secret.PLURAL, str(args.namespace), str(args.secret_name))
        return role_credential.handed_on(found, str(args.database), {str(args.owner)})


def _outputs(credential: Credential) -> dict[str, Any]:
    return {
        "password": fields.Secret(handle=None, value=credential.password),
        "username": credential.username,
    }
