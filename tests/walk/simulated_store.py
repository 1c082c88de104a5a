"""The SIMULATED backup store: archives in the layout of Barman, whose base backups hold rows by their numbers.

https://docs.pgbarman.org/release/3.19.1/user_guide/barman_cloud.html. tau's own scripts look into it, as programs of
their own with a stand-in for boto3.
"""

import dataclasses
import datetime
import io
import json
import os
import pathlib
import struct
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

_STAND_IN = pathlib.Path(__file__).parent / "stand_in"
_SEGMENT = 16 * 1024 * 1024
_SECONDS_OF_A_SCRIPT = 60
_ROWS = "rows.json"


@dataclasses.dataclass(frozen=True)
class Place:
    """One archive: where an ObjectStore points to, and the folder of one server in it."""

    endpoint: str
    bucket: str
    prefix: str
    server_name: str


class SimulatedStore:
    """Files below `root`; nobody reaches it while it is `away`. `writers` says which server began an archive."""

    def __init__(self, root: pathlib.Path) -> None:
        self._root = root
        self.away = False
        self.writers: dict[Place, str] = {}
        self._count = 0

    def admits(self, place: Place, server: str, system: str) -> bool:
        """Whether a server may archive there: not into the archive of another one. Its first WAL comes at once."""
        if place not in self.writers and not self.away:
            self.writers[place] = server
            for number in (1, 2):
                self._write_segment(self._folder(place), number, system)
        return self.writers.get(place, server) == server

    def take(self, place: Place, rows: Iterable[int], major: str, system: str) -> str:
        """Make a base backup of these rows of a server with this system identifier, with the WAL of its time."""
        self._count += 1
        moment = datetime.datetime.now(datetime.UTC)
        identifier = f"{moment:%Y%m%dT%H%M%S}{self._count:05}"
        archive = self._folder(place)
        base = archive / "base" / identifier
        base.mkdir(parents=True)
        first = 2 * sum(1 for _ in (archive / "base").iterdir()) + 1
        for number in (first, first + 1):
            self._write_segment(archive, number, system)
        (base / "data.tar").write_bytes(_tar(rows))
        (base / "backup.info").write_text(_information(moment, first, major, system))
        return identifier

    def switch_wal(self, place: Place) -> str:
        """The LSN at which a server's last segment ends; all that came before is archived."""
        last = max(int(path.name[8:16], 16) * 256 + int(path.name[16:], 16) for path in self._segments(place))
        return _position(last, 0x100)

    def newest(self, place: Place, identifier: str = "") -> set[int]:
        """The rows of a base backup, of the newest where none is named."""
        taken = sorted((self._folder(place) / "base").iterdir())
        return _held(next(one for one in taken if one.name == identifier) if identifier else taken[-1])

    def rows(self) -> set[int]:
        """Every row that can be restored."""
        return {row for base in self._bases() for row in _held(base)}

    def run(self, command: Sequence[str], variables: Mapping[str, str]) -> str:
        """What a script of a Job prints that looks into the store."""
        environment = {**os.environ, **variables, "PYTHONPATH": str(_STAND_IN), "TAU_WALK_STORE": str(self._root)}
        if self.away:
            environment["TAU_WALK_STORE_AWAY"] = "1"
        done = subprocess.run(
            [sys.executable, *command[1:]],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS_OF_A_SCRIPT,
        )
        return done.stdout + done.stderr

    def _folder(self, place: Place) -> pathlib.Path:
        where = urlsplit(place.endpoint)
        return self._root / f"{where.hostname}-{where.port}" / place.bucket / place.prefix / place.server_name

    def _segments(self, place: Place) -> Iterator[pathlib.Path]:
        return (self._folder(place) / "wals").rglob("?" * 24)

    def _bases(self) -> Iterator[pathlib.Path]:
        for information in self._root.rglob("backup.info"):
            yield information.parent

    def _write_segment(self, archive: pathlib.Path, number: int, system: str) -> None:
        """A segment of full size with the header of its first page, and nothing in it."""
        name = f"00000001{number // 256:08X}{number % 256:08X}"
        path = archive / "wals" / name[:16] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        header = struct.pack("<HHIQIIQII", 0xD110, 2, 1, number * _SEGMENT, 0, 0, int(system), _SEGMENT, 8192)
        with path.open("wb") as file:
            file.write(header)
            file.truncate(_SEGMENT)


def _information(moment: datetime.datetime, first: int, major: str, system: str) -> str:
    segment = f"00000001{first // 256:08X}{first % 256:08X}"
    told = {
        "backup_label": "None",
        "begin_time": moment.isoformat(),
        "begin_wal": segment,
        "begin_xlog": _position(first, 0x28),
        "end_time": (moment + datetime.timedelta(milliseconds=1)).isoformat(),
        "end_wal": segment,
        "end_xlog": _position(first, 0x100),
        "status": "DONE",
        "systemid": system,
        "version": f"{major}0014",
        "xlog_segment_size": str(_SEGMENT),
    }
    return "".join(f"{name}={value}\n" for name, value in told.items())


def _position(segment: int, offset: int) -> str:
    position = segment * _SEGMENT + offset
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def _tar(rows: Iterable[int]) -> bytes:
    found, content = io.BytesIO(), json.dumps(sorted(rows)).encode()
    with tarfile.open(fileobj=found, mode="w") as archive:
        member = tarfile.TarInfo(_ROWS)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return found.getvalue()


def _held(base: pathlib.Path) -> set[int]:
    """The rows of a base backup; none where a file of it is missing or broken."""
    try:
        with tarfile.open(base / "data.tar") as archive:
            file = archive.extractfile(_ROWS)
            return set(json.loads(file.read())) if file else set()
    except (OSError, tarfile.TarError, KeyError, ValueError):
        return set()
