"""`tau:postgres:ClusterIdentity`: remembers which physical cluster a stack is deployed to, and refuses another one.

The kubernetes package tells clusters apart by their address, and replaces every object when that changes. The uid of
the namespace `kube-system` is what stays for the life of a cluster, and no two clusters share.
"""

from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.desired import ownership
from tau.kubernetes_api import KubernetesApi
from tau.resources.custom_resource import CustomResource, Difference, Operation, revealed
from tau.types.postgres import ClusterIdentityArgs

_WITHOUT = "the Kubernetes cluster could not be identified: "
_ALLOW = (
    "Another cluster under this stack will not be noticed; allow the user to `get` the namespace kube-system, best "
    "before the first `pulumi up`"
)


class ClusterIdentity(CustomResource[ClusterIdentityArgs]):
    """Makes nothing; what counts is the uid in the state."""

    def check(self, args: ClusterIdentityArgs, problems: errors.Problems) -> None:
        """Any access is as good as another."""

    async def compare(self, recorded: Mapping[str, Any], args: ClusterIdentityArgs, problems: errors.Problems) -> None:
        """Refuse another cluster than the recorded one; one that does not answer is told by what is done in it."""
        known, live = recorded.get(ownership.CLUSTER_ID), await self._live(args)
        if known and live and known != live:
            problems.add("", ownership.another_cluster(known, live))

    async def supplement(self, recorded: Mapping[str, Any], args: ClusterIdentityArgs) -> Mapping[str, Any]:
        """The uid as an input, so that the next Check has it; the recorded one where nobody answers."""
        found = await self._live(args) or recorded.get(ownership.CLUSTER_ID)
        return {ownership.CLUSTER_ID: found} if found else {}

    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Another address of the same cluster is only written down."""
        return Difference(expired=frozenset())

    async def foreseen(self, args: ClusterIdentityArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The uid in a preview too, as the kubernetes provider replaces everything where it is not known."""
        found = outputs.get("uid") or (args.cluster_id if isinstance(args.cluster_id, str) else None)
        return {"uid": found} if found else None

    async def create(self, args: ClusterIdentityArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Write down which cluster it is; whoever may not read its identity goes without."""
        found = await self._identified(args, operation)
        return found, {"uid": found}

    async def update(
        self, args: ClusterIdentityArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """The same cluster, by another address; with another uid the kubernetes package would replace everything."""
        return outputs

    async def read(self, args: ClusterIdentityArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Refuse to refresh the state from another cluster, where every object would be missing."""
        live = await self._live(args)
        if live and outputs.get("uid") and live != outputs["uid"]:
            raise errors.ClusterError(ownership.another_cluster(outputs["uid"], live))
        return outputs

    async def delete(self, args: ClusterIdentityArgs, outputs: Mapping[str, Any], operation: Operation) -> None:
        """The cluster stays."""

    async def _identified(self, args: ClusterIdentityArgs, operation: Operation) -> str:
        if isinstance(args.cluster_id, str):
            return args.cluster_id
        try:
            return await self._api(revealed(args)).identity()
        except errors.Unreachable as away:
            raise type(away)(f"{_WITHOUT}{away}") from away
        except errors.ClusterError as refused:
            operation.warn(f"{_WITHOUT}{refused}. {_ALLOW}")
            return ownership.UNIDENTIFIED

    async def _live(self, args: ClusterIdentityArgs) -> str | None:
        args = revealed(args)
        if not all(one is None or isinstance(one, str) for one in (args.kubeconfig, args.context)):
            return None
        try:
            return await self._api(args).at_once().identity()
        except errors.ClusterError:
            return None

    def _api(self, args: ClusterIdentityArgs) -> KubernetesApi:
        given = (args.kubeconfig, args.context)
        return self.connect(*(one if isinstance(one, str) else None for one in given))
