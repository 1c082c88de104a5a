"""Chooses what a new Instance starts from: an empty server, or a base backup and a target that can really be reached.

https://cloudnative-pg.io/docs/1.30/recovery/ and https://www.postgresql.org/docs/current/continuous-archiving.html.
PostgreSQL fails a recovery that runs out of log before it has seen a record behind its target, so a choice may come
with a question to the archived WAL (`archive/script/search.py`), and is concluded with the answer.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.archive import generations as archives
from tau.archive import lineage
from tau.archive import target as archive_target
from tau.archive.generations import BaseBackup, Generation, Report
from tau.archive.target import refused
from tau.types.postgres import Restore
from tau.values import timestamp, wal_position

EMPTY: Mapping[str, str] = dict.fromkeys(("serverName", "backupId", "targetTime", "targetName", "targetLsn"), "")
"""The recovery of a server that begins empty."""

FAIL, RESTORE, NEW = "fail", "restore", "newGeneration"
ON_EXISTING = (FAIL, RESTORE, NEW)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A base backup to start from; `question` is what has to be looked up in the WAL first, None for nothing."""

    generation: Generation
    backup: BaseBackup
    question: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The recovery of a new server, with all of EMPTY's fields, and what was chosen in one sentence."""

    recovery: Mapping[str, str]
    message: str


def begins(own: Sequence[Generation], instance: str, on_existing: str, restore: Restore | None) -> Restore | None:
    """What is restored, None for an empty server; refuses to begin where an archive is that nobody spoke of."""
    if restore or not own or on_existing == NEW:
        return restore
    if on_existing == RESTORE:
        return Restore()
    listed = ", ".join(generation.described() for generation in own)
    take_back = (
        "Set `restore: {}` to start from its latest state, or"
        if any(generation.restorable for generation in own)
        else "Set"
    )
    raise refused(
        "backup.onExistingArchive",
        f"the store holds an archive of {instance!r} already: {listed}. {take_back} `onExistingArchive: newGeneration` "
        "under `backup` to start from an empty server without changing that archive",
    )


def candidates(report: Report, restore: Restore, source: str, major: str) -> list[Candidate]:
    """Base backups from which the target may be reached, best first; more than one only for a restore point."""
    generations = _generations(report, restore, source)
    backups = [backup for generation in reversed(generations) for backup in reversed(generation.restorable)]
    if restore.backup_id:
        backups = archive_target.named(generations, str(restore.backup_id))
    if not backups:
        descriptions = ", ".join(generation.described() for generation in generations)
        raise refused("restore", f"nothing can be restored: {descriptions}")
    fitting = archive_target.fitting(report, generations, backups, restore)
    lineage.check(generations, fitting, restore)
    _check_major(fitting, major)
    by_name = {generation.server_name: generation for generation in generations}
    return [_candidate(by_name[backup.server_name], backup, restore) for backup in fitting if backup.version == major]


def conclude(candidate: Candidate, answer: Mapping[str, Any] | None, restore: Restore) -> Choice | None:
    """The choice that follows from the answer; None where a restore point is not in this generation."""
    if answer is None:
        return _choice(candidate.backup, {}, f"the latest state, of {archives.shown(candidate.backup.last_moment)}")
    unsure = "" if answer["complete"] else "; whether WAL reaches that far was not checked, as there is too much of it"
    if restore.target_time:
        wanted = archives.shown(_moment(restore))
        if answer["found"] or not answer["complete"]:
            return _choice(candidate.backup, {"targetTime": wanted}, f"{wanted}{unsure}")
        return _choice(
            candidate.backup, {}, f"the latest state, which is that of {wanted}, as nothing was committed after"
        )
    if restore.target_lsn:
        if not answer["found"] and answer["complete"]:
            raise archive_target.outside(str(restore.target_lsn), [candidate.backup])
        return _choice(candidate.backup, {"targetLsn": str(restore.target_lsn)}, f"{restore.target_lsn}{unsure}")
    point = {"targetName": str(restore.target_name)}
    if answer["found"]:
        return _choice(_before(candidate, answer["lsn"], restore), point, f"restore point {restore.target_name!r}")
    return None if answer["complete"] else _choice(candidate.backup, point, f"{restore.target_name!r}{unsure}")


def no_point(searched: Sequence[Candidate], points: Sequence[str], restore: Restore) -> errors.InvalidInputs:
    """Say that a restore point is in none of the generations, which hold others."""
    where = ", ".join(candidate.generation.described() for candidate in searched)
    hint = archives.similar(str(restore.target_name), points)
    return refused(
        "restore.targetName",
        f"{restore.target_name!r} is not a restore point in {where}; {hint}",
    )


def silent(restore: Restore, state: str) -> errors.InvalidInputs:
    """Say that a moment may still be missing, since the WAL of the live server is not archived."""
    return refused(
        "restore.targetTime",
        f"{restore.target_time!r} may be later than what is archived, because the server's WAL is not being archived "
        f"now: {state}; fix that first, or remove `targetTime` for the latest archived state",
    )


def _generations(report: Report, restore: Restore, source: str) -> tuple[Generation, ...]:
    """The generations that may be read, oldest first."""
    if restore.server_name:
        generations = tuple(
            generation for generation in report.generations if generation.server_name == restore.server_name
        )
        if not generations:
            known = [name for name in report.folders if archives.instance_of(name)]
            hint = archives.similar(str(restore.server_name), known)
            raise refused("restore.serverName", f"{restore.server_name!r} is not in the store; {hint}")
        return generations
    generations = report.of(source)
    if not generations:
        hint = archives.similar(source, report.instances())
        path = "restore.from" if restore.from_ else "restore"
        raise refused(path, f"the store holds no archive of an Instance {source!r}; {hint}")
    return generations


def _check_major(fitting: Sequence[BaseBackup], major: str) -> None:
    if fitting and not any(backup.version == major for backup in fitting):
        theirs = fitting[0].version
        raise refused(
            "version",
            f"{major!r} is not the version of the archive {fitting[0].server_name}, which is {theirs}; set "
            f'`version: "{theirs}"`, restore, and raise it afterwards',
        )


def _candidate(generation: Generation, backup: BaseBackup, restore: Restore) -> Candidate:
    asked: dict[str, Any] = {}
    if restore.target_time:
        asked = {"time": _moment(restore).isoformat()}
    elif restore.target_lsn:
        asked = {"lsn": wal_position.parse(str(restore.target_lsn))}
    elif restore.target_name:
        asked = {"point": str(restore.target_name)}
    where = {"serverName": generation.server_name, "segmentBytes": generation.segment_bytes, "from": backup.begin_wal}
    return Candidate(generation=generation, backup=backup, question={**where, **asked} if asked else None)


def _moment(restore: Restore) -> datetime.datetime:
    moment = timestamp.parse(str(restore.target_time))
    assert moment
    return moment


def _before(candidate: Candidate, position: int, restore: Restore) -> BaseBackup:
    """The newest base backup that ends before a position, which is the quickest to restore from."""
    ended = [
        backup for backup in candidate.generation.restorable if (wal_position.parse(backup.end_lsn) or 0) <= position
    ]
    return candidate.backup if restore.backup_id or not ended else ended[-1]


def _choice(backup: BaseBackup, target: Mapping[str, str], where: str) -> Choice:
    recovery = {**EMPTY, "serverName": backup.server_name, "backupId": backup.backup_id, **target}
    return Choice(
        recovery=recovery, message=f"restores base backup {backup.backup_id} of {backup.server_name} to {where}"
    )
