"""`backup` and `restore` of Instance and Database: what is wrong with them, as far as they are known.

https://cloudnative-pg.io/docs/1.30/recovery/#recovery-targets, and
https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-ARCHIVE-TIMEOUT for the last one.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from tau import errors, fields
from tau.fields import Deferred
from tau.kubernetes.kinds import object_store
from tau.settings import Settings
from tau.store import inputs as store_inputs
from tau.store import s3
from tau.types.postgres import Backup, Restore
from tau.values import choice, constraints, cron, timestamp, wal_position

ON_EXISTING_ARCHIVE = ("fail", "restore", "newGeneration")
_BACKUP_ID = re.compile(r"\d{8}T\d{6}")
_SERVER_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_TIMEOUT = re.compile(r"\s*(\d{1,12})\s*(us|ms|s|min|h|d)?\s*")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400}
_LONGEST_TIMEOUT = 300
_WHERE = "set `backup.store`, or set `postgres_backup_nfs_path` in the configuration"


def check(backup: Backup | None, restore: Restore | None, settings: Settings, problems: errors.Problems) -> None:
    """Note everything that is wrong with `backup` and `restore`."""
    options = backup or Backup()
    rules = {
        "schedule": cron.five_or_six,
        "compression": _one_of(object_store.COMPRESSIONS),
        "onExistingArchive": _one_of(ON_EXISTING_ARCHIVE),
    }
    constraints.check_each(problems, "backup", options, rules)
    if isinstance(options.retention_days, int):
        constraints.check(problems, "backup.retentionDays", str(options.retention_days), constraints.days)
    if options.store:
        s3.check("backup.store", options.store, problems)
    if options.client_namespaces is not None and options.store:
        problems.add(
            "backup.clientNamespaces",
            "applies to the Instance's own store, but `backup.store` is another one; set it where that one is created",
        )
    store_inputs.check_namespaces("backup.clientNamespaces", options.client_namespaces, problems)
    if options.enabled and not options.store and settings.postgres_backup_nfs_path is None:
        problems.add("backup.enabled", f"true needs a store; {_WHERE}, or remove `enabled`")
    if restore:
        _check_restore(restore, problems)
        _check_source(options, restore, settings, problems)


def _one_of(known: tuple[str, ...]) -> constraints.Rule:
    def rule(value: str) -> str | None:
        return None if value in known else f"is not one of {', '.join(f'`{name}`' for name in known)}"

    return rule


def _check_source(backup: Backup, restore: Restore, settings: Settings, problems: errors.Problems) -> None:
    if restore.store:
        s3.check("restore.store", restore.store, problems)
    elif backup.enabled is False:
        problems.add("restore.store", "is needed where `backup.enabled` is false; set the store of the archive")
    elif not backup.store and settings.postgres_backup_nfs_path is None:
        problems.add("restore", f"needs a store to restore from; set `restore.store`, {_WHERE.removeprefix('set ')}")


def _check_restore(restore: Restore, problems: errors.Problems) -> None:
    targets = {"targetTime": target_time, "targetName": _target_name, "targetLsn": _target_lsn}
    rules = {"from": constraints.instance_name, "serverName": _server_name, "backupId": _backup_id, **targets}
    constraints.check_each(problems, "restore", restore, rules)
    reason = "is set together with `{first}`, but a restore has one target; remove one"
    options = {name: getattr(restore, fields.snake_case(name)) for name in targets}
    choice.at_most_one(problems, "restore", options, reason)


def _server_name(value: str) -> str | None:
    if not _SERVER_NAME.fullmatch(value):
        return "is not an archive generation; use for example `postgres-shop-15-1`"
    return None


def _backup_id(value: str) -> str | None:
    return None if _BACKUP_ID.fullmatch(value) else "is not a base backup; use for example `20261123T030000`"


def target_time(value: str) -> str | None:
    """A moment of the past with a time zone."""
    reason = timestamp.problem(value)
    if reason:
        return reason
    when = timestamp.parse(value)
    if when and when > datetime.now(UTC):
        return "is in the future; remove the target for the latest moment"
    return None


def _target_name(value: str) -> str | None:
    if not value or not value.isprintable():
        return "is not the name of a restore point; use the one that `pg_create_restore_point` was given"
    length = len(value.encode())
    return f"has {length} bytes; PostgreSQL allows 63" if length > 63 else None


def _target_lsn(value: str) -> str | None:
    known = wal_position.parse(value) is not None
    return None if known else "is not an LSN; use for example `0/5000060`"


def check_archive_timeout(parameters: object, problems: errors.Problems) -> None:
    """Note an `archive_timeout` with which a server that is backed up loses more than five minutes."""
    value = parameters.get("archive_timeout") if isinstance(parameters, Mapping) else None
    known = value.value if isinstance(value, fields.Secret) else value
    if known is None or isinstance(known, Deferred):
        return
    match = _TIMEOUT.fullmatch(str(known))
    seconds = int(match[1]) * _SECONDS[match[2] or "s"] if match else 0
    if not 0 < seconds <= _LONGEST_TIMEOUT:
        shown = "a secret value" if isinstance(value, fields.Secret) else repr(known)
        problems.add(
            'parameters["archive_timeout"]',
            f"{shown} would allow more than five minutes of data loss; use at most `5min`, or remove it",
        )
