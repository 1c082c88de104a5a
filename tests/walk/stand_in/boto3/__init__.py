"""A STAND-IN for boto3, as far as tau's scripts use it: buckets are folders below `TAU_WALK_STORE`."""

import datetime
import io
import os
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit


class EndpointConnectionError(Exception):
    """The service does not answer; scripts know it by its name."""


class ClientError(Exception):
    """What the service refuses, in botocore's form."""

    def __init__(self, code: str) -> None:
        super().__init__(f"An error occurred ({code})")
        self.response = {"Error": {"Code": code, "Message": code}}


class Client:
    """One S3 service; its folder is named after its endpoint."""

    def __init__(self, root: pathlib.Path) -> None:
        self._root = root

    def get_paginator(self, operation: str) -> "Client":
        """The only listing that there is."""
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str, Delimiter: str = "") -> Iterator[Mapping[str, Any]]:
        """One page with everything."""
        contents: list[Mapping[str, Any]] = []
        folders: set[str] = set()
        for key, path in self._files(Bucket, Prefix):
            within = key.removeprefix(Prefix)
            if Delimiter and Delimiter in within:
                folders.add(Prefix + within.partition(Delimiter)[0] + Delimiter)
                continue
            seen = path.stat()
            changed = datetime.datetime.fromtimestamp(int(seen.st_mtime), datetime.UTC)
            contents.append({"Key": key, "Size": seen.st_size, "LastModified": changed})
        yield {"Contents": contents, "CommonPrefixes": [{"Prefix": one} for one in sorted(folders)]}

    def get_object(self, *, Bucket: str, Key: str, Range: str = "") -> Mapping[str, Any]:
        """The content of a file, or the bytes of it that `Range` names."""
        content = self._file(Bucket, Key).read_bytes()
        if Range:
            first, _, last = Range.removeprefix("bytes=").partition("-")
            content = content[int(first) : int(last) + 1 if last else None]
        return {"Body": io.BytesIO(content), "ContentLength": len(content)}

    def head_object(self, *, Bucket: str, Key: str) -> Mapping[str, Any]:
        """The size of a file."""
        return {"ContentLength": self._file(Bucket, Key).stat().st_size}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> Mapping[str, Any]:
        """Write a file."""
        path = self._root / Bucket / Key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(Body)
        return {}

    def _file(self, bucket: str, key: str) -> pathlib.Path:
        path = self._root / bucket / key
        if not path.is_file():
            raise ClientError("NoSuchKey")
        return path

    def _files(self, bucket: str, prefix: str) -> Iterator[tuple[str, pathlib.Path]]:
        folder = self._root / bucket
        # What cannot hold a match is left out, as a walk makes hundreds of files.
        below = folder / prefix.rpartition("/")[0]
        for path in sorted(below.rglob("*")):
            key = path.relative_to(folder).as_posix()
            if path.is_file() and key.startswith(prefix):
                yield key, path


def client(service: str, *, endpoint_url: str, **settings: object) -> Client:
    """A client of the service at this endpoint."""
    assert service == "s3"
    if os.environ.get("TAU_WALK_STORE_AWAY"):
        raise EndpointConnectionError(f'Could not connect to the endpoint URL: "{endpoint_url}"')
    where = urlsplit(endpoint_url)
    return Client(pathlib.Path(os.environ["TAU_WALK_STORE"]) / f"{where.hostname}-{where.port}")
