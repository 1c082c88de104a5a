"""`tau.values.wal_position`: LSNs, and names of segments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau.values import wal_position

SIZE = 16 * 1024**2


@given(st.integers(0, 2**64 - 1))
def test_a_position_is_read_as_it_was_shown(position: int) -> None:
    assert wal_position.parse(wal_position.shown(position)) == position


@pytest.mark.parametrize("text", ["", "5000060", "0/", "0/5000060 ", "0/G", "123456789/0"])
def test_other_text_is_no_position(text: str) -> None:
    assert wal_position.parse(text) is None


@pytest.mark.parametrize(
    ("segment", "size", "number"),
    [
        ("000000010000000000000005", SIZE, 5),
        ("000000030000000100000000", SIZE, 256),
        ("0000000100000001000000FF", SIZE, 511),
        ("000000010000000100000000", 64 * 1024**2, 64),
    ],
)
def test_segments_are_numbered_over_all_timelines(segment: str, size: int, number: int) -> None:
    assert wal_position.segment_number(segment, size) == number
    assert wal_position.segment_name(int(segment[:8], 16), number, size) == segment


def test_a_segment_ends_where_the_next_one_begins() -> None:
    name = "0000000100000001000000FF"
    assert wal_position.segment_end(wal_position.segment_number(name, SIZE), SIZE) == 2 * 2**32
