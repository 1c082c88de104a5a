"""Finds the base backup from which a target of a recovery can be reached, or says why there is none.

https://cloudnative-pg.io/docs/1.30/recovery/#recovery-targets
"""

import datetime
from collections.abc import Sequence

from tau import errors
from tau.archive import generations as archives
from tau.archive.generations import BaseBackup, Generation, Report
from tau.types.postgres import Restore
from tau.values import timestamp, wal_position

_MOST_BACKUPS = 10


def fitting(
    report: Report, generations: Sequence[Generation], backups: Sequence[BaseBackup], restore: Restore
) -> list[BaseBackup]:
    """Base backups, of those given newest first, from which the target may be reached; one for each generation."""
    if restore.target_time:
        return [_at_time(report, generations, backups, str(restore.target_time))]
    if restore.target_lsn:
        return [_at_lsn(backups, str(restore.target_lsn))]
    if restore.target_name:
        # A restore point has no time before it is found, so the search starts at the oldest.
        return list({backup.server_name: backup for backup in backups}.values())
    return [_latest(generations, backups[0], restore)]


def named(generations: Sequence[Generation], identifier: str) -> list[BaseBackup]:
    """The base backup of a name; the moment in it is that of the server's clock, so there may be several."""
    every = [backup for generation in generations for backup in generation.backups]
    matches = [backup for backup in every if backup.backup_id == identifier]
    if not matches:
        ended = [f"{backup.backup_id} ({archives.shown(backup.ended)})" for backup in every if backup.ended][
            -_MOST_BACKUPS:
        ]
        where = ", ".join(generation.server_name for generation in generations)
        raise refused(
            "restore.backupId", f"{identifier!r} is not a base backup of {where}; there is {', '.join(ended) or 'none'}"
        )
    if not any(backup.restorable for backup in matches):
        raise refused(
            "restore.backupId",
            f"{identifier!r} of {matches[0].server_name} cannot be restored: {matches[0].problem}",
        )
    return [backup for backup in matches if backup.restorable]


def _latest(generations: Sequence[Generation], backup: BaseBackup, restore: Restore) -> BaseBackup:
    newest = generations[-1]
    if newest.last_wal and not newest.restorable and not restore.backup_id:
        raise refused(
            "restore",
            f"the newest generation {newest.server_name} has no base backup that can be restored{newest.lack}; to "
            f"start from the state before it, set `serverName: {backup.server_name}` under `restore`",
        )
    last = next(generation for generation in generations if generation.server_name == backup.server_name).last_wal
    if backup.last_wal != last:
        raise refused(
            "restore",
            f"the WAL of {backup.server_name} ends after segment {backup.last_wal}, because {backup.wal_stop}; what "
            "came after it cannot be restored. To restore what came before, set "
            f"`targetTime: {archives.shown(backup.last_moment)}`",
        )
    return backup


def _at_time(report: Report, generations: Sequence[Generation], backups: Sequence[BaseBackup], text: str) -> BaseBackup:
    wanted = timestamp.parse(text)
    path = "restore.targetTime"
    if wanted is None:
        raise refused(path, f"{text!r} is not a moment with a time zone; use for example `2026-11-23T02:59:00+01:00`")
    fitting = [backup for backup in backups if backup.first_moment <= wanted <= backup.last_moment]
    if fitting:
        return fitting[0]
    first = min(backups, key=lambda backup: backup.first_moment)
    last = max(backups, key=lambda backup: backup.last_moment)
    until = archives.shown(last.last_moment)
    if wanted > report.now:
        raise refused(path, f"{text!r} is in the future; the last moment that can be restored is {until}")
    if wanted < first.first_moment:
        since = f"{archives.shown(first.first_moment)}, when base backup {first.backup_id} of {first.server_name} ended"
        raise refused(path, f"{text!r} is before the first moment that can be restored, {since}")
    raise _beyond(text, wanted, generations, last)


def _beyond(
    text: str, wanted: datetime.datetime, generations: Sequence[Generation], last: BaseBackup
) -> errors.InvalidInputs:
    path, until = "restore.targetTime", archives.shown(last.last_moment)
    if wanted <= last.last_moment:
        descriptions = ", ".join(generation.described() for generation in generations)
        return refused(path, f"{text!r} lies between the moments that can be restored: {descriptions}")
    newest = next(generation for generation in generations if generation.server_name == last.server_name)
    if last.last_wal != newest.last_wal:
        return refused(
            path,
            f"{text!r} cannot be reached: the WAL of {last.server_name} ends after segment {last.last_wal}, because "
            f"{last.wal_stop}; the last moment that can be restored is {until}",
        )
    return refused(
        path,
        f"{text!r} is after the last moment that is archived, {until}; what was written since is archived within 5 "
        "minutes, so wait that long, or remove `targetTime` for the latest state",
    )


def _at_lsn(backups: Sequence[BaseBackup], text: str) -> BaseBackup:
    wanted = wal_position.parse(text)
    if wanted is None:
        raise refused("restore.targetLsn", f"{text!r} is not an LSN; use for example `0/5000060`")
    fitting = [backup for backup in backups if (wal_position.parse(backup.end_lsn) or 0) <= wanted < backup.log_end]
    if fitting:
        return fitting[0]
    raise outside(text, backups)


def outside(text: str, backups: Sequence[BaseBackup]) -> errors.InvalidInputs:
    """The error of a position that none of these base backups reaches."""
    known = "; ".join(
        f"{backup.server_name} from {backup.end_lsn} to {wal_position.shown(backup.log_end)}"
        for backup in backups[:_MOST_BACKUPS]
    )
    return refused("restore.targetLsn", f"{text!r} is not in the archived WAL, which can be restored here: {known}")


def refused(path: str, reason: str) -> errors.InvalidInputs:
    """The error of one input."""
    return errors.InvalidInputs([errors.Problem(path=path, reason=reason)])
