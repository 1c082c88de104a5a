"""The header of a WAL segment's first page: of which server, timeline and position the segment says it is.

`access/xlog_internal.h` of PostgreSQL. Runs inside the cluster, so it uses the standard library only.
"""

import dataclasses
import struct

SHORT, LENGTH = 24, 40
"""Bytes of the header of a page, and of that of the first page of a segment."""

PAGE = struct.Struct("<HHIQI")
"""Magic, flags, timeline, address, and bytes that belong to a record of the page before."""

_LONG_PAGE = struct.Struct("<QII")  # system identifier, size of a segment, size of a page
_CONTINUED, _LONG = 0x0001, 0x0002
# `XLOG_PAGE_MAGIC` of each release; the records of 13 are those of 14 without the top transaction.
_VERSIONS = {0xD106: "13", 0xD10D: "14", 0xD110: "15", 0xD113: "16", 0xD116: "17", 0xD118: "18"}
_OLDER = {0xD087: "9.5", 0xD093: "9.6", 0xD097: "10", 0xD098: "11", 0xD101: "12"}


@dataclasses.dataclass(frozen=True)
class Header:
    """The first page of a segment; `version` is the major version of PostgreSQL that writes such pages."""

    magic: int
    version: str
    timeline: int
    address: int
    system: int
    segment_bytes: int
    page_bytes: int
    owed: int


def header(start: bytes) -> Header:
    """Read the header at the start of a segment.

    Raises:
        ValueError: It is not one of a version that is known here; the message is a sentence about the segment.
    """
    if len(start) < LENGTH:
        raise ValueError("it is shorter than a page header")
    magic, info, timeline, address, owed = PAGE.unpack_from(start)
    if magic not in _VERSIONS:
        raise ValueError(_unknown(magic))
    system, size, page = _LONG_PAGE.unpack_from(start, SHORT)
    if not info & _LONG or not page or not size or size % page or address % size:
        raise ValueError("it does not start with the header of a segment")
    return Header(magic, _VERSIONS[magic], timeline, address, system, size, page, owed if info & _CONTINUED else 0)


def _unknown(magic: int) -> str:
    known = list(_VERSIONS.values())
    reason = f"it has the page magic 0x{magic:04X}, which is not one of PostgreSQL {known[0]} to {known[-1]}"
    if magic in _OLDER:
        return f"{reason}: PostgreSQL {_OLDER[magic]} wrote it"
    # Development raises the magic, and releases keep it, so a larger one is of a later release.
    return f"{reason}: a later PostgreSQL may have written it" if max(_VERSIONS) < magic < 0xD200 else reason
