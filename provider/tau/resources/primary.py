"""The Pod that a Cluster's primary runs in, as the place to run commands as `postgres`.

All SQL that the provider runs in a live server goes through here, so that every session begins in the same way.
"""

from collections.abc import Sequence

from tau import errors
from tau.kinds import cluster
from tau.kubernetes_api import SECONDS_TO_RUN, KubernetesApi
from tau.scripts import superuser_session, wal_position

# A designated primary of a replica cluster writes no WAL of its own, and so has none to switch.
_SWITCH = (
    "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN '0/0'::pg_catalog.pg_lsn ELSE pg_catalog.pg_switch_wal() END"
)


async def switch_wal(api: KubernetesApi, namespace: str, instance: str) -> int:
    """End the primary's current WAL segment, so that it is archived at once; the LSN before which all rows are."""
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c", _SWITCH]
    answer = (await run(api, namespace, instance, command)).strip()
    position = wal_position.parse(answer)
    if position is None:
        raise errors.ClusterError(f"the primary of {namespace}/{instance} answers {answer[:100]!r} instead of an LSN")
    return position


async def run(
    api: KubernetesApi, namespace: str, instance: str, command: Sequence[str], *, seconds: float = SECONDS_TO_RUN
) -> str:
    """What a command prints that may take so long; one that fails raises what it has written.

    Every client of PostgreSQL in it connects with the options of `superuser_session`.
    """
    found = await api.get(cluster.KIND, namespace, instance)
    name = cluster.primary(found) if found else ""
    if not name:
        raise errors.ClusterError(f"Cluster {namespace}/{instance} has no primary")
    within = ["env", f"PGOPTIONS={superuser_session.options()}", *command]
    return await api.run(namespace, name, cluster.CONTAINER, within, seconds=seconds)
