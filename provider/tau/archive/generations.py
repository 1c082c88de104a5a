"""Archive generations: their names, what a store's report says they hold, and the window that can be restored.

A generation `<instance>-<major>-<n>` is the archive of one life of one server. An Instance that is recreated, restored
or upgraded to another major version begins a new one, so that no archive is ever overwritten
(https://cloudnative-pg.io/docs/1.30/postgres_upgrades/). The report is that of `archive/script/report.py`.
"""

import datetime
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau.values import wal_position

_NAME = re.compile(r"(?P<instance>.+)-(?P<major>[1-9][0-9]{0,8})-(?P<number>[1-9][0-9]{0,8})")
_MOST_SHOWN = 10
_MOST_PROBLEMS = 3


@dataclass(frozen=True, kw_only=True)
class BaseBackup:
    """A base backup; `log_until` is when the last segment was archived that is reached from it without a gap.

    `problem` is why it cannot be restored, in one sentence, and empty where it can: files of it or WAL of its own time
    are not in the store, or not whole. `wal_stop` is why the WAL reaches no further than `last_wal`.
    """

    backup_id: str
    server_name: str
    started: datetime.datetime | None
    ended: datetime.datetime | None
    begin_lsn: str
    end_lsn: str
    begin_wal: str
    size: int
    status: str
    version: str
    log_until: datetime.datetime | None
    log_end: int
    last_wal: str
    system_id: str
    wal_stop: str
    problem: str

    @property
    def restorable(self) -> bool:
        """Whether all of its files and the WAL written during it are in the store, as far as can be seen."""
        return not self.problem

    @property
    def first_moment(self) -> datetime.datetime:
        """The first moment that it can restore."""
        assert self.ended
        return self.ended

    @property
    def last_moment(self) -> datetime.datetime:
        """The last moment that it can restore."""
        assert self.log_until
        return self.log_until


