"""`tau:postgres:getHealth`: how an Instance is, as the cluster's objects say now.

A function and not outputs of the Instance: ages and conditions change without any change of the program, and as
outputs they would either be old or make a difference in every `up`.
"""

import asyncio
import datetime
from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.desired import duration, health, living_archive, naming
from tau.functions.function import Call
from tau.kinds import backup, cluster, config_map, object_store
from tau.kubernetes_api import KubernetesApi
from tau.types.postgres import GetHealthArgs


async def get_health(args: GetHealthArgs, call: Call) -> Mapping[str, Any]:
    """Outputs of the function."""
    limits = _limits(args)
    namespace, name = str(args.namespace), str(args.instance)
    living = await call.api.get(cluster.API_VERSION, cluster.PLURAL, namespace, name)
    if living is None:
        if call.preview:
            call.tell(f"{name} is not there yet; how it is, is told by `up`")
            return health.nothing()
        raise errors.ClusterError(f"there is no Instance {namespace}/{name}; give the `name` output of one")
    store, backups, check = await asyncio.gather(
        _store(call.api, namespace, living),
        call.api.items(backup.API_VERSION, backup.PLURAL, namespace),
        _check(call.api, args),
    )
    seen = health.Seen(cluster=living, store=store, backups=backups, check=check)
    return health.health(seen, limits, datetime.datetime.now(datetime.UTC))


def _limits(args: GetHealthArgs) -> health.Limits:
    problems = errors.Problems()
    given = {"backupMaxAge": str(args.backup_max_age), "restoreCheckMaxAge": str(args.restore_check_max_age)}
    for path, value in given.items():
        if reason := duration.problem(value):
            problems.add(path, f"{value!r} {reason}")
    problems.raise_if_any()
    backups, check = (duration.checked(value) for value in given.values())
    return health.Limits(backup=backups, check=check)


async def _store(api: KubernetesApi, namespace: str, living: Mapping[str, Any]) -> Mapping[str, Any] | None:
    use = living_archive.archiver(living)
    if use is None:
        return None
    return await api.get(object_store.API_VERSION, object_store.PLURAL, namespace, use.object_store)


async def _check(api: KubernetesApi, args: GetHealthArgs) -> Mapping[str, Any]:
    name = str(args.restore_check or naming.restore_check(args.instance))
    found = await api.get(config_map.API_VERSION, config_map.PLURAL, str(args.namespace), name)
    return (found or {}).get("data") or {}
