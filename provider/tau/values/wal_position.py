"""Positions in the WAL, LSNs, and the names of the segments that they are in.

https://www.postgresql.org/docs/current/datatype-pg-lsn.html and
https://www.postgresql.org/docs/current/wal-internals.html. Also runs inside the cluster.
"""

import re

_LSN = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")


def parse(text: str) -> int | None:
    """The position that an LSN such as `0/5000060` stands for; None for other text."""
    match = _LSN.fullmatch(text)
    return (int(match[1], 16) << 32) + int(match[2], 16) if match else None


def shown(position: int) -> str:
    """A position as PostgreSQL writes it."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def segment_number(name: str, size: int) -> int:
    """Number of a segment of `size` bytes, by its name; all timelines share the numbers."""
    return int(name[8:16], 16) * (2**32 // size) + int(name[16:24], 16)


def segment_name(timeline: int, number: int, size: int) -> str:
    """Name of a segment of `size` bytes."""
    high, low = divmod(number, 2**32 // size)
    return f"{timeline:08X}{high:08X}{low:08X}"


def segment_end(number: int, size: int) -> int:
    """The position behind a segment of `size` bytes."""
    return (number + 1) * size
