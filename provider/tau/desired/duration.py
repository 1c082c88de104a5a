"""Lengths of time as inputs write them: `90s`, `15m`, `26h`, `8d`, which Prometheus reads as well."""

import re

_LENGTH = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(value: str) -> int:
    """Seconds of a length of time that `problem` has nothing against."""
    match = _LENGTH.fullmatch(value)
    if match is None:
        raise ValueError(f"{value!r} is no length of time")
    return int(match[1]) * _SECONDS[match[2]]


def problem(value: str) -> str | None:
    """A whole number with one unit."""
    if _LENGTH.fullmatch(value):
        return None
    return "is not a length of time; write a whole number with `s`, `m`, `h` or `d`, for example `26h`"
