"""Searches the archived WAL for where a recovery would stop: after a moment, at a restore point, at a position.

Runs inside the cluster. Request: that of a store, `serverName`, `segmentBytes`, `from` (first segment),
`seconds` (how long it may look), and one of `time` (RFC 3339), `point` (name) and `lsn` (number).
"""

import datetime
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tau.archive.script import store as archive_store
from tau.archive.script.store import Damaged, Store
from tau.archive.script.wal_archive import Segment, WalArchive
from tau.archive.script.wal_records import Log, Record

_MOST_POINTS = 20
_CLOCKS_DIFFER = datetime.timedelta(minutes=10)


def search(store: Store, request: Mapping[str, Any]) -> dict[str, Any]:
    """Whether there is such a place (`complete` unless time was up), its position, and the last restore points."""
    may_hold, stops = _question(request)
    log = WalArchive(store, request["serverName"], request["segmentBytes"]).reached(request["from"])
    first = next((index for index, segment in enumerate(log) if may_hold(segment)), len(log))
    deadline, points = time.monotonic() + request["seconds"], list[str]()
    answer: dict[str, Any] = {"found": False, "complete": True, "points": []}
    try:
        for record in _records(store, request["serverName"], log[first:], deadline):
            if stops(record):
                return answer | {"found": True, "lsn": record.lsn}
            if record.point:
                points = [*points[1 - _MOST_POINTS :], record.point]
    except TimeoutError:
        answer["complete"] = False
    return answer | {"points": points}


def _question(request: Mapping[str, Any]) -> tuple[Callable[[Segment], bool], Callable[[Record], bool]]:
    """Whether a segment, or one after it, may be where a recovery stops, and whether it stops at a record.

    As `recoveryStopsBefore` and `recoveryStopsAfter` of PostgreSQL decide, for an inclusive target.
    """
    if "time" in request:
        moment = datetime.datetime.fromisoformat(request["time"])
        return (
            lambda segment: segment.file.changed > moment - _CLOCKS_DIFFER,
            lambda record: record.ended is not None and record.ended > moment,
        )
    if "lsn" in request:
        position = int(request["lsn"])
        return (
            lambda segment: segment.number >= position // int(request["segmentBytes"]),
            lambda record: record.lsn >= position,
        )
    return lambda _: True, lambda record: record.point == request["point"]


def _records(store: Store, server_name: str, log: Sequence[Segment], deadline: float) -> Iterator[Record]:
    reader = Log()
    for segment in log:
        if time.monotonic() > deadline:
            raise TimeoutError
        try:
            yield from reader.records(store.content(segment.file))
        except ValueError as failure:
            raise Damaged(f"segment {segment.name} of {server_name}: {failure}") from failure


if __name__ == "__main__":
    archive_store.run(search)
