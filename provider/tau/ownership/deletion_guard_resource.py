"""`tau:postgres:DeletionGuard`: refuses a deletion that would remove objects of another owner, or another cluster's.

It comes after every object of a component, and so is deleted first: an error here keeps all of them.
"""

import contextlib
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors
from tau.ownership import objects as ownership
from tau.ownership import owned_objects
from tau.resource.contract import CustomResource, Operation
from tau.types.postgres import DeletionGuardArgs


class DeletionGuard(CustomResource[DeletionGuardArgs]):
    """Makes nothing, and only writes another list of objects down; what counts is what it refuses."""

    @override
    async def compare(self, recorded: Mapping[str, Any], args: DeletionGuardArgs, problems: errors.Problems) -> None:
        """Refuse that the program drops an object which is another's now: it would be deleted by name."""
        if not ownership.all_known(args.objects):
            return
        own = str(args.owner)
        owners = {own, str(recorded.get("owner") or own)}
        wanted = ownership.known(args.objects)
        dropped = [owned for owned in ownership.known(recorded.get("objects")) if owned not in wanted]
        with contextlib.suppress(errors.ClusterError):
            for owned, live in await owned_objects.find_live(self.api.at_once(), dropped):
                if ownership.is_anothers(live, owners):
                    problems.add("", ownership.not_removed(owned, str(ownership.owner_of(live)), own))

    @override
    async def create(self, args: DeletionGuardArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Write down whose the objects are."""
        return str(args.owner), {}

    @override
    async def delete(self, args: DeletionGuardArgs, outputs: Mapping[str, Any], operation: Operation) -> None:
        """Refuse where an object is another's by now; one that nobody owns was taken over from the time before tau."""
        own = str(args.owner)
        live_objects = await owned_objects.find_live(self.api, ownership.known(args.objects))
        taken = [
            (owned, str(ownership.owner_of(live))) for owned, live in live_objects if ownership.is_anothers(live, {own})
        ]
        if taken:
            raise errors.ClusterError(ownership.not_deleted(taken, own))