@dataclass(frozen=True, kw_only=True)
class Generation:
    """One generation; base backups are in the order in which they ended, the WAL fields empty without one.

    `cluster` is the uid of the Kubernetes cluster that it was begun in, empty where that is not known.
    """

    server_name: str
    cluster: str
    backups: tuple[BaseBackup, ...]
    segment_bytes: int
    last_wal: str
    first_archived: datetime.datetime | None
    last_archived: datetime.datetime | None

    @property
    def restorable(self) -> tuple[BaseBackup, ...]:
        """The base backups that can be restored."""
        return tuple(backup for backup in self.backups if backup.restorable)

    @property
    def first_moment(self) -> datetime.datetime | None:
        """The first moment that can be restored, None without a base backup."""
        return min((backup.first_moment for backup in self.restorable), default=None)

    @property
    def last_moment(self) -> datetime.datetime | None:
        """The last moment that can be restored, None without a base backup."""
        return max((backup.last_moment for backup in self.restorable), default=None)

    def described(self) -> str:
        """What it holds, for a person."""
        if self.first_moment is None or self.last_moment is None:
            return f"{self.server_name} (no base backup that can be restored{self.lack})"
        count = len(self.restorable)
        window = f"{shown(self.first_moment)} to {shown(self.last_moment)}"
        return f"{self.server_name} ({count} base backup{'s' if count > 1 else ''}, restorable from {window})"

    @property
    def lack(self) -> str:
        """What keeps the newest base backups from being restored, to be added to a message that they cannot."""
        problems = [f"{backup.backup_id}: {backup.problem}" for backup in self.backups[-_MOST_PROBLEMS:]]
        return f": {', '.join(problems)}" if problems else ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a store held at `now`: every folder, and the generations that were asked for, oldest first."""

    now: datetime.datetime
    folders: tuple[str, ...]
    generations: tuple[Generation, ...]

    def of(self, instance: str) -> tuple[Generation, ...]:
        """The generations of one Instance."""
        return tuple(generation for generation in self.generations if instance_of(generation.server_name) == instance)

    def instances(self) -> list[str]:
        """Instances with an archive in the store."""
        return sorted({name for name in map(instance_of, self.folders) if name})


def parse(report: Mapping[str, Any]) -> Report:
    """The report of a store."""
    # One that was claimed for a server that never came to be holds nothing.
    held = [entry for entry in report["generations"] if entry["backups"] or entry["lastWal"] or not entry["owner"]]
    generations = sorted((_generation(entry) for entry in held), key=_age)
    return Report(now=_time(report["now"]), folders=tuple(report["folders"]), generations=tuple(generations))


def _generation(entry: Mapping[str, Any]) -> Generation:
    backups = [_backup(backup, entry) for backup in entry["backups"]]
    return Generation(
        server_name=entry["serverName"],
        cluster=_cluster(entry["owner"]),
        backups=tuple(sorted(backups, key=lambda backup: (backup.ended or _LATER, backup.backup_id))),
        segment_bytes=entry["segmentBytes"],
        last_wal=entry["lastWal"],
        first_archived=_optional(entry["firstArchived"]),
        last_archived=_optional(entry["lastArchived"]),
    )


def _cluster(owner: Any) -> str:
    return str(owner.get("cluster") or "") if isinstance(owner, Mapping) else ""


def _backup(entry: Mapping[str, Any], generation: Mapping[str, Any]) -> BaseBackup:
    reach = entry["logUntil"] or {"wal": "", "archived": ""}
    return BaseBackup(
        backup_id=entry["backupId"],
        server_name=generation["serverName"],
        started=_optional(entry["started"]),
        ended=_optional(entry["ended"]),
        begin_lsn=entry["beginLsn"],
        end_lsn=entry["endLsn"],
        begin_wal=entry["beginWal"],
        size=entry["bytes"],
        status=entry["status"],
        version=entry["version"],
        log_until=_optional(reach["archived"]),
        log_end=_end(reach["wal"], generation["segmentBytes"]) if reach["wal"] else 0,
        last_wal=reach["wal"],
        system_id=entry["systemId"],
        wal_stop=entry["logStop"],
        problem=entry["problem"],
    )


_LATER = datetime.datetime.max.replace(tzinfo=datetime.UTC)
_EARLIER = datetime.datetime.min.replace(tzinfo=datetime.UTC)


def _age(generation: Generation) -> tuple[datetime.datetime, int, int, str]:
    """Generations come in the order in which they were last written to, then in that of their numbers."""
    match = _NAME.fullmatch(generation.server_name)
    major, number = (int(match["major"]), int(match["number"])) if match else (0, 0)
    return generation.last_archived or _EARLIER, major, number, generation.server_name


def name(instance: str, major: str, number: int) -> str:
    """Name of a generation."""
    return f"{instance}-{major}-{number}"


def next_name(instance: str, major: str, folders: Iterable[str]) -> str:
    """Name of the next generation of an Instance: its number is higher than any of that major version."""
    taken = [0]
    for folder in folders:
        match = _NAME.fullmatch(folder)
        if match and (match["instance"], match["major"]) == (instance, major):
            taken.append(int(match["number"]))
    return name(instance, major, max(taken) + 1)


def instance_of(generation: str) -> str | None:
    """Instance that a generation is of; None for another folder."""
    match = _NAME.fullmatch(generation)
    return match["instance"] if match else None


def major_of(generation: str) -> str | None:
    """Major version of PostgreSQL of a generation; None for another folder."""
    match = _NAME.fullmatch(generation)
    return match["major"] if match else None


def shown(when: datetime.datetime) -> str:
    """A moment as RFC 3339 in UTC, with a fraction of the second only where there is one."""
    text = when.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"{text.removesuffix('.000000')}Z"


def similar(wrong: str, known: Sequence[str]) -> str:
    """What exists instead of a name that does not: close names, else all."""
    if not known:
        return "there is none at all"
    close = difflib.get_close_matches(wrong, known, n=3)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    more = f" and {len(known) - _MOST_SHOWN} more" if len(known) > _MOST_SHOWN else ""
    return f"there is {', '.join(map(repr, known[:_MOST_SHOWN]))}{more}"


def _end(segment: str, size: int) -> int:
    return wal_position.segment_end(wal_position.segment_number(segment, size), size)


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC)


def _optional(text: str) -> datetime.datetime | None:
    return _time(text) if text else None
