"""A bucket in memory, with the part of boto3's client that the scripts use."""

import datetime
import io
from collections.abc import Iterator, Mapping
from typing import Any

from tau.scripts.archive_store import Store

START = datetime.datetime(2026, 11, 23, 3, tzinfo=datetime.UTC)
REQUEST = {"endpoint": "http://gateway:7070", "bucket": "postgres", "prefix": "", "region": "us-east-1"}


class NoSuchKey(Exception):
    """As boto3 says that there is no file of that name."""

    response: Mapping[str, Any] = {"Error": {"Code": "NoSuchKey"}}


class Bucket:
    """Files by their keys; each is written a minute after the one before, unless `minute` says when."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, datetime.datetime]] = {}

    def put(self, key: str, content: bytes = b"", *, minute: int | None = None) -> None:
        """Write a file."""
        after = len(self.files) if minute is None else minute
        self.files[key] = content, START + datetime.timedelta(minutes=after)

    def store(self, **request: Any) -> Store:
        """What the scripts see of it."""
        return Store(REQUEST | request, self)

    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, Any]:
        assert Bucket == "postgres"
        if Key not in self.files:
            raise NoSuchKey
        return {"Body": io.BytesIO(self.files[Key][0])}

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
                yield {"Contents": [{"Key": key, "Size": len(content), "LastModified": changed}]}
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
