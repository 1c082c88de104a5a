"""The backup without which no server goes to another major version, since there is no other way back."""

import datetime
from collections.abc import Mapping
from typing import Any

from tau import errors, naming
from tau.archive import generations as archives
from tau.backup.taker import BackupTaker
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster, object_store
from tau.kubernetes.manifest import Manifest, merge, metadata
from tau.resource import live_data
from tau.resource.contract import Operation
from tau.types.postgres import ArchiveGenerationArgs
from tau.values import constraints


def is_due(live_cluster: Mapping[str, Any], outputs: Mapping[str, Any]) -> bool:
    """Whether a Cluster has yet to go to the major version of the generation that was decided on.

    An `up` that stopped in between may have been weeks ago, and rows have been written since its backup. The Cluster
    gets the name of the generation together with the image, or before it where the store changes too.
    """
    use, wanted = object_store.archiver(live_cluster), archives.major_of(str(outputs["serverName"]))
    if use is None or wanted is None:
        return False
    image = constraints.cluster_major(live_cluster["spec"])
    is_older = int(cluster.data_major(live_cluster) or wanted) < int(wanted) and image != wanted
    return is_older or archives.major_of(use.server_name) not in (None, wanted)


async def take(
    api: KubernetesApi, args: ArchiveGenerationArgs, live_cluster: Mapping[str, Any] | None, operation: Operation
) -> None:
    """Back up a server that is about to be upgraded, unless it has no data, or archives nothing.

    A version that the Cluster does not tell may be an older one.

    Raises:
        ClusterError: There is no backup, and nothing was changed.
    """
    if live_cluster is None or object_store.archiver(live_cluster) is None:
        return
    major, wanted = cluster.data_major(live_cluster), str(args.major_version)
    if major is not None and int(major) >= int(wanted):
        return
    if not await live_data.may_be_there(api, str(args.namespace), str(args.instance), live_cluster):
        return
    label, old = f"{args.namespace}/{args.instance}", major or "an unknown version"
    if live_cluster.get("status", {}).get("phase") == cluster.UPGRADING:
        go_back = f'set `version: "{major}"`' if major else "set `version` to what it was"
        raise errors.ClusterError(
            f"{label} was not upgraded from {old} to {wanted}: an upgrade is not over yet "
            f"({live_cluster['status'].get('phaseReason')}); where it failed, {go_back} first"
        )
    operation.tell(f"backing up {label} before its upgrade from {old}")
    taker = BackupTaker(
        api=api,
        namespace=str(args.namespace),
        instance=str(args.instance),
        image=str(args.image),
        operation=operation,
    )
    try:
        operation.note(await taker.take(live_cluster, _backup_metadata(live_cluster, wanted)))
    except errors.ClusterError as failure:
        raise errors.ClusterError(
            f"{label} was not upgraded from {old} to {wanted}, and nothing was changed, as the backup before it "
            f"failed: {failure}"
        ) from failure


def _backup_metadata(live_cluster: Mapping[str, Any], wanted: str) -> Manifest:
    """Its object goes with the Cluster, so that it keeps no namespace from being empty; what it made stays."""
    known = live_cluster["metadata"]
    owner = {
        "apiVersion": cluster.KIND.api_version,
        "kind": cluster.KIND.kind,
        "name": known["name"],
        "uid": known["uid"],
    }
    made = metadata(
        name=naming.backup_before_upgrade(str(known["name"]), wanted, datetime.datetime.now(datetime.UTC)),
        namespace=known["namespace"],
        labels=naming.labels(known["name"]),
    )
    return merge(made, {"ownerReferences": [owner]})
