"""`tau:postgres:getHealth`: how an Instance is, as the cluster's objects say now, and its store if asked.

A function and not outputs of the Instance: ages and conditions change without any change of the program, and as
outputs they would either be old or make a difference in every `up`.
"""

import asyncio
import datetime
from collections.abc import Mapping
from typing import Any

from tau import errors, naming
from tau.archive import observed_store
from tau.archive.generations import Generation
from tau.archive.reader import ArchiveReader
from tau.health import rules as health_rules
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import backup, cluster, config_map, object_store
from tau.resource.contract import Operation
from tau.resource.function import Call
from tau.types.postgres import GetHealthArgs
from tau.values import duration

_SECONDS = 180.0
MAX_AGE = duration.between("1s", example="26h")


async def get_health(args: GetHealthArgs, call: Call) -> Mapping[str, Any]:
    """Outputs of the function."""
    limits = _limits(args)
    namespace, name = str(args.namespace), str(args.instance)
    live_cluster = await call.api.get(cluster.KIND, namespace, name)
    if live_cluster is None:
        if call.preview:
            call.tell(f"{name} does not exist yet; `up` reports its health")
            return health_rules.nothing()
        raise errors.ClusterError(f"there is no Instance {namespace}/{name}; use the `name` output of an Instance")
    store, backups, check, archive = await asyncio.gather(
        _store(call.api, namespace, live_cluster),
        call.api.items(backup.KIND, namespace),
        _check(call.api, args),
        _archive(args, call, live_cluster),
    )
    seen = health_rules.Seen(cluster=live_cluster, store=store, backups=backups, check=check, archive=archive)
    return health_rules.health(seen, limits, datetime.datetime.now(datetime.UTC))


def _limits(args: GetHealthArgs) -> health_rules.Limits:
    problems = errors.Problems()
    limits = {"backupMaxAge": str(args.backup_max_age), "restoreCheckMaxAge": str(args.restore_check_max_age)}
    for path, value in limits.items():
        if reason := MAX_AGE(value):
            problems.add(path, f"{value!r} {reason}")
    problems.raise_if_any()
    backups, check = (duration.checked(value) for value in limits.values())
    return health_rules.Limits(backup=backups, check=check)


async def _store(api: KubernetesApi, namespace: str, live_cluster: Mapping[str, Any]) -> Mapping[str, Any] | None:
    use = object_store.archiver(live_cluster)
    if use is None:
        return None
    return await api.get(object_store.KIND, namespace, use.object_store)


async def _archive(args: GetHealthArgs, call: Call, live_cluster: Mapping[str, Any]) -> Generation | None:
    """What the store holds of the generation that the Instance archives to, if that was asked for."""
    use = object_store.archiver(live_cluster)
    if use is None or not args.check_archive:
        return None
    namespace, name = str(args.namespace), str(args.instance)
    reader = ArchiveReader(
        api=call.api,
        namespace=namespace,
        name=name,
        image=await observed_store.image(call.api, namespace, name),
        operation=Operation(urn="", seconds=_SECONDS, tell=call.tell, cancelled=call.cancelled),
    )
    report = await reader.report(await observed_store.store(call.api, namespace, use.object_store), (), use.server_name)
    return next(iter(report.generations), None)


async def _check(api: KubernetesApi, args: GetHealthArgs) -> Mapping[str, Any]:
    name = str(args.restore_check or naming.restore_check(args.instance))
    result = await api.get(config_map.KIND, str(args.namespace), name)
    return (result or {}).get("data") or {}
