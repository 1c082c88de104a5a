"""Tells what a store holds of some Instances: generations, base backups, and how far the log reaches.

Runs inside the cluster. Request: `endpoint`, `bucket`, `prefix`, `region`, and which generations are wanted: all of
some `instances`, and the one of `serverName`; each may be empty.
"""

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tau.scripts import archive_store
from tau.scripts.archive_store import File, Segment, Store

_INFORMATION = "backup.info"


def report(store: Store, request: Mapping[str, Any]) -> dict[str, Any]:
    """All folders of the store, and what is in the wanted generations."""
    folders = sorted(store.folders())
    wanted = [name for name in folders if _is_wanted(name, request)]
    now = datetime.datetime.now(datetime.UTC)
    return {"now": now.isoformat(), "folders": folders, "generations": [_generation(store, name) for name in wanted]}


def _is_wanted(folder: str, request: Mapping[str, Any]) -> bool:
    return folder == request["serverName"] or any(
        re.fullmatch(rf"{re.escape(name)}-\d+-\d+", folder) for name in request["instances"]
    )


def _generation(store: Store, name: str) -> dict[str, Any]:
    backups = _backups(store, name)
    sizes = [one["segmentBytes"] for one in backups if one["segmentBytes"]]
    size = sizes[-1] if sizes else archive_store.DEFAULT_SEGMENT
    log = archive_store.segments(store.files(name, "wals"), size)
    return {
        "serverName": name,
        "owner": store.owner(name),
        "segmentBytes": size,
        "backups": [one | {"logUntil": _reach(log, one["beginWal"])} for one in backups],
        "firstWal": log[0].name if log else "",
        "lastWal": log[-1].name if log else "",
        "firstArchived": min(one.file.changed for one in log).isoformat() if log else "",
        "lastArchived": log[-1].file.changed.isoformat() if log else "",
    }


def _backups(store: Store, name: str) -> list[dict[str, Any]]:
    folders: dict[str, list[File]] = {}
    for file in store.files(name, "base"):
        identifier, _, within = file.path.partition("/")
        if within:
            folders.setdefault(identifier, []).append(file)
    return [_backup(store, identifier, folders[identifier]) for identifier in sorted(folders)]


def _backup(store: Store, identifier: str, files: Iterable[File]) -> dict[str, Any]:
    """A base backup; its description is written when it has ended, so one without is under way, or was given up."""
    by_name = {file.path.partition("/")[2]: file for file in files}
    told: Mapping[str, str] = {}
    if _INFORMATION in by_name:
        told = _information(store.content(by_name[_INFORMATION].key).decode(errors="replace"))
    return {
        "backupId": identifier,
        "started": _moment(told.get("begin_time")),
        "ended": _moment(told.get("end_time")),
        "beginLsn": told.get("begin_xlog", ""),
        "endLsn": told.get("end_xlog", ""),
        "beginWal": told.get("begin_wal", ""),
        "status": told.get("status", "UNFINISHED"),
        "version": _major(told.get("version", "")),
        "systemId": told.get("systemid", ""),
        "segmentBytes": int(told.get("xlog_segment_size", "0")),
        "bytes": sum(file.size for file in by_name.values()),
    }


def _information(text: str) -> dict[str, str]:
    """The fields of a `backup.info`, one a line; `None` stands for an absent value."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, value in pairs if value.strip() != "None"}


def _moment(text: str | None) -> str:
    if not text:
        return ""
    moment = datetime.datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC).isoformat()


def _major(version: str) -> str:
    """`150014` is 15.14."""
    return str(int(version) // 10000) if version else ""


def _reach(log: Sequence[Segment], begin: str) -> dict[str, str] | None:
    """The last segment that is reached without a gap from the one that a base backup begins with."""
    names = {segment.name: index for index, segment in enumerate(log)}
    if begin not in names:
        return None
    index = names[begin]
    while index + 1 < len(log) and log[index + 1].number == log[index].number + 1:
        index += 1
    return {"wal": log[index].name, "archived": log[index].file.changed.isoformat()}


if __name__ == "__main__":
    archive_store.run(report)
