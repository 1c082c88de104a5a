"""`tau:postgres:CurrentLogin`: lets the login in that the connection Secret is about to name."""

from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.desired import constraints, rotation
from tau.resources.custom_resource import Connect, CustomResource, Difference, Operation, revealed
from tau.resources.server_roles import ServerRoles
from tau.types.postgres import CurrentLoginArgs


class CurrentLogin(CustomResource[CurrentLoginArgs]):
    """All of it is done anew by each update, and can be."""

    def check(self, args: CurrentLoginArgs, problems: errors.Problems) -> None:
        """Note what is wrong with the inputs."""
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)

    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Whatever changes, the same is done again."""
        return Difference(expired=frozenset({"message"}) if "username" in changed else frozenset())

    async def create(self, args: CurrentLoginArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Let the current login in."""
        args = revealed(args)
        return f"{args.namespace}/{args.instance}/{args.database}", await self._let_in(args, operation)

    async def update(
        self, args: CurrentLoginArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """Let the current login in."""
        return await self._let_in(revealed(args), operation)

    async def read(self, args: CurrentLoginArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What was done."""
        return outputs

    async def delete(self, args: CurrentLoginArgs, outputs: Mapping[str, Any], operation: Operation) -> None:
        """Applications go on with the login that they have."""

    async def _let_in(self, args: CurrentLoginArgs, operation: Operation) -> Mapping[str, Any]:
        roles = server_roles(self.connect, args, operation)
        owner, username, second = str(args.owner), str(args.username), str(rotation.second_login(args.owner))
        await roles.hold(username, until=None)
        # What the second login has made in its own name, its successor would not be let at.
        statements = rotation.act_as_owner(second, owner), rotation.hand_over(second, owner)
        await roles.run(str(args.database), *statements)
        message = f"{username} is let into {args.database}"
        operation.tell(message)
        return {"message": message}


def server_roles(connect: Connect, args: Any, operation: Operation) -> ServerRoles:
    """The roles of the instance that the arguments name."""
    given = (args.kubeconfig, args.context)
    api = connect(*(one if isinstance(one, str) else None for one in given))
    return ServerRoles(api, str(args.namespace), str(args.instance), operation)
