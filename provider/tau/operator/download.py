"""Reads release manifests from a URL or a path."""

import asyncio
import http.client
import pathlib
import urllib.request

import yaml

from tau import errors
from tau.kubernetes.manifest import Manifest

_SECONDS_TO_DOWNLOAD = 60


async def read(where: str, path: str, problems: errors.Problems) -> list[Manifest] | None:
    """The objects of a manifest, None where it cannot be read, which is noted under `path`."""
    try:
        return await asyncio.to_thread(_load, where)
    except (OSError, ValueError, http.client.HTTPException, yaml.YAMLError) as failure:
        problems.add(path, f"{where!r} cannot be read ({failure}); use a URL or a path of the release manifest")
        return None


def _load(where: str) -> list[Manifest]:
    if "://" in where:
        with urllib.request.urlopen(where, timeout=_SECONDS_TO_DOWNLOAD) as response:
            text = response.read()
    else:
        text = pathlib.Path(where).expanduser().read_bytes()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [item for item in yaml.load_all(text, Loader=loader) if isinstance(item, dict) and "kind" in item]
