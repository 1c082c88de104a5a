"""`tau:postgres:FormerLogin`: ends the password that was current before, once nobody needs it any more."""

import datetime
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors
from tau.credentials import rotation
from tau.credentials.current_login_resource import server_roles
from tau.resource.contract import CustomResource, Difference, Operation
from tau.types.postgres import FormerLoginArgs
from tau.values import constraints, duration


class FormerLogin(CustomResource[FormerLoginArgs]):
    """Sets an end once for each generation; neither another `overlap` later nor a deletion moves an end that is set."""

    @override
    def check(self, args: FormerLoginArgs, problems: errors.Problems) -> None:
        """Note what is wrong with the inputs."""
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
        constraints.check(problems, "overlap", args.overlap, rotation.overlap_rule)

    @override
    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Another generation has another end."""
        return Difference(expired=frozenset({"ends", "generation"}) if "generation" in changed else frozenset())

    @override
    async def create(self, args: FormerLoginArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Set the end."""
        return f"{args.namespace}/{args.instance}/{args.database}", await self._end(args, operation)

    @override
    async def update(
        self, args: FormerLoginArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """Set the end of another generation."""
        return outputs if outputs["generation"] == args.generation else await self._end(args, operation)

    async def _end(self, args: FormerLoginArgs, operation: Operation) -> Mapping[str, Any]:
        owner = str(args.owner)
        former = rotation.other(str(args.username), owner)
        ends = (_now() + datetime.timedelta(seconds=duration.checked(str(args.overlap)))).strftime("%Y-%m-%dT%H:%M:%SZ")
        roles = server_roles(self.api, args, operation)
        await roles.hold(former, until=ends)
        await roles.run(str(args.database), rotation.hand_over(str(rotation.second_login(owner)), owner))
        operation.tell(f"the password of {former} is refused from {ends} on")
        return {"ends": ends, "generation": args.generation}


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
