"""The log is read record by record, whatever page or segment a record begins and ends in."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau.archive.script.wal_records import Log, Record
from tests.unit.archive.script import wal

NOON = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
MOMENTS = st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2200, 1, 1), timezones=st.just(datetime.UTC))
NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=63)
RECORDS = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), MOMENTS, st.sampled_from([0, 5, 300]), st.booleans()),
        st.tuples(st.just("point"), MOMENTS, NAMES),
        st.tuples(st.just("other"), st.integers(0, 3 * wal.SEGMENT)),
        st.tuples(st.just("switch")),
    ),
    max_size=12,
)


def read(segments: list[bytes]) -> list[Record]:
    log = Log()
    return [record for segment in segments for record in log.records(segment)]


@given(RECORDS)
def test_every_record_is_read_with_its_position_and_moment(records: list[tuple[str, ...]]) -> None:
    writer, expected = wal.Writer(), []
    for kind, *given_parts in records:
        parts: list[object] = list(given_parts)
        match kind, parts:
            case "commit", [datetime.datetime() as when, int() as rest, bool() as origin]:
                position = writer.ended(when, rest=bytes(rest), origin=origin)
                expected.append(Record(position, ended=when))
            case "point", [datetime.datetime() as when, str() as name]:
                expected.append(Record(writer.point(when, name), point=name, time=when))
            case "other", [int() as size]:
                expected.append(Record(writer.append(10, 0, bytes(size))))
            case _:
                expected.append(Record(writer.switch()))
    assert read(writer.segments) == expected


@pytest.mark.parametrize(("info", "ends"), [(0x00, True), (0x20, True), (0x30, True), (0x40, True), (0x10, False)])
def test_commits_and_aborts_end_a_transaction_and_preparing_does_not(info: int, ends: bool) -> None:
    writer = wal.Writer()
    writer.ended(NOON, info | 0x80)
    assert [record.ended for record in read(writer.segments)] == [NOON if ends else None]


def test_a_log_can_be_read_from_the_middle() -> None:
    writer = wal.Writer()
    writer.append(10, 0, bytes(2 * wal.SEGMENT))
    position = writer.ended(NOON)
    first, second, third = writer.segments
    assert read([third]) == [Record(position, ended=NOON)]
    assert read([second]) == []
    assert len(read([first, second, third])) == 2


def test_pages_that_are_left_from_another_use_of_the_file_are_not_read() -> None:
    writer = wal.Writer()
    writer.ended(NOON)
    stale = wal.Writer(first=7)
    for _ in range(1000):
        stale.ended(NOON)
    segment = writer.segments[0][: wal.PAGE] + stale.segments[0][wal.PAGE :]
    assert len(read([segment])) == 1


@pytest.mark.parametrize("content", [b"", b"short", bytes(wal.SEGMENT), b"\xff" * wal.SEGMENT])
def test_what_is_no_segment_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="it "):
        read([content])


@pytest.mark.parametrize(
    ("magic", "writer"),
    [
        (0xD101, ": PostgreSQL 12 wrote it"),
        (0xD098, ": PostgreSQL 11 wrote it"),
        (0xD097, ": PostgreSQL 10 wrote it"),
        (0xD093, ": PostgreSQL 9.6 wrote it"),
        (0xD119, ": a later PostgreSQL may have written it"),
        (0xD107, ""),
        (0x0000, ""),
        (0xFFFF, ""),
    ],
)
def test_pages_of_a_version_that_is_not_known_are_refused(magic: int, writer: str) -> None:
    segment = wal.segment("000000010000000000000001", size=wal.SEGMENT, magic=magic)
    with pytest.raises(
        ValueError, match=f"^it has the page magic 0x{magic:04X}, which is not one of PostgreSQL 13 to 18{writer}$"
    ):
        read([segment])


@pytest.mark.parametrize("magic", [0xD106, 0xD10D, 0xD110, 0xD113, 0xD116, 0xD118])
def test_pages_of_every_known_version_are_read(magic: int) -> None:
    assert read([wal.segment("000000010000000000000001", size=wal.SEGMENT, magic=magic)]) == []


def test_a_segment_that_was_cut_off_is_refused() -> None:
    segment = wal.segment("000000010000000000000001", size=wal.SEGMENT)[: wal.PAGE]
    with pytest.raises(ValueError, match=f"it has {wal.PAGE} bytes instead of {wal.SEGMENT}"):
        read([segment])
