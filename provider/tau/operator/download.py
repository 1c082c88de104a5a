"""Reads release manifests: from a path, or from a URL through copies on this machine.

A manifest whose SHA-256 is known never has to be downloaded twice, and not at all by a release of tau, which contains
those of its default versions. Without a digest the newest copy is used where the download fails.
"""

import asyncio
import functools
import hashlib
import http.client
import os
import pathlib
import ssl
import tempfile
import urllib.request

import certifi
import yaml

from tau import errors
from tau.kubernetes.manifest import Manifest
from tau.operator import release

_SECONDS_TO_DOWNLOAD = 60
_PACKED = pathlib.Path(__file__).resolve().parents[3] / "manifests"
"""Copies that a release contains (tools/release.py)."""


class _Changed(ValueError):
    """A file is not the one of which the digest is known."""


async def read(where: str, path: str, problems: errors.Problems, warnings: list[str]) -> list[Manifest] | None:
    """The objects of a manifest, None where it cannot be read, which is noted under `path`.

    `where` is a path or a URL; `#sha256=` and 64 hexadecimal digits at its end say what the file must be.
    """
    location, _, digest = where.partition(release.DIGEST)
    try:
        return await asyncio.to_thread(_load, location, digest.lower(), warnings)
    except _Changed as changed:
        problems.add(path, f"{location!r} {changed}")
    except (OSError, RuntimeError, ValueError, http.client.HTTPException, yaml.YAMLError) as failure:
        problems.add(path, f"{location!r} cannot be read ({failure}); use a URL or a path of the release manifest")
    return None


def folder() -> pathlib.Path | None:
    """The folder of copies, next to the plugins of the Pulumi CLI; None for a user without a home.

    A container that runs under any number has no entry for it in the list of users.
    """
    try:
        home = os.environ.get("PULUMI_HOME")
        return (pathlib.Path(home) if home else pathlib.Path.home() / ".pulumi") / "tau" / "manifests"
    except RuntimeError:
        return None


def content(where: str, digest: str, warnings: list[str]) -> bytes:
    """The bytes of a file, from a copy if one has the digest."""
    if "://" not in where:
        return _checked(pathlib.Path(where).expanduser().read_bytes(), digest)
    name, own = f"{digest or hashlib.sha256(where.encode()).hexdigest()}.yaml", folder()
    if digest:
        for place in filter(None, (_PACKED, own)):
            copy = _copy(place / name)
            if copy is not None and hashlib.sha256(copy).hexdigest() == digest:
                return copy
    try:
        downloaded = _checked(_download(where), digest)
    except (OSError, http.client.HTTPException) as failure:
        copy = None if digest or not own else _copy(own / name)
        if copy is None:
            raise
        warnings.append(f"{where!r} cannot be downloaded ({failure}); the copy of the last time is used")
        return copy
    if own:
        _keep(own / name, downloaded)
    return downloaded


def _load(where: str, digest: str, warnings: list[str]) -> list[Manifest]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = content(where, digest, warnings)
    return [item for item in yaml.load_all(text, Loader=loader) if isinstance(item, dict) and "kind" in item]


def _download(where: str) -> bytes:
    with urllib.request.urlopen(where, timeout=_SECONDS_TO_DOWNLOAD, context=_trust()) as response:
        return bytes(response.read())


@functools.cache
def _trust() -> ssl.SSLContext:
    """The authorities that the machine trusts; a Python that finds none, as on macOS, gets those of Mozilla."""
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"] and not ssl.get_default_verify_paths().capath:
        context.load_verify_locations(cafile=certifi.where())
    return context


def _checked(text: bytes, digest: str) -> bytes:
    actual = hashlib.sha256(text).hexdigest()
    if digest and actual != digest:
        raise _Changed(
            f"has changed: its SHA-256 is {actual}, and that of the release is {digest}; do not install it before you "
            "know why, and set `manifest` to a file that you trust"
        )
    return text


def _copy(path: pathlib.Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _keep(path: pathlib.Path, text: bytes) -> None:
    """Write a copy whole or not at all; without the right to write, every use downloads it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(text)
        pathlib.Path(file.name).replace(path)
    except OSError:
        return
