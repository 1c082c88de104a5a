"""`tau:postgres:Ownership`: nothing is made where an object belongs to another owner, and no data is dropped unsaid.

It comes before every object of a component. It deletes last, and itself, the claims that hold the files of an
application: the kubernetes package deletes by name, also for a replacement that nobody asked for.
"""

import contextlib
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors
from tau.kubernetes.kinds import cluster, persistent_volume_claim, table
from tau.ownership import objects as ownership
from tau.ownership import owned_objects, retention
from tau.ownership.objects import Owned
from tau.resource import live_data
from tau.resource.contract import CustomResource, Operation
from tau.types.postgres import OwnershipArgs


class Ownership(CustomResource[OwnershipArgs]):
    """Writes nothing to the cluster, where objects carry their owner themselves; the state has a list of them."""

    @override
    async def compare(self, recorded: Mapping[str, Any], args: OwnershipArgs, problems: errors.Problems) -> None:
        """Refuse objects of another owner, and data that the program drops without a word."""
        own = str(args.owner)
        owners = {own, str(recorded.get("owner") or own)}
        wanted = ownership.known(args.objects)
        dropped = _dropped(recorded, wanted) if ownership.all_known(args.objects) else []
        # A cluster that does not answer has no objections; what is wrong shows when something is made in it.
        with contextlib.suppress(errors.ClusterError):
            live_objects = await owned_objects.find_live(self.api.at_once(), [*wanted, *dropped])
            taken = [(owned, live) for owned, live in live_objects if ownership.is_anothers(live, owners)]
            refused = [(owned, str(ownership.owner_of(live))) for owned, live in taken if owned in wanted]
            if refused:
                problems.add("", ownership.taken(refused, own))
            for owned, live in live_objects:
                if owned in dropped and (owned, live) not in taken and await self._holds(owned, live):
                    problems.add("", ownership.dropped(owned))

    async def _holds(self, owned: Owned, live: Mapping[str, Any]) -> bool:
        """Whether anything would be left behind; a server that never came up holds nothing."""
        if ownership.given_up(live):
            return False
        if owned.kind != cluster.KIND.kind:
            return True
        return await live_data.may_be_there(self.api.at_once(), str(owned.namespace), owned.name, live)

    @override
    async def create(self, args: OwnershipArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Write down whose the objects are; the field managers of an earlier tau give those up that exist."""
        api = self.api
        for owned, live in await owned_objects.find_live(api, ownership.known(args.objects)):
            patch = ownership.released(live)
            if patch and not ownership.is_anothers(live, {str(args.owner)}):
                await api.merge(table.of(owned.api_version, owned.kind), owned.namespace, owned.name, patch)
        return str(args.owner), _outputs(args)

    @override
    async def update(self, args: OwnershipArgs, outputs: Mapping[str, Any], operation: Operation) -> Mapping[str, Any]:
        """Write down another list; a claim that is no longer in it was given up by hand, and is deleted."""
        former = _dropped({"objects": outputs.get("claims")}, ownership.known(args.objects))
        owners = {str(args.owner), str(outputs.get("owner"))}
        api = self.api
        for owned, live in await owned_objects.find_live(api, former):
            if ownership.given_up(live) and not ownership.is_anothers(live, owners):
                operation.note(f"{owned.shown} was given up, and is deleted with its files")
                await owned_objects.begin(api, [(owned, live)])
        return _outputs(args)

    @override
    async def delete(self, args: OwnershipArgs, outputs: Mapping[str, Any], operation: Operation) -> None:
        """Delete the claims, after everything that used them; those of another owner, and retained ones, remain."""
        claims = ownership.known(outputs.get("claims"))
        if not claims:
            return
        api, own = self.api, {str(outputs.get("owner"))}
        live_objects = await owned_objects.find_live(api, claims)
        leaving = [
            (owned, live)
            for owned, live in live_objects
            if not ownership.is_anothers(live, own) and retention.owner(live) is None
        ]
        await owned_objects.delete(api, leaving, operation)


def _dropped(recorded: Mapping[str, Any], wanted: list[Owned]) -> list[Owned]:
    """The objects with data that were recorded, and are not wanted any more."""
    return [owned for owned in ownership.known(recorded.get("objects")) if owned.holds_data and owned not in wanted]


def _outputs(args: OwnershipArgs) -> Mapping[str, Any]:
    objects = ownership.known(args.objects)
    claims = [owned for owned in objects if owned.holds_data and owned.kind == persistent_volume_claim.KIND.kind]
    return {"owner": args.owner, "claims": [ownership.written(owned) for owned in claims]}
