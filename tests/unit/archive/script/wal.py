"""Writes segments of a write-ahead log as PostgreSQL does, with the pages and records that a test wants."""

import datetime
import struct

PAGE = 8192
SEGMENT = 4 * PAGE
_EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
XLOG, TRANSACTION = 0, 1
COMMIT, PREPARE, ABORT, SWITCH, RESTORE_POINT = 0x00, 0x10, 0x20, 0x40, 0x70


def segment(name: str, *, size: int = 16 * 1024**2, system: int = 7000000000000000001, magic: int = 0xD110) -> bytes:
    """A segment of that name without a record."""
    timeline, log, within = (int(name[start : start + 8], 16) for start in (0, 8, 16))
    address = (log << 32) + within * size
    return (struct.pack("<HHIQI4x", magic, 0x2, timeline, address, 0) + struct.pack("<QII", system, size, PAGE)).ljust(
        size, b"\0"
    )


class Writer:
    """A log that begins with segment number `first`; `segments` are those that were begun, padded with zeros."""

    def __init__(self, first: int = 1) -> None:
        self._start = first * SEGMENT
        self._written = bytearray()

    def append(self, manager: int, info: int, data: bytes = b"", *, origin: bool = False) -> int:
        """Write a record, and give its position."""
        head = b"\xfd\x01\x00" if origin else b""
        head += struct.pack("<BB", 255, len(data)) if len(data) < 256 else struct.pack("<BI", 254, len(data))
        raw = struct.pack("<IIQBBxxI", 24 + len(head) + len(data), 7, 0, info, manager, 0) + head + data
        self._page_header(0)
        position = self._start + len(self._written)
        while raw:
            self._page_header(len(raw))
            room = PAGE - len(self._written) % PAGE
            self._written += raw[:room]
            raw = raw[room:]
        self._written.extend(bytes(-len(self._written) % 8))
        return position

    def ended(self, when: datetime.datetime, info: int = COMMIT, *, rest: bytes = b"", origin: bool = False) -> int:
        """Write the end of a transaction."""
        return self.append(TRANSACTION, info, _microseconds(when) + rest, origin=origin)

    def point(self, when: datetime.datetime, name: str) -> int:
        """Write a restore point."""
        return self.append(XLOG, RESTORE_POINT, _microseconds(when) + name.encode().ljust(64, b"\0"))

    def switch(self) -> int:
        """Leave the rest of the segment empty."""
        position = self.append(XLOG, SWITCH)
        self._written.extend(bytes(-len(self._written) % SEGMENT))
        return position

    @property
    def segments(self) -> list[bytes]:
        padded = bytes(self._written).ljust(-(-len(self._written) // SEGMENT) * SEGMENT, b"\0")
        return [padded[start : start + SEGMENT] for start in range(0, len(padded), SEGMENT)]

    def _page_header(self, owed: int) -> None:
        """Write a header where a page begins; `owed` are the bytes of the record at hand that are still to come."""
        if len(self._written) % PAGE == 0:
            first = len(self._written) % SEGMENT == 0
            info = (0x2 if first else 0) | (0x1 if owed else 0)
            self._written += struct.pack("<HHIQI4x", 0xD110, info, 1, self._start + len(self._written), owed)
            self._written += struct.pack("<QII", 7000000000000000001, SEGMENT, PAGE) if first else b""


def _microseconds(when: datetime.datetime) -> bytes:
    return struct.pack("<q", (when - _EPOCH) // datetime.timedelta(microseconds=1))
