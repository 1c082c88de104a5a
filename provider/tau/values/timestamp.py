"""A point in time with a time zone: RFC 3339, or as PostgreSQL prints a `timestamptz`."""

import datetime
import re

_DAY_AND_TIME = r"[0-9]{4}-[0-9][0-9]-[0-9][0-9][Tt ][0-9][0-9]:[0-9][0-9]:[0-9][0-9](\.[0-9]{1,6})?"
# PostgreSQL prints the minutes of an offset only where there are any: `2026-11-23 02:59:00.123456+01`.
_TIMESTAMP = re.compile(rf"{_DAY_AND_TIME} ?(?P<zone>[Zz]|[+-][0-9][0-9](:?[0-9][0-9])?)?")
_EXAMPLE = "use for example `2026-11-23T02:59:00+01:00`, or what `SELECT now()` prints"


def parse(text: str) -> datetime.datetime | None:
    """The moment that a text stands for; None for other text, and for one without a time zone."""
    try:
        return _parse(text)
    except ValueError:
        return None


def problem(text: str) -> str | None:
    """What is wrong with a text that is to be a moment."""
    try:
        _parse(text)
    except ValueError as reason:
        return str(reason)
    return None


def _parse(text: str) -> datetime.datetime:
    match = _TIMESTAMP.fullmatch(text)
    if not match:
        raise ValueError(f"is not a time; {_EXAMPLE}")
    if not match["zone"]:
        raise ValueError(f"has no time zone; {_EXAMPLE}, or with `Z` at its end for UTC")
    try:
        return datetime.datetime.fromisoformat(text.upper().replace(" ", "T", 1).replace(" ", ""))
    except ValueError as failure:
        raise ValueError(f"is not a time ({failure}); {_EXAMPLE}") from failure
