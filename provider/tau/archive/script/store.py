"""What a store holds, through boto3: folders and files; failures as one sentence for a person.

Layout: https://docs.pgbarman.org/release/3.19.1/user_guide/barman_cloud.html. Runs inside the cluster.
"""

import dataclasses
import datetime
import io
import json
import os
import pathlib
import re
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

OWNER = "tau.json"
"""File next to the base backups and the WAL of a generation that records its owner."""
CA_VARIABLE = "STORE_CA_CERTIFICATE"
"""Environment variable with the CA certificates, PEM, of a service that no public authority knows."""

_MULTIPART = re.compile(r'"?[0-9a-fA-F]{32}-([0-9]+)"?')
_COMPRESSIONS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".snappy": "snappy", ".zst": "zstd", ".lz4": "lz4"}
_SECONDS_TO_CONNECT, _SECONDS_TO_ANSWER = 5, 60
_ATTEMPTS = 3
_SECONDS_TO_BE_ADMITTED = 30.0
_NO_FILE = {"NoSuchKey", "404"}
_WRONG_KEYS = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidClientTokenId", "XAdminUserNotFound"}


@dataclasses.dataclass(frozen=True)
class File:
    """An object of the store; `path` is relative to the folder that was listed.

    `parts` is the number of parts that it was uploaded in, by its ETag; 0 for one that was uploaded as a whole.
    """

    key: str
    path: str
    size: int
    changed: datetime.datetime
    parts: int = 0

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def compression(self) -> str | None:
        """How it is compressed, by its name; None for a file that is not."""
        return _COMPRESSIONS.get(pathlib.PurePosixPath(self.key).suffix)


class Damaged(ValueError):
    """Content of a store that is not what its name says; the message names the file."""


class Store:
    """The bucket and prefix of a request."""

    def __init__(self, request: Mapping[str, Any], client: Any) -> None:
        self._client, self._bucket = client, request["bucket"]
        self._root = f"{request['prefix'].strip('/')}/" if request.get("prefix") else ""

    def folders(self, *path: str) -> Iterator[str]:
        """Names of the folders in a folder."""
        for page in self._pages(path, Delimiter="/"):
            yield from (prefix["Prefix"].rstrip("/").rpartition("/")[2] for prefix in page.get("CommonPrefixes", ()))

    def files(self, *path: str) -> Iterator[File]:
        """Everything below a folder."""
        below = len(self._folder(path))
        for page in self._pages(path):
            for item in page.get("Contents", ()):
                changed = item["LastModified"].astimezone(datetime.UTC)
                parts = _MULTIPART.fullmatch(item.get("ETag") or "")
                yield File(item["Key"], item["Key"][below:], item["Size"], changed, int(parts[1]) if parts else 0)

    def content(self, file: File) -> bytes:
        """What is in a file, decompressed where its name says so.

        Raises:
            Damaged: It cannot be decompressed.
        """
        body = bytes(self._client.get_object(Bucket=self._bucket, Key=file.key)["Body"].read())
        return self.decompressed(body, file.compression) if file.compression else body

    def decompressed(self, body: bytes, compression: str) -> bytes:
        """What was compressed.

        Raises:
            Damaged: It cannot be decompressed.
        """
        try:
            return _decompressed(body, compression)
        except Exception as failure:  # Each compression has errors of its own.
            raise Damaged(f"it cannot be decompressed: {type(failure).__name__} {failure}".rstrip()) from failure

    def start(self, file: File, length: int) -> bytes:
        """The first bytes of a file as it is stored."""
        return self._range(file, f"bytes=0-{length - 1}") if file.size else b""

    def end(self, file: File, length: int) -> bytes:
        """The last bytes of a file as it is stored."""
        return self._range(file, f"bytes={max(0, file.size - length)}-{file.size - 1}") if file.size else b""

    def _range(self, file: File, wanted: str) -> bytes:
        return bytes(self._client.get_object(Bucket=self._bucket, Key=file.key, Range=wanted)["Body"].read())

    def read(self, path: str) -> bytes | None:
        """What is in a small file, by its path below the prefix; None where there is none."""
        try:
            return bytes(self._client.get_object(Bucket=self._bucket, Key=self._root + path)["Body"].read())
        except Exception as failure:
            response = getattr(failure, "response", None)
            if isinstance(response, Mapping) and response.get("Error", {}).get("Code") in _NO_FILE:
                return None
            raise

    def owner(self, server_name: str) -> Any:
        """What is written down of a generation; None if there is nothing, or if it cannot be read."""
        text = self.read(f"{server_name}/{OWNER}")
        try:
            return json.loads(text) if text else None
        except ValueError:
            return None

    def write(self, path: str, content: bytes) -> None:
        """Write a small file."""
        self._client.put_object(Bucket=self._bucket, Key=self._root + path, Body=content)

    def _folder(self, path: Iterable[str]) -> str:
        return self._root + "".join(f"{part}/" for part in path)

    def _pages(self, path: Iterable[str], **more: str) -> Iterator[Mapping[str, Any]]:
        listing = self._client.get_paginator("list_objects_v2")
        yield from listing.paginate(Bucket=self._bucket, Prefix=self._folder(path), **more)


