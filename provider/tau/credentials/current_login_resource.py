"""`tau:postgres:CurrentLogin`: lets the login in that the connection Secret is about to name."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors
from tau.credentials import rotation
from tau.credentials.server_roles import ServerRoles
from tau.kubernetes.api import KubernetesApi
from tau.resource.contract import CustomResource, Difference, Operation
from tau.types.postgres import CurrentLoginArgs, FormerLoginArgs
from tau.values import constraints


class CurrentLogin(CustomResource[CurrentLoginArgs]):
    """Every update does all of it again; after a deletion applications keep the login that they have."""

    @override
    def check(self, args: CurrentLoginArgs, problems: errors.Problems) -> None:
        """Note what is wrong with the inputs."""
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)

    @override
    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Any change does the same again."""
        return Difference(expired=frozenset({"message"}) if "username" in changed else frozenset())

    @override
    async def create(self, args: CurrentLoginArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Let the current login in."""
        return f"{args.namespace}/{args.instance}/{args.database}", await self._let_in(args, operation)

    @override
    async def update(
        self, args: CurrentLoginArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """Let the current login in."""
        return await self._let_in(args, operation)

    async def _let_in(self, args: CurrentLoginArgs, operation: Operation) -> Mapping[str, Any]:
        roles = server_roles(self.api, args, operation)
        owner, username, second = str(args.owner), str(args.username), str(rotation.second_login(args.owner))
        await roles.hold(username, until=None)
        # What the second login has made in its own name, its successor would not be let at.
        statements = rotation.act_as_owner(second, owner), rotation.hand_over(second, owner)
        await roles.run(str(args.database), *statements)
        message = f"{username} is let into {args.database}"
        operation.tell(message)
        return {"message": message}


def server_roles(api: KubernetesApi, args: CurrentLoginArgs | FormerLoginArgs, operation: Operation) -> ServerRoles:
    """The roles of the instance that the arguments name."""
    return ServerRoles(api, str(args.namespace), str(args.instance), operation)
