"""A bucket in memory, with the part of boto3's client that the scripts use."""

import datetime
import io
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any

from tau.archive.script.store import Store

START = datetime.datetime(2026, 11, 23, 3, tzinfo=datetime.UTC)
REQUEST = {"endpoint": "http://gateway:7070", "bucket": "postgres", "prefix": "", "region": "us-east-1"}


class NoSuchKey(Exception):
    """As boto3 says that there is no file of that name."""

    response: Mapping[str, Any] = {"Error": {"Code": "NoSuchKey"}}


class Bucket:
    """Files by their keys; each is written a minute after the one before, unless `minute` says when."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, datetime.datetime]] = {}
        self.etags: dict[str, str] = {}
        self.read = 0

    def put(self, key: str, content: bytes = b"", *, minute: int | None = None) -> None:
        """Write a file."""
        after = len(self.files) if minute is None else minute
        self.files[key] = content, START + datetime.timedelta(minutes=after)

    def store(self, **request: Any) -> Store:
        """What the scripts see of it."""
        return Store(REQUEST | request, self)

    def get_object(self, *, Bucket: str, Key: str, Range: str = "") -> Mapping[str, Any]:
        """A file, or a range of it; `read` counts the bytes."""
        assert Bucket == "postgres"
        if Key not in self.files:
            raise NoSuchKey
        content = self.files[Key][0]
        if Range:
            first, _, last = Range.removeprefix("bytes=").partition("-")
            assert int(first) < len(content), "InvalidRange"
            content = content[int(first) : int(last) + 1]
        self.read += len(content)
        return {"Body": io.BytesIO(content)}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:
        assert Bucket == "postgres"
        self.put(Key, Body)

    def get_paginator(self, operation: str) -> "Bucket":
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str, Delimiter: str = "") -> Iterator[Mapping[str, Any]]:
        """One page for each answer."""
        assert Bucket == "postgres"
        folders = []
        for key in sorted(one for one in self.files if one.startswith(Prefix)):
            content, changed = self.files[key]
            if Delimiter and Delimiter in key.removeprefix(Prefix):
                folder = Prefix + key.removeprefix(Prefix).partition(Delimiter)[0] + Delimiter
                folders += [folder] if folder not in folders else []
            else:
                etag = self.etags.get(key, f'"{"0" * 32}"')
                yield {"Contents": [{"Key": key, "Size": len(content), "LastModified": changed, "ETag": etag}]}
        yield from ({"CommonPrefixes": [{"Prefix": folder}]} for folder in folders)


def information(**fields: object) -> bytes:
    """A `backup.info`."""
    usual = {
        "begin_time": "2026-11-23 03:00:00.5+00:00",
        "begin_wal": "000000010000000000000003",
        "begin_xlog": "0/3000028",
        "backup_label": "'START WAL LOCATION: 0/3000028\\nLABEL: a=b\\n'",
        "end_time": "2026-11-23 04:01:00+01:00",
        "end_xlog": "0/3000100",
        "error": None,
        "status": "DONE",
        "systemid": "7000000000000000001",
        "version": 150018,
        "xlog_segment_size": 16777216,
    }
    return "".join(f"{name}={value}\n" for name, value in {**usual, **fields}.items()).encode()


def archive(*names: str, compression: str = "", content: bytes = b"x" * 600) -> bytes:
    """An archive with files of these names, as barman-cloud writes one: a stream, with `backup_label` at its end."""
    written = io.BytesIO()
    mode: Any = f"w|{compression}"
    with tarfile.open(fileobj=written, mode=mode) as members:
        for name in names or ("PG_VERSION", "global/pg_control", "backup_label"):
            member = tarfile.TarInfo(name)
            held = b"x" * 600 if name == "backup_label" else content
            member.size = len(held)
            members.addfile(member, io.BytesIO(held))
    return written.getvalue()
