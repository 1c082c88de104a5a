"""The WAL of an archive reaches as far as its segments follow one another and are what their names say."""

import gzip

import pytest

from tau.archive.script import store as archive_store
from tau.archive.script import wal_archive
from tau.archive.script.wal_archive import Origin, WalArchive
from tests.unit.archive.script import wal
from tests.unit.archive.script.bucket import Bucket

SIZE = wal.SEGMENT
ORIGIN = Origin("15", "7000000000000000001")


def name(number: int, timeline: int = 1) -> str:
    return f"{timeline:08X}00000000{number:08X}"


def put(bucket: Bucket, segment: str, content: bytes | None = None, suffix: str = "") -> None:
    whole = wal.segment(segment, size=SIZE)
    bucket.put(f"main-15-1/wals/{segment[:16]}/{segment}{suffix}", whole if content is None else content)


def reach(bucket: Bucket, until: int = 3) -> tuple[str, str]:
    """The last segment that is reached from the first, where a base backup ends in that one; and what stops it."""
    found = WalArchive(bucket.store(), "main-15-1", SIZE).reach(name(1), until * SIZE + 100, ORIGIN)
    return found.last.name if found.last else "", found.stop


@pytest.fixture
def bucket() -> Bucket:
    """Three segments."""
    found = Bucket()
    for number in (1, 2, 3):
        put(found, name(number))
    return found


def test_whole_segments_are_reached(bucket: Bucket) -> None:
    assert reach(bucket) == (name(3), f"segment {name(4)} is not there")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (wal.segment(name(2), size=SIZE)[:-1], f"has {SIZE - 1} bytes instead of {SIZE}"),
        (bytes(SIZE), "is not a WAL segment: it has the page magic 0x0000, which is not one of PostgreSQL 13 to 18"),
        (wal.segment(name(7), size=SIZE), f"has the content of {name(7)}"),
        (wal.segment(name(2, timeline=2), size=SIZE), f"has the content of {name(2, timeline=2)}"),
        (wal.segment(name(2), size=SIZE, magic=0xD116), "is of PostgreSQL 17, not 15"),
        (
            wal.segment(name(2), size=SIZE, system=43),
            "is of another server (system identifier 43, not 7000000000000000001)",
        ),
    ],
)
def test_a_segment_that_is_not_what_its_name_says_ends_it(bucket: Bucket, content: bytes, why: str) -> None:
    put(bucket, name(2), content)
    assert reach(bucket) == (name(1), f"segment {name(2)} {why}")


def test_what_a_backup_info_does_not_say_is_not_compared(bucket: Bucket) -> None:
    put(bucket, name(2), wal.segment(name(2), size=SIZE, magic=0xD116, system=43))
    found = WalArchive(bucket.store(), "main-15-1", SIZE).reach(name(1), 3 * SIZE, Origin("", ""))
    assert found.last
    assert found.last.name == name(3)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gzip.compress(wal.segment(name(2), size=SIZE), mtime=0), ""),
        (
            gzip.compress(wal.segment(name(2), size=SIZE), mtime=0)[:-20],
            "is damaged: it cannot be decompressed: EOFError",
        ),
        (
            gzip.compress(wal.segment(name(2), size=SIZE)[:-1], mtime=0),
            f"has {SIZE - 1} bytes when decompressed instead of {SIZE}",
        ),
        (gzip.compress(b"", mtime=0), "is not a WAL segment: it is shorter than a page header"),
    ],
    ids=["whole", "cut", "short", "empty"],
)
def test_a_compressed_segment_is_decompressed(
    bucket: Bucket, content: bytes, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_store, "_decompressed", lambda body, _: gzip.decompress(body))
    del bucket.files[f"main-15-1/wals/{name(2)[:16]}/{name(2)}"]
    put(bucket, name(2), content, ".gz")
    last, stop = reach(bucket)
    assert last == (name(1) if why else name(3))
    assert why in stop


def test_large_segments_that_are_compressed_are_not_decompressed(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wal_archive, "_LARGEST_DECOMPRESSED", SIZE - 1)
    put(bucket, name(4), b"x", ".gz")
    assert reach(bucket, 4)[0] == name(4)
    put(bucket, name(5), b"", ".gz")
    assert reach(bucket, 5) == (name(4), f"segment {name(5)} is empty")


def test_another_timeline_is_reached_with_its_history_only(bucket: Bucket) -> None:
    # Its first segment begins with pages of the timeline before.
    put(bucket, name(3, timeline=2), wal.segment(name(3), size=SIZE))
    put(bucket, name(4, timeline=2))
    assert reach(bucket) == (name(2), "00000002.history is not there")
    bucket.put("main-15-1/wals/00000002.history", b"")
    assert reach(bucket) == (name(2), "00000002.history is not there")
    bucket.put("main-15-1/wals/00000002.history", b"1\t0/18000\tno recovery target specified\n")
    assert reach(bucket)[0] == name(4, timeline=2)


def test_a_base_backup_on_a_branch_that_was_left_says_so(bucket: Bucket) -> None:
    put(bucket, name(1, timeline=2))
    assert reach(bucket) == ("", f"segment {name(1)} is of a timeline that another one replaced")


def test_a_base_backup_whose_first_segment_is_gone_says_so(bucket: Bucket) -> None:
    found = WalArchive(bucket.store(), "main-15-1", SIZE).reach(name(9), 10 * SIZE, ORIGIN)
    assert (found.last, found.stop) == (None, f"segment {name(9)} is not there")


@pytest.mark.parametrize(
    ("number", "noticed"), [(1, True), (8, True), (12, False), (20, True), (25, False), (40, True)]
)
def test_content_is_read_where_it_is_needed_most(number: int, noticed: bool) -> None:
    """A base backup that ends in segment 20 of 40: both ends of what it needs, and the end of the archive."""
    bucket = Bucket()
    for each in range(1, 41):
        put(bucket, name(each), bytes(SIZE) if each == number else None)
    assert (reach(bucket, 20)[0] != name(40)) == noticed
