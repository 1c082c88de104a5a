"""Reports of stores, as the script in the cluster writes them; times are minutes after one night at 3 o'clock."""

import datetime
from typing import Any

from tau.archive import generations as archives

START = datetime.datetime(2026, 11, 23, 3, tzinfo=datetime.UTC)
SEGMENT = 16 * 1024 * 1024


def at(minute: float) -> datetime.datetime:
    """A moment."""
    return START + datetime.timedelta(minutes=minute)


def text(minute: float) -> str:
    """A moment as an input has it."""
    return archives.shown(at(minute))


def wal(number: int) -> str:
    """Name of a segment."""
    return f"0000000100000000{number:08X}"


def backup(
    minute: int,
    *,
    until: tuple[int, float] | None,
    status: str = "DONE",
    version: str = "15",
    system_id: str = "",
) -> dict[str, Any]:
    """A base backup that ended then, in the segment of that number; its WAL is reached until a segment and a minute."""
    stop = f"segment {wal(until[0] + 1 if until else minute)} is not there"
    problem = "" if status == "DONE" else f"it is not complete ({status})"
    if not problem and (until is None or until[0] < minute):
        problem = f"the WAL written during it has not reached the store: {stop}"
    return {
        "backupId": f"20261123T{minute:06}",
        "started": at(minute - 1).isoformat(),
        "ended": at(minute).isoformat() if status != "UNFINISHED" else "",
        "beginLsn": f"0/{minute * SEGMENT + 40:X}",
        "endLsn": f"0/{minute * SEGMENT + 256:X}",
        "beginWal": wal(minute),
        "status": status,
        "version": version,
        "systemId": system_id,
        "segmentBytes": SEGMENT,
        "bytes": 5000,
        "problem": problem,
        "logStop": stop,
        "logUntil": {"wal": wal(until[0]), "archived": at(until[1]).isoformat()} if until else None,
    }


def generation(
    name: str,
    *backups: dict[str, Any],
    last: tuple[int, float] | None,
    first: float | None = None,
    cluster: str | None = None,
) -> dict[str, Any]:
    """A generation whose last segment has a number and was archived at a minute, and the first one at another."""
    return {
        "serverName": name,
        "owner": {"cluster": cluster} if cluster else None,
        "segmentBytes": SEGMENT,
        "backups": list(backups),
        "firstWal": wal(1) if last else "",
        "lastWal": wal(last[0]) if last else "",
        "firstArchived": at(last[1] if first is None else first).isoformat() if last else "",
        "lastArchived": at(last[1]).isoformat() if last else "",
    }


def report(*generations: dict[str, Any], folders: tuple[str, ...] = (), now: float = 1000) -> archives.Report:
    """What a store held at a minute."""
    names = [one["serverName"] for one in generations]
    return archives.parse({"now": at(now).isoformat(), "folders": [*names, *folders], "generations": list(generations)})
