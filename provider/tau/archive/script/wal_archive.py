"""The WAL archive of one generation: its segments, how far they reach without a gap, and whether they are whole.

Layout: https://docs.pgbarman.org/release/3.19.1/user_guide/barman_cloud.html. Runs inside the cluster.
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping

from tau.archive.script import wal_page
from tau.archive.script.store import Damaged, File, Store
from tau.values import wal_position

DEFAULT_SEGMENT = 16 * 1024 * 1024
_SEGMENT = re.compile(r"([0-9A-F]{8})[0-9A-F]{16}(\.(?!partial|history|backup)[a-z0-9]+)?")
_HISTORY = re.compile(r"([0-9A-F]{8})\.history(\.[a-z0-9]+)?")
_MOST_OPENED = 8
"""Segments that are opened at either end of what a base backup needs; of those between the size has to do."""
_LAST_OPENED = 4
"""Segments at the end of the archive that are opened as well: the last rows are in them."""
_LARGEST_DECOMPRESSED = 64 * 1024 * 1024
"""The Pod has little memory; of larger ones that are compressed the size has to do."""


@dataclasses.dataclass(frozen=True)
class Segment:
    """A segment of the WAL; consecutive ones have consecutive numbers, regardless of their timeline.

    `fault` says what is wrong with its size; empty where nothing is.
    """

    name: str
    number: int
    timeline: int
    file: File
    fault: str = ""


@dataclasses.dataclass(frozen=True)
class Origin:
    """What the WAL of a base backup has to be of; empty where its `backup.info` does not say."""

    version: str
    system: str


@dataclasses.dataclass(frozen=True)
class Reach:
    """The last segment that is reached without a gap, and in one sentence why the one after it is not."""

    last: Segment | None
    stop: str


class WalArchive:
    """The segments that a recovery reads: from where a newer timeline begins, none of an older one."""

    def __init__(self, store: Store, server_name: str, segment_bytes: int = DEFAULT_SEGMENT) -> None:
        self._store, self._size = store, segment_bytes
        files = list(store.files(server_name, "wals"))
        self._names, self.segments = _segments(files, segment_bytes)
        histories = [_HISTORY.fullmatch(file.name) for file in files if file.size]
        self._histories = {int(match[1], 16) for match in histories if match}
        self._opened: dict[str, wal_page.Header | str] = {}

    def reached(self, begin: str) -> list[Segment]:
        """The segments from one on, up to a gap or one that is not whole by its size."""
        reach = self.reach(begin)
        names = [segment.name for segment in self.segments]
        return self.segments[names.index(begin) : names.index(reach.last.name) + 1] if reach.last else []

    def reach(self, begin: str, end: int = 0, origin: Origin | None = None) -> Reach:
        """How far the archive reaches from a segment on.

        With an `origin` the segments up to the position `end`, and the last ones of all, are opened as well.
        """
        names = {segment.name: index for index, segment in enumerate(self.segments)}
        if begin not in names:
            why = "is of a timeline that another one replaced" if begin in self._names else "is not there"
            return Reach(None, f"segment {begin} {why}")
        way = self.segments[names[begin] :]
        opened = self._to_open(way, (end - 1) // self._size) if origin else frozenset[int]()
        last: Segment | None = None
        for segment in way:
            stop = self._between(last, segment) if last else ""
            fault = segment.fault or (self._fault(segment, origin) if origin and segment.number in opened else "")
            stop = stop or (f"segment {segment.name} {fault}" if fault else "")
            if stop:
                return Reach(last, stop)
            last = segment
        assert last
        return Reach(last, f"segment {self._name(last.timeline, last.number + 1)} is not there")

    def end(self, segment: Segment) -> int:
        """The position behind a segment."""
        return wal_position.segment_end(segment.number, self._size)

    def _to_open(self, way: list[Segment], until: int) -> frozenset[int]:
        needed = [segment.number for segment in way if segment.number <= until]
        last = [segment.number for segment in way[-_LAST_OPENED:]]
        return frozenset([*needed[:_MOST_OPENED], *needed[-_MOST_OPENED:], *last])

    def _between(self, last: Segment, segment: Segment) -> str:
        if segment.number != last.number + 1:
            return f"segment {self._name(last.timeline, last.number + 1)} is not there"
        if segment.timeline != last.timeline and segment.timeline not in self._histories:
            return f"{segment.timeline:08X}.history is not there"
        return ""

    def _name(self, timeline: int, number: int) -> str:
        return wal_position.segment_name(timeline, number, self._size)

    def _fault(self, segment: Segment, origin: Origin) -> str:
        """What is wrong with the content of a segment: its header, and the length of one that is compressed."""
        if segment.file.compression and self._size > _LARGEST_DECOMPRESSED:
            return ""
        if segment.name not in self._opened:
            self._opened[segment.name] = self._open(segment)
        header = self._opened[segment.name]
        if isinstance(header, str):
            return header
        if origin.version and header.version != origin.version:
            return f"is of PostgreSQL {header.version}, not {origin.version}"
        if origin.system and str(header.system) != origin.system:
            return f"is of another server (system identifier {header.system}, not {origin.system})"
        return ""

    def _open(self, segment: Segment) -> wal_page.Header | str:
        compressed = segment.file.compression is not None
        try:
            content = self._store.content(segment.file) if compressed else self._store.start(segment.file, 64)
            header = wal_page.header(content)
        except Damaged as damage:
            return f"is damaged: {damage}"
        except ValueError as failure:
            return f"is not a WAL segment: {failure}"
        if compressed and len(content) != self._size:
            return f"has {len(content)} bytes when decompressed instead of {self._size}"
        # The first segment of a timeline starts with pages of the one before.
        if header.address != segment.number * self._size or header.timeline > segment.timeline:
            return f"has the content of {self._name(header.timeline, header.address // self._size)}"
        if header.segment_bytes != self._size:
            return f"is one of {header.segment_bytes} bytes, not {self._size}"
        return header


def _segments(files: Iterable[File], size: int) -> tuple[frozenset[str], list[Segment]]:
    """The names of all segments, and those that a recovery reads, in order."""
    timelines: dict[int, dict[int, Segment]] = {}
    for file in files:
        match = _SEGMENT.fullmatch(file.name)
        if match:
            timeline, number = int(match[1], 16), wal_position.segment_number(file.name, size)
            segment = Segment(file.name[:24], number, timeline, file, _wrong_size(file, size))
            timelines.setdefault(timeline, {})[number] = segment
    way: Mapping[int, Segment] = {}
    for timeline in sorted(timelines):
        begins = min(timelines[timeline])
        way = {number: segment for number, segment in way.items() if number < begins} | timelines[timeline]
    names = frozenset(segment.name for segments in timelines.values() for segment in segments.values())
    return names, [way[number] for number in sorted(way)]


def _wrong_size(file: File, size: int) -> str:
    if not file.size:
        return "is empty"
    return f"has {file.size} bytes instead of {size}" if not file.compression and file.size != size else ""
