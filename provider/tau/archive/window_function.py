"""`tau:postgres:getRecoveryWindow`: what can be restored of an Instance, as its store says now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.archive import observed_store, window
from tau.archive.reader import ArchiveReader
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster, object_store
from tau.resource.contract import Operation
from tau.resource.function import Call
from tau.types.postgres import GetRecoveryWindowArgs, Store

_SECONDS = 180.0


@dataclass(frozen=True)
class _Place:
    """Where to look, and the generation that the Instance writes to, None where it is gone."""

    store: Store
    server_name: str | None
    image: str


async def get_recovery_window(args: GetRecoveryWindowArgs, call: Call) -> Mapping[str, Any]:
    """Outputs of the function."""
    if call.preview and args.store is None and await _cluster(call.api, args) is None:
        call.tell(f"{args.instance} does not exist yet; `up` reports what can be restored")
        return window.nothing("", [])
    place = await _place(call.api, args)
    operation = Operation(urn="", seconds=_SECONDS, tell=call.tell, cancelled=call.cancelled)
    reader = ArchiveReader(
        api=call.api,
        namespace=str(args.namespace),
        name=str(args.instance),
        image=place.image,
        operation=operation,
    )
    asked = str(args.server_name) if args.server_name else None
    wanted = asked or place.server_name
    report = await reader.report(place.store, [] if wanted else [str(args.instance)], wanted)
    return window.window(report, str(args.instance), wanted, asked=asked is not None)


async def _place(api: KubernetesApi, args: GetRecoveryWindowArgs) -> _Place:
    namespace, name = str(args.namespace), str(args.instance)
    live_cluster = await _cluster(api, args)
    use = object_store.archiver(live_cluster) if live_cluster else None
    if args.store:
        return _Place(args.store, None, object_store.SIDECAR_IMAGE)
    if live_cluster is None:
        raise errors.ClusterError(f"there is no Instance {namespace}/{name}; set `store` to look for one that is gone")
    if use is None:
        raise errors.ClusterError(f"Instance {namespace}/{name} is not backed up; set `store` to look for old archives")
    observed = await observed_store.store(api, namespace, use.object_store)
    return _Place(observed, use.server_name, await observed_store.image(api, namespace, name))


async def _cluster(api: KubernetesApi, args: GetRecoveryWindowArgs) -> Mapping[str, Any] | None:
    return await api.get(cluster.KIND, str(args.namespace), str(args.instance))
