"""The end of an archive tells whether it was cut off, whatever its compression.

Real Snappy, LZ4 and barman are in the sidecar's image; here are frames as their formats describe them.
"""

import functools
import gzip
import random
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tau.archive.script import tar_end
from tests.unit.archive.script.bucket import archive

_RANDOM = random.Random(1).randbytes(300_000)
_WHOLE = archive(content=_RANDOM)
_OTHER = archive("base/1", content=_RANDOM)
_FRAME = 65_536


def snappy(content: bytes) -> bytes:
    """A stream of frames that are not compressed, with a checksum each."""
    frames = [content[start : start + _FRAME] for start in range(0, len(content), _FRAME)]
    return tar_end.SNAPPY + b"".join(
        b"\x01" + (len(frame) + 4).to_bytes(3, "little") + zlib.crc32(frame).to_bytes(4, "little") + frame
        for frame in frames
    )


def decompress(stream: bytes) -> bytes:
    """What is in such a stream."""
    assert stream.startswith(tar_end.SNAPPY)
    content, at = b"", len(tar_end.SNAPPY)
    while at < len(stream):
        end = at + 4 + int.from_bytes(stream[at + 1 : at + 4], "little")
        frame = stream[at + 8 : end]
        if zlib.crc32(frame).to_bytes(4, "little") != stream[at + 4 : at + 8]:
            raise ValueError("wrong checksum")
        content, at = content + frame, end
    return content


def lz4(content: bytes) -> bytes:
    """A frame of blocks that are not compressed."""
    blocks = [content[start : start + _FRAME] for start in range(0, len(content), _FRAME)]
    told = [(len(block) | 0x80000000).to_bytes(4, "little") + block for block in blocks]
    return b"\x04\x22\x4d\x18\x48\x40\x00" + b"".join(told) + bytes(4)


@functools.cache
def compressed(suffix: str, content: bytes, names: tuple[str, ...]) -> bytes:
    if suffix == ".bz2":
        return archive(*names, compression="bz2", content=_RANDOM)
    forms: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".snappy": snappy, ".lz4": lz4}
    return forms[suffix](content)


def missing(suffix: str, file: bytes, *, labelled: bool = True) -> str:
    return tar_end.missing(suffix, file[-tar_end.needed(suffix) :], decompress, labelled=labelled)


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".snappy", ".lz4"])
def test_a_whole_archive_lacks_nothing(suffix: str) -> None:
    assert missing(suffix, compressed(suffix, _WHOLE, ())) == ""
    assert missing(suffix, compressed(suffix, _OTHER, ("base/1",)), labelled=False) == ""


@pytest.mark.parametrize("suffix", ["", ".snappy"])
def test_an_archive_without_its_last_file_is_not_whole(suffix: str) -> None:
    assert missing(suffix, compressed(suffix, _OTHER, ("base/1",))) == "its last file, backup_label, is missing"


@pytest.mark.parametrize("suffix", ["", ".bz2", ".snappy", ".lz4"])
@settings(max_examples=30)
@given(st.integers(100, 900_000))
def test_an_archive_that_was_cut_off_is_not_whole(suffix: str, cut: int) -> None:
    file = compressed(suffix, _WHOLE, ())
    # The very end of one that is not compressed is more zeros than it needs.
    lost = min(cut, len(file) - 100) if suffix else min(cut + 10_240, len(file) - 100)
    assert missing(suffix, file[:-lost])


def test_a_snappy_archive_whose_last_frame_is_damaged_is_not_whole() -> None:
    file = bytearray(snappy(_WHOLE))
    file[-100] ^= 1
    assert missing(".snappy", bytes(file)) == "its end is missing"


@pytest.mark.parametrize("cut", [1, 2, 4, 5000])
def test_a_gzip_archive_ends_with_its_length(cut: int) -> None:
    assert missing(".gz", gzip.compress(_WHOLE)[:-cut]) == "its end is missing"


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".snappy", ".lz4"])
@pytest.mark.parametrize("content", [b"", b"x", bytes(100), bytes(5000)])
def test_what_is_no_archive_is_not_whole(suffix: str, content: bytes) -> None:
    assert missing(suffix, content)
