"""Whether a Cluster may hold data that nobody else has."""

from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster, persistent_volume_claim


async def may_be_there(api: KubernetesApi, namespace: str, name: str, item: Mapping[str, Any]) -> bool:
    """Whether a Cluster ever had a primary, or has a volume that was initialized.

    The status alone does not tell: backups of Kubernetes objects bring a Cluster back without one. Where the claims
    cannot be read, there may be data.
    """
    if cluster.has_served(item):
        return True
    labels = {cluster.LABEL: name}
    try:
        claims = await api.items(persistent_volume_claim.KIND, namespace, labels)
    except errors.Unreachable:
        raise
    except errors.ClusterError:
        return True
    return any(persistent_volume_claim.initialized(claim) for claim in claims)
