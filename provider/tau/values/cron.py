"""Cron schedules of five fields, and of six with seconds first.

https://pkg.go.dev/github.com/robfig/cron#hdr-CRON_Expression_Format is what CloudNativePG reads, and
https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax what a CronJob reads.
"""

import re
from dataclasses import dataclass

_ITEM = re.compile(
    r"(\*|\?|(?P<first>[0-9]{1,9}|[A-Za-z]{3})(-(?P<last>[0-9]{1,9}|[A-Za-z]{3}))?)(/(?P<step>[0-9]{1,9}))?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True)
class _Field:
    name: str
    lowest: int
    highest: int
    words: tuple[str, ...] = ()

    def number(self, text: str) -> int | None:
        """The number that a part stands for, or None where it is out of range or no word of this field."""
        if text.lower() in self.words:
            return self.words.index(text.lower()) + self.lowest
        return int(text) if text.isdigit() and self.lowest <= int(text) <= self.highest else None

    def admits(self, item: str) -> bool:
        """Whether an item of the field's list is right."""
        match = _ITEM.fullmatch(item)
        if not match or (match["step"] and int(match["step"]) == 0):
            return False
        ends = [self.number(text) for text in (match["first"], match["last"]) if text]
        return None not in ends and ends == sorted(ends, key=lambda end: end or 0)


_SECOND = _Field("second", 0, 59)
_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 6, _DAYS),
)


def five(value: str) -> str | None:
    """A schedule of five fields."""
    parts = value.split()
    if len(parts) != len(_FIELDS):
        return f"has {len(parts)} fields; use five, for example `0 3 * * *` for 03:00 UTC each day"
    return _first_wrong(parts, _FIELDS)


def five_or_six(value: str) -> str | None:
    """A schedule of five fields, or of six."""
    parts = value.split()
    if len(parts) not in (5, 6):
        return f"has {len(parts)} fields; use five, for example `0 3 * * *` for 03:00 UTC each day, or six"
    return _first_wrong(parts, _FIELDS if len(parts) == 5 else (_SECOND, *_FIELDS))


def _first_wrong(parts: list[str], fields: tuple[_Field, ...]) -> str | None:
    for part, field in zip(parts, fields, strict=True):
        if not all(field.admits(item) for item in part.split(",")):
            words = f" or {field.words[0]} to {field.words[-1]}" if field.words else ""
            return (
                f"has {part!r} as {field.name}; use `*`, or {field.lowest} to {field.highest}{words}, "
                "in lists `1,2`, ranges `1-5` and steps `*/2`"
            )
    return None


def with_seconds(value: str) -> str:
    """The schedule with six fields: at second 0 where it says none."""
    parts = value.split()
    return " ".join(parts if len(parts) == 6 else ["0", *parts])
