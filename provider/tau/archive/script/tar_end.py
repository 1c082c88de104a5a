"""The end of a tar archive of a base backup, as far as its compression lets it be seen without the rest.

Formats: https://github.com/google/snappy/blob/main/framing_format.txt, RFC 1952 for gzip, the frame format of LZ4, and
the end-of-stream marker of bzip2. Runs inside the cluster, so it uses the standard library only.
"""

import re
from collections.abc import Callable

BLOCK = 512
SNAPPY = b"\xff\x06\x00\x00sNaPpY"
_END_OF_ARCHIVE = bytes(2 * BLOCK)
_LABEL = b"backup_label\0"
_SHORTEST_FRAME, _LONGEST_FRAME, _LENGTH = 5, 76_494, 0x7FFFFFFF
_LAST_FRAMES = 6
# The kind of a frame, or the identifier of the stream, and a length of three bytes; of a block, one of four bytes.
_SNAPPY_FRAME = re.compile(rb"(?=[\x00\x01\xff]..[\x00\x01])", re.DOTALL)
_LZ4_BLOCK = re.compile(rb"(?=..[\x00\x01][\x00\x80])", re.DOTALL)
_END_OF_BZIP2 = 0x177245385090


def needed(suffix: str) -> int:
    """How many bytes of the end are needed: some frames, where there are any."""
    return 4 * _LONGEST_FRAME if suffix in (".snappy", ".lz4") else 64 * 1024


def missing(suffix: str, end: bytes, decompress: Callable[[bytes], bytes], *, labelled: bool) -> str:
    """What is missing at the end of an archive; empty where nothing is.

    Args:
        suffix: That of the compression, empty for none.
        end: As many bytes of the end as are `needed`, or all of it.
        decompress: Decompresses a stream of Snappy, or raises a ValueError.
        labelled: Whether `backup_label` has to be the last file.
    """
    if suffix in _MARKED:
        return "" if _MARKED[suffix](end) else "its end is missing"
    tail = _last_frames(end, decompress) if suffix == ".snappy" else end
    if not tail.endswith(_END_OF_ARCHIVE):
        return "its end is missing"
    return "its last file, backup_label, is missing" if labelled and not _has_label(tail) else ""


def _has_label(tail: bytes) -> bool:
    headers = range(len(tail) % BLOCK, len(tail), BLOCK)
    return any(tail.startswith(_LABEL, at) and tail.startswith(b"ustar", at + 257) for at in headers)


def _last_frames(end: bytes, decompress: Callable[[bytes], bytes]) -> bytes:
    """What the last frames hold, which follow one another up to the end of the file; nothing where there are none."""
    for start in _frames(end, len(end), _SNAPPY_FRAME, 1)[-_LAST_FRAMES:]:
        frames = end[start:]
        try:
            return decompress(frames if frames.startswith(SNAPPY) else SNAPPY + frames)
        except ValueError:
            # It only looked like the beginning of a frame, or its checksum is wrong.
            continue
    return b""


def _frames(end: bytes, stop: int, header: re.Pattern[bytes], offset: int) -> list[int]:
    """Where frames begin that follow one another up to a position; their length is a number in their header."""
    stops = {stop}
    for match in reversed(list(header.finditer(end, 0, stop))):
        at = match.start()
        length = int.from_bytes(end[at + offset : at + 4], "little") & _LENGTH
        if _SHORTEST_FRAME <= length <= _LONGEST_FRAME and at + 4 + length in stops:
            stops.add(at)
    return sorted(stops - {stop})


def _gzip(end: bytes) -> bool:
    """The last number is the length of what was compressed, and archives consist of blocks."""
    length = int.from_bytes(end[-4:], "little")
    return length > 0 and length % BLOCK == 0


def _lz4(end: bytes) -> bool:
    """Blocks up to one of no length, behind which barman-cloud writes no checksum."""
    stop = len(end) - 4
    return end.endswith(bytes(4)) and bool(_frames(end, stop, _LZ4_BLOCK, 0))


def _bzip2(end: bytes) -> bool:
    """A marker before the checksum, which need not start at a byte."""
    last = int.from_bytes(end[-11:], "big")
    return any(last >> 32 + bits & 0xFFFFFFFFFFFF == _END_OF_BZIP2 for bits in range(8))


_MARKED = {".gz": _gzip, ".lz4": _lz4, ".bz2": _bzip2}
