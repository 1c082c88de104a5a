"""The log is asked where a recovery would stop, as PostgreSQL would decide."""

import datetime
from typing import Any

import pytest

from tau.archive.script import search
from tau.archive.script import store as archive_store
from tests.unit.archive.script import wal
from tests.unit.archive.script.bucket import START, Bucket

FIRST = "000000010000000000000001"


def minutes(number: float) -> datetime.datetime:
    return START + datetime.timedelta(minutes=number)


@pytest.fixture
def bucket() -> Bucket:
    """Three segments, archived 20 minutes apart: two commits, a restore point, and nothing that counts."""
    writer, bucket = wal.Writer(), Bucket()
    for when in (1, 2):
        writer.ended(minutes(when))
    writer.switch()
    writer.point(minutes(25), "before the upgrade")
    writer.switch()
    writer.append(10, 0, bytes(100))
    for number, segment in enumerate(writer.segments, start=1):
        name = f"0000000100000000{number:08X}"
        bucket.put(f"main-15-1/wals/{name[:16]}/{name}", segment, minute=20 * number)
    return bucket


def ask(bucket: Bucket, **question: Any) -> dict[str, Any]:
    where = {"serverName": "main-15-1", "segmentBytes": wal.SEGMENT, "from": FIRST, "seconds": 60}
    return search.search(bucket.store(), where | question)


@pytest.mark.parametrize(
    ("minute", "found"), [(0, True), (1.99, True), (2, False), (20, False), (26, False), (99, False)]
)
def test_a_recovery_stops_before_the_first_transaction_that_ended_later(
    bucket: Bucket, minute: float, found: bool
) -> None:
    answer = ask(bucket, time=minutes(minute).isoformat())
    assert (answer["found"], answer["complete"]) == (found, True)


def test_only_what_was_archived_later_is_read(bucket: Bucket) -> None:
    first = next(key for key in bucket.files if key.endswith(FIRST))
    bucket.put(first, b"unreadable".ljust(wal.SEGMENT), minute=20)
    assert not ask(bucket, time=minutes(45).isoformat())["found"]
    with pytest.raises(archive_store.Damaged, match=f"segment {FIRST} of main-15-1: it has the page magic 0x6E75"):
        ask(bucket, time=minutes(15).isoformat())


def test_a_restore_point_is_found_by_its_name(bucket: Bucket) -> None:
    answer = ask(bucket, point="before the upgrade")
    assert answer["found"]
    assert answer["lsn"] // wal.SEGMENT == 2


def test_the_restore_points_that_there_are_are_told(bucket: Bucket) -> None:
    answer = ask(bucket, point="before the update")
    assert answer == {"found": False, "complete": True, "points": ["before the upgrade"]}


def test_a_position_is_reached_by_a_record_at_or_after_it(bucket: Bucket) -> None:
    last = 3 * wal.SEGMENT + 40
    assert ask(bucket, lsn=last)["lsn"] == last
    assert ask(bucket, lsn=2 * wal.SEGMENT + 5000)["lsn"] == last
    assert not ask(bucket, lsn=last + 8)["found"]


def test_what_lies_behind_a_gap_is_not_seen(bucket: Bucket) -> None:
    del bucket.files["main-15-1/wals/0000000100000000/000000010000000000000002"]
    assert not ask(bucket, point="before the upgrade")["found"]
    assert not ask(bucket, lsn=2 * wal.SEGMENT)["found"]


def test_a_search_that_takes_too_long_says_so(bucket: Bucket) -> None:
    assert ask(bucket, point="never made", seconds=-1) == {"found": False, "complete": False, "points": []}
