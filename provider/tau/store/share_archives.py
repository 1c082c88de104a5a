"""Archives that a share holds already, against the live Clusters that will write to it once a gateway serves it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster, object_store
from tau.store import preflight


async def check(api: KubernetesApi, host: str, archives: Mapping[str, str]) -> None:
    """Refuse a share with an archive by the name that a live Cluster writes to through `host`, made by another server.

    A copy of the Cluster's own archive has its system identifier, and so do archives that hold no base backup yet.

    Raises:
        errors.ClusterError: Continuing would overwrite WAL of the other server.
    """
    if not archives:
        return
    try:
        clusters = await api.items(cluster.KIND)
    except errors.Unreachable:
        raise
    except errors.ClusterError:
        # A user who may not list Clusters gets a shorter message, but can still work.
        return
    for live_cluster in clusters:
        use = object_store.archiver(live_cluster)
        theirs = archives.get(use.server_name) if use else None
        ours = (live_cluster.get("status") or {}).get("systemID")
        if use and theirs and ours and theirs != ours and await _host(api, live_cluster, use.object_store) == host:
            label = f"{live_cluster['metadata']['namespace']}/{live_cluster['metadata']['name']}"
            raise errors.ClusterError(preflight.taken(label, use.server_name, theirs=theirs, ours=ours))


async def _host(api: KubernetesApi, live_cluster: Mapping[str, Any], name: str) -> str | None:
    store_object = await api.get(object_store.KIND, live_cluster["metadata"]["namespace"], name)
    return (
        urlsplit(str(store_object["spec"]["configuration"].get("endpointURL") or "")).hostname if store_object else None
    )
