"""ScheduledBackup (postgresql.cnpg.io/v1), which makes a Backup of a Cluster at certain times.

https://cloudnative-pg.io/docs/1.30/backup/#scheduled-backups
"""

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import backup
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("postgresql.cnpg.io/v1", "ScheduledBackup", "scheduledbackups")


def scheduled_backup(metadata: Manifest, *, cluster: Input[str], schedule: Input[str]) -> Manifest:
    """A backup at each time that the cron `schedule` of six fields, in UTC, comes to; its Backups go with it."""
    spec = {
        "schedule": schedule,
        "cluster": {"name": cluster},
        "backupOwnerReference": "self",
        **backup.by_plugin(),
    }
    return manifest(KIND, metadata, spec=spec)
