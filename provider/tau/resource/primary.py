"""The Pod that a Cluster's primary runs in, as the place to run commands as `postgres`.

All SQL that the provider runs in a live server goes through here, so that every session begins in the same way.
"""

from collections.abc import Sequence

from tau import errors
from tau.kubernetes.api import SECONDS_TO_RUN, KubernetesApi
from tau.kubernetes.kinds import cluster
from tau.resource.script import superuser_session


async def run(
    api: KubernetesApi, namespace: str, instance: str, command: Sequence[str], *, seconds: float = SECONDS_TO_RUN
) -> str:
    """What a command prints that may take so long; one that fails raises what it has written.

    Every client of PostgreSQL in it connects with the options of `superuser_session`.
    """
    live_cluster = await api.get(cluster.KIND, namespace, instance)
    name = cluster.primary(live_cluster) if live_cluster else ""
    if not name:
        raise errors.ClusterError(f"Cluster {namespace}/{instance} has no primary")
    within = ["env", f"PGOPTIONS={superuser_session.options()}", *command]
    return await api.run(namespace, name, cluster.CONTAINER, within, seconds=seconds)
