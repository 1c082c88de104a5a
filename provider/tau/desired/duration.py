"""Lengths of time as people write them, and Prometheus reads them as well: `7d`, `36h`, `1d12h30m`."""

import re

_PARTS = re.compile(r"(?:(?P<d>\d{1,6})d)?(?:(?P<h>\d{1,6})h)?(?:(?P<m>\d{1,6})m)?(?:(?P<s>\d{1,6})s)?")
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def seconds(text: str) -> int | None:
    """How many seconds a duration has; None for text that is none."""
    match = _PARTS.fullmatch(text)
    if not match or not text:
        return None
    return sum(int(count) * _SECONDS[unit] for unit, count in match.groupdict().items() if count)


def problem(text: str) -> str | None:
    """What keeps text from being a duration that is longer than nothing."""
    if seconds(text):
        return None
    return "is not a length of time; use a whole number with `s`, `m`, `h` or `d`, for example `26h`"


def checked(text: str) -> int:
    """The seconds of text that `problem` has nothing against."""
    found = seconds(text)
    if not found:
        raise ValueError(f"{text!r} is not a length of time")
    return found
