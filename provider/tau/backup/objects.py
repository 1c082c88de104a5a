"""Backups of `tau:postgres:Instance`: arguments -> ObjectStores with their Secrets, ScheduledBackup, and a store.

https://cloudnative-pg.io/plugin-barman-cloud/docs/usage/.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau import naming
from tau.fields import Input, lift
from tau.kubernetes.kinds import backup, object_store, scheduled_backup, secret
from tau.kubernetes.manifest import Manifest, merge
from tau.settings import Settings
from tau.store import s3
from tau.types.postgres import Backup, BackupStoreArgs, InstanceArgs, Restore, Store
from tau.values import constraints, cron, share

_RESTORE = {
    "from": "from_",
    "serverName": "server_name",
    "backupId": "backup_id",
    "targetTime": "target_time",
    "targetName": "target_name",
    "targetLsn": "target_lsn",
}
_STORE = {
    "endpoint": "endpoint",
    "bucket": "bucket",
    "prefix": "prefix",
    "region": "region",
    "accessKeyId": "access_key_id",
    "secretAccessKey": "secret_access_key",
    "location": "location",
    "caCertificate": "ca_certificate",
}
_FOLDER = "postgres"


@dataclass(frozen=True, kw_only=True)
class StoreObjects:
    """How the plugin reaches a store: keys and ObjectStore."""

    keys: Manifest
    object_store: Manifest


def archives(args: InstanceArgs, settings: Settings) -> bool:
    """Whether an Instance is backed up: where it says so, else where a store is known."""
    options = args.backup or Backup()
    if options.enabled is not None:
        return options.enabled
    return options.store is not None or settings.postgres_backup_nfs_path is not None


def own_store(name: Input[str], args: InstanceArgs, settings: Settings) -> BackupStoreArgs | None:
    """The BackupStore that an Instance makes of the share in the configuration; None where it is given a store."""
    nas = settings.postgres_backup_nfs_path
    if not archives(args, settings) or (args.backup and args.backup.store) or nas is None:
        return None
    return BackupStoreArgs(
        name=naming.own_store(name),
        namespace=args.namespace,
        client_namespaces=args.backup.client_namespaces if args.backup else None,
        folder=lift(lambda space: f"{space}/{_FOLDER}", args.namespace),
        nfs=share.share(nas),
        labels=args.labels,
    )


def generation(
    metadata: Mapping[str, Any], image: Input[str], args: InstanceArgs, used: Store
) -> dict[str, Input[Any]]:
    """Inputs of the ArchiveGeneration of a Cluster with this metadata and image, whose store is `used`."""
    result: dict[str, Input[Any]] = {
        "instance": metadata["name"],
        "namespace": metadata["namespace"],
        "majorVersion": lift(lambda name: constraints.image_major(name) or "", image),
        "image": object_store.SIDECAR_IMAGE,
        "onExistingArchive": (args.backup or Backup()).on_existing_archive,
        "store": properties(used),
    }
    if args.restore:
        result["restore"] = _restore(args.restore)
    return result


def properties(used: Store) -> dict[str, Input[Any]]:
    """A store as the inputs and outputs of resources have it."""
    return {name: value for name, key in _STORE.items() if (value := getattr(used, key)) is not None}


def _restore(restore: Restore) -> dict[str, Input[Any]]:
    targets = {name: value for name, key in _RESTORE.items() if (value := getattr(restore, key)) is not None}
    return targets | ({"store": properties(restore.store)} if restore.store else {})


def archive_objects(metadata: Manifest, args: InstanceArgs, settings: Settings, used: Store) -> StoreObjects:
    """What a Cluster with this metadata archives to."""
    options = args.backup or Backup()
    days = options.retention_days or settings.postgres_backup_retention_days
    return _store_objects(
        metadata,
        used,
        compression=options.compression,
        retention=lift(lambda number: f"{number}d", days),
    )


def source_objects(metadata: Manifest, used: Store) -> StoreObjects:
    """What a Cluster with this metadata is restored from, where it archives elsewhere; nothing there is removed."""
    return _store_objects(merge(metadata, {"name": naming.source_store(metadata["name"])}), used)


def _store_objects(metadata: Manifest, used: Store, **how: Input[str]) -> StoreObjects:
    keys = naming.store_keys(metadata["name"])
    return StoreObjects(
        keys=secret.opaque(
            merge(metadata, {"name": keys}),
            s3.secret_data(used),
        ),
        object_store=object_store.object_store(
            metadata,
            destination=s3.destination(used),
            endpoint=used.endpoint,
            secret=keys,
            own_authority=used.ca_certificate is not None,
            **how,
        ),
    )


def schedule(metadata: Manifest, args: InstanceArgs) -> Manifest:
    """When a Cluster with this metadata is backed up."""
    when = lift(cron.with_seconds, (args.backup or Backup()).schedule)
    return scheduled_backup.scheduled_backup(metadata, cluster=metadata["name"], schedule=when)


def first(metadata: Manifest, server_name: Input[str]) -> Manifest:
    """The base backup with which a generation begins: without one nothing of it can be restored.

    An `immediate` ScheduledBackup makes none for the next generation of the same Cluster, whose object it outlives.
    """
    return backup.backup(merge(metadata, {"name": naming.first_backup(server_name)}), cluster=metadata["name"])
