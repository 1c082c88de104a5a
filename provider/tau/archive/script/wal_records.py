"""Reads segments of PostgreSQL's write-ahead log: where records begin, when transactions ended, restore points.

The format is that of `access/xlogrecord.h`, `access/xlog_internal.h` and `access/xact.h`, the same in all versions that
`wal_page` knows; pages of other versions are refused. Runs inside the cluster, so it uses the standard library only.
"""

import dataclasses
import datetime
import struct
from collections.abc import Iterator

from tau.archive.script import wal_page

_RECORD = struct.Struct("<IIQBBxxI")  # length, transaction, record before, info, resource manager, checksum
_XLOG, _TRANSACTION = 0, 1
_SWITCH, _RESTORE_POINT = 0x40, 0x70
_ENDS_OF_TRANSACTIONS = {0x00, 0x20, 0x30, 0x40}  # commit, abort, and both for prepared ones
_INFO, _TRANSACTION_INFO = 0xF0, 0x70
_SHORT_DATA, _LONG_DATA, _ORIGIN, _TOP_TRANSACTION = 255, 254, 253, 252
_EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


@dataclasses.dataclass(frozen=True)
class Record:
    """One record; `ended` is set for the end of a transaction, `point` and its `time` for a restore point."""

    lsn: int
    ended: datetime.datetime | None = None
    point: str | None = None
    time: datetime.datetime | None = None


class Log:
    """Reads segments one after the other; a record may begin in one of them and end in the next."""

    def __init__(self) -> None:
        self._begun = b""
        self._begun_at = 0

    def records(self, segment: bytes) -> Iterator[Record]:
        """The records that end in a segment, in order; ValueError where it is none."""
        address, page, body, owed = _opened(segment)
        if self._begun:
            self._begun += body[:owed]
            if owed > len(body):
                return
            if len(self._begun) == int.from_bytes(self._begun[:4], "little"):
                yield _record(self._begun, self._begun_at)
            self._begun = b""
        position = _aligned(owed)
        while position + 4 <= len(body):
            length = int.from_bytes(body[position : position + 4], "little")
            if length < _RECORD.size:
                return
            lsn = _lsn(address, page, position)
            if position + length > len(body):
                self._begun, self._begun_at = body[position:], lsn
                return
            raw = body[position : position + length]
            yield _record(raw, lsn)
            if raw[17] == _XLOG and raw[16] & _INFO == _SWITCH:
                return
            position = _aligned(position + length)


def _opened(segment: bytes) -> tuple[int, int, bytes, int]:
    """Address and page size of a segment, its bytes without page headers, and how many of them are owed to a record
    of the segment before."""
    first = wal_page.header(segment)
    size, page = first.segment_bytes, first.page_bytes
    if size != len(segment):
        raise ValueError(f"it has {len(segment)} bytes instead of {size}")
    bodies = [segment[wal_page.LENGTH : page]]
    for start in range(page, size, page):
        magic, _, _, address, _ = wal_page.PAGE.unpack_from(segment, start)
        if magic != first.magic or address != first.address + start:
            break  # What follows was never written, or is left from another use of the file.
        bodies.append(segment[start + wal_page.SHORT : start + page])
    return first.address, page, b"".join(bodies), first.owed


def _lsn(address: int, page: int, position: int) -> int:
    """LSN of a position in the bytes of a segment without its page headers."""
    first = page - wal_page.LENGTH
    if position < first:
        return address + wal_page.LENGTH + position
    pages, within = divmod(position - first, page - wal_page.SHORT)
    return address + (pages + 1) * page + wal_page.SHORT + within


def _record(raw: bytes, lsn: int) -> Record:
    _, _, _, info, manager, _ = _RECORD.unpack_from(raw)
    if manager == _TRANSACTION and info & _TRANSACTION_INFO in _ENDS_OF_TRANSACTIONS:
        return Record(lsn, ended=_moment(_data(raw)))
    if manager == _XLOG and info & _INFO == _RESTORE_POINT:
        data = _data(raw)
        return Record(lsn, point=data[8:].split(b"\0")[0].decode(errors="replace"), time=_moment(data))
    return Record(lsn)


def _data(raw: bytes) -> bytes:
    """The main data of a record that refers to no block."""
    position = _RECORD.size
    while raw[position] in (_ORIGIN, _TOP_TRANSACTION):
        position += 3 if raw[position] == _ORIGIN else 5
    if raw[position] == _SHORT_DATA:
        length = raw[position + 1]
    elif raw[position] == _LONG_DATA:
        length = int.from_bytes(raw[position + 1 : position + 5], "little")
    else:
        raise ValueError("it has a record that cannot be read")
    return raw[len(raw) - length :]


def _moment(data: bytes) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(microseconds=int.from_bytes(data[:8], "little", signed=True))


def _aligned(position: int) -> int:
    return (position + 7) & ~7
