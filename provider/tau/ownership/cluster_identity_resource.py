"""`tau:postgres:ClusterIdentity`: remembers which physical cluster a stack is deployed to, and refuses another one.

The kubernetes package tells clusters apart by their address, and replaces every object when that changes. The uid of
the namespace `kube-system` is what stays for the life of a cluster, and no two clusters share.
"""

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors
from tau.ownership import objects as ownership
from tau.resource.contract import CustomResource, Operation
from tau.types.postgres import ClusterIdentityArgs

_WITHOUT = "the Kubernetes cluster could not be identified: "
_ALLOW = (
    "Another cluster under this stack will not be noticed; allow the user to `get` the namespace kube-system, best "
    "before the first `pulumi up`"
)


class ClusterIdentity(CustomResource[ClusterIdentityArgs]):
    """Makes nothing; what counts is the uid in the state. Another address of the same cluster is only written down."""

    @override
    async def compare(self, recorded: Mapping[str, Any], args: ClusterIdentityArgs, problems: errors.Problems) -> None:
        """Refuse another cluster than the recorded one; one that does not answer is told by what is done in it."""
        known, live = recorded.get(ownership.CLUSTER_ID), await self._live(args)
        if known and live and known != live:
            problems.add("", ownership.another_cluster(known, live))

    @override
    async def supplement(self, recorded: Mapping[str, Any], args: ClusterIdentityArgs) -> Mapping[str, Any]:
        """The uid as an input, so that the next Check has it; the recorded one where nobody answers."""
        uid = await self._live(args) or recorded.get(ownership.CLUSTER_ID)
        return {ownership.CLUSTER_ID: uid} if uid else {}

    @override
    async def foreseen(self, args: ClusterIdentityArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The uid in a preview too, as the kubernetes provider replaces everything where it is not known."""
        uid = outputs.get("uid") or (args.cluster_id if isinstance(args.cluster_id, str) else None)
        return {"uid": uid} if uid else None

    @override
    async def create(self, args: ClusterIdentityArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Record which cluster it is; without permission to read its identity, none is recorded."""
        uid = await self._identified(args, operation)
        return uid, {"uid": uid}

    @override
    async def read(self, args: ClusterIdentityArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Refuse to refresh the state from another cluster, where every object would be missing."""
        live = await self._live(args)
        if live and outputs.get("uid") and live != outputs["uid"]:
            raise errors.ClusterError(ownership.another_cluster(outputs["uid"], live))
        return outputs

    async def _identified(self, args: ClusterIdentityArgs, operation: Operation) -> str:
        if isinstance(args.cluster_id, str):
            return args.cluster_id
        try:
            return await self.api.identity()
        except errors.Unreachable as away:
            raise type(away)(f"{_WITHOUT}{away}") from away
        except errors.ClusterError as refused:
            operation.warn(f"{_WITHOUT}{refused}. {_ALLOW}")
            return ownership.UNIDENTIFIED

    async def _live(self, args: ClusterIdentityArgs) -> str | None:
        if not all(value is None or isinstance(value, str) for value in (args.kubeconfig, args.context)):
            return None
        try:
            return await self.api.at_once().identity()
        except errors.ClusterError:
            return None