def run(answer: Callable[[Store, Mapping[str, Any]], Mapping[str, Any]]) -> None:
    """Answer the request of the last argument with one line of JSON; the keys are in the environment."""
    request = json.loads(sys.argv[-1])
    try:
        await_admission(request["endpoint"])
        result = answer(Store(request, client(request, authorities())), request)
    except Exception as failure:
        result = {"error": sentence(failure, request)}
    print(json.dumps(result), flush=True)


def await_admission(endpoint: str, seconds: float = _SECONDS_TO_BE_ADMITTED) -> None:
    """Wait for the first connection: a packet filter may not know yet the address of a Pod that has just started.

    What keeps it away for longer is left for the S3 client to tell.
    """
    where = urlsplit(endpoint)
    address = (where.hostname or "", where.port or (443 if where.scheme == "https" else 80))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(address, timeout=_SECONDS_TO_CONNECT).close()
        except socket.gaierror:
            return
        except OSError:
            time.sleep(0.2)
        else:
            return


def client(
    request: Mapping[str, Any],
    trusted: str | None,
    *,
    connect_seconds: float = _SECONDS_TO_CONNECT,
    attempts: int = _ATTEMPTS,
) -> Any:
    """An S3 client for a store; the keys are in the environment.

    `trusted` is a file with CA certificates, see `authorities`; None for the public authorities.
    """
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=request["endpoint"] or None,
        region_name=request["region"],
        verify=trusted,
        config=Config(
            connect_timeout=connect_seconds,
            read_timeout=_SECONDS_TO_ANSWER,
            retries={"mode": "standard", "total_max_attempts": attempts},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def authorities() -> str | None:
    """File with the CA certificates of the environment, by which the service is verified; None for the public ones.

    There is no way to talk to a service over TLS without verifying it.
    """
    text = os.environ.get(CA_VARIABLE)
    if not text:
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".crt", delete=False) as file:
        file.write(text)
    return file.name


def sentence(failure: Exception, request: Mapping[str, Any]) -> str:
    """What went wrong with a store, and what to look at."""
    store, bucket = f"the store {request['endpoint']}", request["bucket"]
    response = getattr(failure, "response", None)
    if isinstance(failure, Damaged):
        return f"{store} holds a file that cannot be read: {failure}"
    if not isinstance(response, Mapping):
        return _no_answer(failure, store)
    error = response.get("Error", {})
    code, words = str(error.get("Code", "")), str(error.get("Message", "")).rstrip(".")
    if code in _WRONG_KEYS:
        return f"{store} refuses the access key or the secret key ({code}); check `accessKeyId` and `secretAccessKey`"
    if code in ("NoSuchBucket", "InvalidBucketName"):
        return f"{store} has no bucket {bucket!r}; check `bucket`"
    if code in ("AccessDenied", "403", "Forbidden"):
        return f"{store} does not let these keys read the bucket {bucket!r} ({words or code})"
    if code in ("AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException"):
        return f"{store} has another region than {request['region']!r}; check `region` ({words or code})"
    return f"{store} answers {code or 'something that is not S3'}: {words or _brief(failure)}"


def _no_answer(failure: Exception, store: str) -> str:
    """Why a request had no answer of the service."""
    kind, cause = type(failure).__name__, getattr(failure, "kwargs", {}).get("error") or failure
    if kind in ("EndpointConnectionError", "ConnectTimeoutError", "ConnectionClosedError", "ReadTimeoutError"):
        return f"{store} does not answer; check its `endpoint` and that its gateway runs ({_brief(cause)})"
    if kind == "SSLError":
        return f"{store} cannot be verified; check its `endpoint` and `caCertificate` ({_brief(cause)})"
    return f"{store} cannot be read: {kind}: {_brief(failure)}"


def _brief(failure: object) -> str:
    """The innermost words of an error, which the libraries wrap several times."""
    return str(failure).rpartition(">: ")[2][:200]


def _decompressed(body: bytes, compression: str) -> bytes:
    from barman.clients.cloud_compression import decompress_to_file

    target = io.BytesIO()
    decompress_to_file(io.BytesIO(body), target, compression)
    return target.getvalue()
