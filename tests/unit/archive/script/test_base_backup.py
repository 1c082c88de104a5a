"""A base backup is whole if every archive that its `backup.info` implies is there with its beginning and its end."""

from collections.abc import Mapping

import pytest

from tau.archive.script import base_backup
from tests.unit.archive.script.bucket import Bucket, archive

_LABEL = {"backup_label": "'START WAL LOCATION'"}
_TABLESPACES = {**_LABEL, "tablespaces": "[('films', 16390, '/var/lib/postgresql/tablespaces/films/data')]"}
_WHOLE, _OTHER = archive(), archive("base/1", "base/2")


def missing(information: dict[str, str], files: Mapping[str, bytes], *, etag: str = "") -> list[str]:
    bucket = Bucket()
    for name, content in files.items():
        key = f"main-15-1/base/1/{name}"
        bucket.put(key, content)
        bucket.etags[key] = etag
    return base_backup.missing(information, bucket.store().files("main-15-1", "base"), bucket.store())


def test_a_whole_base_backup_lacks_nothing() -> None:
    assert missing(_LABEL, {"data.tar": _WHOLE, "backup.info": b"status=DONE"}) == []
    assert missing(_TABLESPACES, {"data.tar": _WHOLE, "16390.tar": _OTHER}) == []
    assert missing(_LABEL, {"data.tar": _OTHER, "data_0001.tar": _OTHER, "data_0002.tar": _WHOLE}) == []


@pytest.mark.parametrize("compression", ["gz", "bz2"])
def test_a_compressed_one_is_told_by_its_beginning(compression: str) -> None:
    name = f"data.tar.{compression}"
    assert missing(_LABEL, {name: archive(compression=compression)}) == []
    assert missing(_LABEL, {name: bytes(5000)}) == [
        f"data.tar.{compression} does not begin like a {compression} archive"
    ]


@pytest.mark.parametrize(
    ("magic", "name"), [(b"\xff\x06\x00\x00sNaPpY", "data.tar.snappy"), (b"\x04\x22\x4d\x18", "data.tar.lz4")]
)
def test_what_only_the_sidecar_can_decompress_is_told_by_its_beginning(magic: bytes, name: str) -> None:
    assert missing(_LABEL, {name: magic + b"x"}) == [f"{name} has {len(magic) + 1} bytes, and its end is missing"]
    (problem,) = missing(_LABEL, {name: bytes(100)})
    assert problem.startswith(f"{name} does not begin like a ")


@pytest.mark.parametrize(
    ("information", "files", "problems"),
    [
        (_LABEL, {}, ["data.tar is missing"]),
        (_LABEL, {"data.tar": b""}, ["data.tar is empty"]),
        (_LABEL, {"data.tar": bytes(10240)}, ["data.tar does not begin like a tar archive"]),
        (_LABEL, {"data.tar": _WHOLE[:-100]}, ["data.tar has 10140 bytes, and its end is missing"]),
        (_LABEL, {"data.tar": _WHOLE[:3072]}, ["data.tar has 3072 bytes, and its end is missing"]),
        (_LABEL, {"data.tar": _OTHER}, ["data.tar has 10240 bytes, and its last file, backup_label, is missing"]),
        (_LABEL, {"data_0001.tar": _WHOLE}, ["data.tar is missing"]),
        (_LABEL, {"data.tar": _OTHER, "data_0002.tar": _WHOLE}, ["data_0001.tar is missing"]),
        (_LABEL, {"data.tar": b"", "data_0001.tar": _WHOLE}, ["data.tar is empty"]),
        (_TABLESPACES, {"data.tar": _WHOLE}, ["16390.tar is missing"]),
        (_TABLESPACES, {"data.tar": _WHOLE, "16390.tar": b"", "163901.tar": _OTHER}, ["16390.tar is empty"]),
        (
            _TABLESPACES,
            {"16390.tar": bytes(512)},
            ["data.tar is missing", "16390.tar does not begin like a tar archive"],
        ),
        (_LABEL, {"data.tar.zip": _WHOLE}, ["data.tar is missing"]),
        (
            {"tablespaces": "[(1, 2"},
            {"data.tar": _WHOLE},
            ["its backup.info does not say which tablespaces there are"],
        ),
        (
            {"tablespaces": "[(1, 2)]"},
            {"data.tar": _WHOLE},
            ["its backup.info does not say which tablespaces there are"],
        ),
    ],
)
def test_what_is_not_whole_is_named(
    information: dict[str, str], files: Mapping[str, bytes], problems: list[str]
) -> None:
    assert missing(information, files) == problems


def test_a_file_that_is_smaller_than_its_parts_was_cut_off() -> None:
    etag = f'"{"0" * 32}-3"'
    assert missing(_LABEL, {"data.tar": _WHOLE}, etag=etag) == [
        "data.tar has 10240 bytes, too few for the 3 parts that were uploaded"
    ]
    assert missing(_LABEL, {"data.tar": _WHOLE}, etag=etag.replace("-3", "-1")) == []
