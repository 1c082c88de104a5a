"""`tau:postgres:DeletionGuard`: refuses a deletion that would remove objects of another owner, or another cluster's.

It comes after every object of a component, and so is deleted first: an error here keeps all of them.
"""

import contextlib
from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.desired import ownership
from tau.kubernetes_api import KubernetesApi
from tau.resources import owned_objects
from tau.resources.custom_resource import CustomResource, Difference, Operation, revealed
from tau.types.postgres import DeletionGuardArgs


class DeletionGuard(CustomResource[DeletionGuardArgs]):
    """Makes nothing; what counts is what it refuses."""

    def check(self, args: DeletionGuardArgs, problems: errors.Problems) -> None:
        """What is wrong can only be told beside what was recorded."""

    async def compare(self, recorded: Mapping[str, Any], args: DeletionGuardArgs, problems: errors.Problems) -> None:
        """Refuse that the program drops an object which is another's now: it would be deleted by name."""
        args = revealed(args)
        if not ownership.all_known(args.objects):
            return
        own = str(args.owner)
        owners = {own, str(recorded.get("owner") or own)}
        wanted = ownership.known(args.objects)
        dropped = [one for one in ownership.known(recorded.get("objects")) if one not in wanted]
        with contextlib.suppress(errors.ClusterError):
            for one, live in await owned_objects.living(self._api(args).at_once(), dropped):
                if ownership.is_anothers(live, owners):
                    problems.add("", ownership.not_removed(one, str(ownership.owner_of(live)), own))

    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Other objects are only written down."""
        return Difference()

    async def create(self, args: DeletionGuardArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Write down whose the objects are."""
        return str(args.owner), {}

    async def update(
        self, args: DeletionGuardArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """Write down another list."""
        return {}

    async def read(self, args: DeletionGuardArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What was written down; the objects themselves are resources of their own."""
        return outputs

    async def delete(self, args: DeletionGuardArgs, outputs: Mapping[str, Any], operation: Operation) -> None:
        """Refuse where an object is another's by now; one that nobody owns was taken over from the time before tau."""
        args = revealed(args)
        own = str(args.owner)
        found = await owned_objects.living(self._api(args), ownership.known(args.objects))
        taken = [(one, str(ownership.owner_of(live))) for one, live in found if ownership.is_anothers(live, {own})]
        if taken:
            raise errors.ClusterError(ownership.not_deleted(taken, own))

    def _api(self, args: DeletionGuardArgs) -> KubernetesApi:
        given = (args.kubeconfig, args.context)
        return self.connect(*(one if isinstance(one, str) else None for one in given))
