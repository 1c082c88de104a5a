"""The backup without which no server goes to another major version, since there is no other way back."""

import datetime
from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.desired import living_archive, naming
from tau.kinds import cluster
from tau.kinds.manifest import Manifest, merge, metadata
from tau.kubernetes_api import KubernetesApi
from tau.resources.backup_taker import BackupTaker
from tau.resources.custom_resource import Operation
from tau.types.postgres import ArchiveGenerationArgs


async def take(
    api: KubernetesApi, args: ArchiveGenerationArgs, living: Mapping[str, Any] | None, operation: Operation
) -> None:
    """Back up a server that is about to be upgraded, unless it never was, or archives nothing.

    Every failure is a ClusterError, and has changed nothing.
    """
    major, wanted = cluster.data_major(living) if living else None, str(args.major_version)
    if living is None or major is None or int(major) >= int(wanted) or living_archive.archiver(living) is None:
        return
    about = f"{args.namespace}/{args.instance}"
    if living["status"].get("phase") == cluster.UPGRADING:
        raise errors.ClusterError(
            f"{about} was not upgraded from {major} to {wanted}: an upgrade is not over yet "
            f'({living["status"].get("phaseReason")}); where it failed, write `version: "{major}"` first'
        )
    operation.tell(f"backing up {about} before its upgrade from {major}")
    taker = BackupTaker(
        api=api,
        namespace=str(args.namespace),
        instance=str(args.instance),
        image=str(args.image),
        operation=operation,
    )
    try:
        operation.note(await taker.take(living, _about(living, wanted)))
    except errors.ClusterError as failure:
        raise errors.ClusterError(
            f"{about} was not upgraded from {major} to {wanted}, and nothing was changed, as the backup before it "
            f"failed: {failure}"
        ) from failure


def _about(living: Mapping[str, Any], wanted: str) -> Manifest:
    """Its object goes with the Cluster, so that it keeps no namespace from being empty; what it made stays."""
    known = living["metadata"]
    owner = {"apiVersion": cluster.API_VERSION, "kind": cluster.KIND, "name": known["name"], "uid": known["uid"]}
    made = metadata(
        name=naming.backup_before_upgrade(str(known["name"]), wanted, datetime.datetime.now(datetime.UTC)),
        namespace=known["namespace"],
        labels=naming.labels(known["name"]),
    )
    return merge(made, {"ownerReferences": [owner]})
