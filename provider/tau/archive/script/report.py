"""Tells what a store holds of some Instances: generations, base backups, and how far the WAL reaches.

Runs inside the cluster. Request: `endpoint`, `bucket`, `prefix`, `region`, and which generations are wanted: all of
some `instances`, and the one of `serverName`; each may be empty.
"""

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tau.archive.script import base_backup, wal_archive
from tau.archive.script import store as archive_store
from tau.archive.script.store import File, Store
from tau.archive.script.wal_archive import Origin, Reach, WalArchive

_INFORMATION = "backup.info"
_DONE = "DONE"
_NOWHERE = Reach(None, "")


def report(store: Store, request: Mapping[str, Any]) -> dict[str, Any]:
    """All folders of the store, and what is in the wanted generations."""
    folders = sorted(store.folders())
    wanted = [name for name in folders if _is_wanted(name, request)]
    now = datetime.datetime.now(datetime.UTC)
    return {"now": now.isoformat(), "folders": folders, "generations": [_generation(store, name) for name in wanted]}


def _is_wanted(folder: str, request: Mapping[str, Any]) -> bool:
    return folder == request["serverName"] or any(
        re.fullmatch(rf"{re.escape(name)}-\d+-\d+", folder) for name in request.get("instances", ())
    )


def _generation(store: Store, name: str) -> dict[str, Any]:
    backups = [(files, _information(store, files)) for files in _backups(store, name)]
    sizes = [size for _, info in backups if (size := _segment_bytes(info))]
    size = sizes[-1] if sizes else wal_archive.DEFAULT_SEGMENT
    wal = WalArchive(store, name, size)
    segments = wal.segments
    return {
        "serverName": name,
        "owner": store.owner(name),
        "segmentBytes": size,
        "backups": [_backup(store, files, info, wal) for files, info in backups],
        "firstWal": segments[0].name if segments else "",
        "lastWal": segments[-1].name if segments else "",
        "firstArchived": min(segment.file.changed for segment in segments).isoformat() if segments else "",
        "lastArchived": segments[-1].file.changed.isoformat() if segments else "",
    }


def _backups(store: Store, name: str) -> list[list[File]]:
    """The files of each base backup."""
    folders: dict[str, list[File]] = {}
    for file in store.files(name, "base"):
        identifier, _, within = file.path.partition("/")
        if within:
            folders.setdefault(identifier, []).append(file)
    return [folders[identifier] for identifier in sorted(folders)]


def _information(store: Store, files: Sequence[File]) -> dict[str, str]:
    """The fields of `backup.info`, one a line, where `None` stands for an absent value; none without that file."""
    text = next((store.content(file).decode(errors="replace") for file in files if file.name == _INFORMATION), "")
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, value in pairs if value.strip() != "None"}


def _backup(store: Store, files: Sequence[File], info: Mapping[str, str], wal: WalArchive) -> dict[str, Any]:
    """A base backup; `problem` is why it cannot be restored, in one sentence, and empty where it can."""
    status, version = info.get("status", "UNFINISHED"), _major(info.get("version", ""))
    begin, end = info.get("begin_wal", ""), _position(info.get("end_xlog", ""))
    reach, problem = _NOWHERE, f"it is not complete ({status})"
    if status == _DONE:
        reach = wal.reach(begin, end, Origin(version, _system(info)))
        problem = "; ".join([*base_backup.missing(info, files, store), *_lacks(info, end, reach, wal)])
    return {
        "backupId": files[0].path.partition("/")[0],
        "started": _moment(info.get("begin_time")),
        "ended": _moment(info.get("end_time")),
        "beginLsn": info.get("begin_xlog", ""),
        "endLsn": info.get("end_xlog", ""),
        "beginWal": begin,
        "status": status,
        "version": version,
        "systemId": _system(info),
        "segmentBytes": _segment_bytes(info),
        "bytes": sum(file.size for file in files),
        "problem": problem,
        "logUntil": _until(reach),
        "logStop": reach.stop,
    }


def _lacks(info: Mapping[str, str], end: int, reach: Reach, wal: WalArchive) -> list[str]:
    """What is missing of the WAL that a complete base backup needs."""
    if not end or "end_time" not in info or "begin_wal" not in info:
        return ["its backup.info does not say where it begins and ends"]
    if reach.last is None or wal.end(reach.last) < end:
        return [f"the WAL written during it has not reached the store: {reach.stop}"]
    return []


def _until(reach: Reach) -> dict[str, str] | None:
    return {"wal": reach.last.name, "archived": reach.last.file.changed.isoformat()} if reach.last else None


def _system(info: Mapping[str, str]) -> str:
    return info.get("systemid", "").strip("'\"")


def _segment_bytes(info: Mapping[str, str]) -> int:
    return int(info.get("xlog_segment_size", "0"))


def _position(text: str) -> int:
    """The position that `0/3000028` stands for; 0 for other text."""
    match = re.fullmatch(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})", text)
    return (int(match[1], 16) << 32) + int(match[2], 16) if match else 0


def _moment(text: str | None) -> str:
    if not text:
        return ""
    moment = datetime.datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC).isoformat()


def _major(version: str) -> str:
    """`150014` is 15.14."""
    return str(int(version) // 10000) if version else ""


if __name__ == "__main__":
    archive_store.run(report)
