"""Lengths of time as people write them: `7d`, `36h`, `1d12h30m`."""

import re

_PARTS = re.compile(r"(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?")
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def seconds(text: str) -> int | None:
    """How many seconds a duration has; None for text that is none."""
    match = _PARTS.fullmatch(text)
    if not match or not text:
        return None
    return sum(int(count) * _SECONDS[unit] for unit, count in match.groupdict().items() if count)
