"""`tau.values.timestamp`: moments as RFC 3339 and PostgreSQL write them."""

import pytest

from tau.archive import generations as archives
from tau.values import timestamp


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-23T02:59:00+01:00", "2026-11-23T01:59:00Z"),
        ("2026-11-23T02:59:00.5Z", "2026-11-23T02:59:00.500000Z"),
        ("2026-11-23t02:59:00z", "2026-11-23T02:59:00Z"),
        ("2026-11-27 17:41:17.123456+00", "2026-11-27T17:41:17.123456Z"),
        ("2026-11-27 17:41:17+01", "2026-11-27T16:41:17Z"),
        ("2026-11-27 17:41:17.5+05:30", "2026-11-27T12:11:17.500000Z"),
        ("2026-11-27 17:41:17.1234-0330", "2026-11-27T21:11:17.123400Z"),
        ("2026-11-27 17:41:17 +01:00", "2026-11-27T16:41:17Z"),
    ],
)
def test_a_moment_is_read(text: str, shown: str) -> None:
    moment = timestamp.parse(text)
    assert moment is not None
    assert archives.shown(moment) == shown


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-11-27 17:41:17.123456", "has no time zone; use for example"),
        ("2026-11-23T02:59:00", "or with `Z` at its end for UTC"),
        ("2026-11-23", "is not a time; use for example"),
        ("2026-11-31T02:59:00Z", "is not a time (day is out of range for month)"),
        ("2026-11-23T02:59:00+99:00", "is not a time (offset"),
        ("2026-11-23 02:59:00 CET", "or what `SELECT now()` prints"),
        ("yesterday", "is not a time"),
        ("\u0662\u0660\u0662\u0666-11-23T02:59:00Z", "is not a time"),
    ],
)
def test_other_text_is_no_moment(text: str, reason: str) -> None:
    assert timestamp.parse(text) is None
    assert reason in str(timestamp.problem(text))
