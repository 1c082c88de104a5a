"""`tau:postgres:getRecoveryWindow`: a store's report -> what can be restored of one generation."""

import datetime
from typing import Any

from tau import errors
from tau.archive import generations as archives
from tau.archive.generations import BaseBackup, Generation, Report

_DONE, _FAILED = "DONE", "FAILED"
# Barman writes `backup.info` when a base backup begins, and again when it has ended.
_UNFINISHED = ("UNFINISHED", "EMPTY", "STARTED")


def window(report: Report, instance: str, server_name: str | None, *, asked: bool) -> dict[str, Any]:
    """Outputs of the function for a generation, else for the newest; `asked` if the user named the generation."""
    generations = [name for name in report.folders if archives.instance_of(name) == instance]
    ordered = sorted(generations, key=_number)
    matching = [
        generation for generation in report.generations if not server_name or generation.server_name == server_name
    ]
    if asked and not matching:
        known = [name for name in report.folders if archives.instance_of(name)]
        hint = archives.similar(str(server_name), known)
        raise errors.InvalidInputs([errors.Problem("serverName", f"{server_name!r} is not in the store; {hint}")])
    return _recovery_window(matching[-1], ordered, report.now) if matching else nothing(server_name or "", ordered)


def nothing(server_name: str, generations: list[str]) -> dict[str, Any]:
    """Outputs where nothing is archived yet."""
    return {
        "serverName": server_name,
        "generations": generations,
        "firstRestorable": "",
        "lastRestorable": "",
        "backups": [],
        "lastWal": "",
        "lastWalAgeSeconds": -1.0,
    }


def _recovery_window(generation: Generation, generations: list[str], now: datetime.datetime) -> dict[str, Any]:
    archived = generation.last_archived
    return {
        "serverName": generation.server_name,
        "generations": generations,
        "firstRestorable": _shown(generation.first_moment),
        "lastRestorable": _shown(generation.last_moment),
        "backups": [_backup(backup) for backup in generation.backups if backup.status not in _UNFINISHED],
        "lastWal": generation.last_wal,
        "lastWalAgeSeconds": max(0.0, (now - archived).total_seconds()) if archived else -1.0,
    }


def _number(generation: str) -> list[int]:
    return [int(part) for part in generation.rsplit("-", 2)[1:]]


def _backup(backup: BaseBackup) -> dict[str, Any]:
    return {
        "backupId": backup.backup_id,
        "serverName": backup.server_name,
        "started": _shown(backup.started),
        "ended": _shown(backup.ended),
        "bytes": backup.size,
        "status": _DONE if backup.status == _DONE else _FAILED,
        "beginLsn": backup.begin_lsn,
        "endLsn": backup.end_lsn,
        "version": backup.version,
        "restorable": backup.restorable,
        "problem": backup.problem,
    }


def _shown(when: datetime.datetime | None) -> str:
    return archives.shown(when) if when else ""
