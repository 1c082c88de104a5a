"""Durations, in the one grammar that every input has and Prometheus reads as well: `90s`, `1h30m`, `1d12h`, `2w`.

A number without a unit is refused: `after: 7` would be seven seconds to one reader and seven days to another.
https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations
"""

import re
from collections.abc import Callable

LONGEST = "36500d"
"""No input takes more: a hundred years, which every calendar can still add up."""
_PARTS = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,9}}){unit})?" for unit in "wdhms"))
_SECONDS = {"w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1}


def seconds(text: str) -> int | None:
    """How many seconds a duration has; None for text that is none."""
    match = _PARTS.fullmatch(text)
    if not match or not text:
        return None
    return sum(int(count) * _SECONDS[unit] for unit, count in match.groupdict().items() if count)


def checked(text: str) -> int:
    """The seconds of a duration.

    Raises:
        ValueError: The text is not a duration.
    """
    number = seconds(text)
    if number is None:
        raise ValueError(f"{text!r} is not a duration")
    return number


def between(least: str, most: str = LONGEST, *, example: str) -> Callable[[str], str | None]:
    """A rule for durations from `least` to `most`; `example` is what its messages propose."""

    def rule(value: str) -> str | None:
        number = seconds(value)
        if number is None:
            return f"is not a duration; use whole numbers with `w`, `d`, `h`, `m` and `s`, for example `{example}`"
        if number < checked(least):
            return f"is too short; use `{least}` or more, for example `{example}`"
        return f"is too long; use at most `{most}`" if number > checked(most) else None

    return rule
