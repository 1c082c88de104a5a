"""Release manifests of CloudNativePG and its plugin: versions, and the namespace that their objects go to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.kubernetes.manifest import Manifest

DIGEST = "#sha256="
"""Introduces what a manifest must be, at the end of its URL or path."""
NAMESPACE = "cnpg-system"
"""Namespace that the manifests are written for."""


@dataclass(frozen=True)
class Releases:
    """Where the manifests of a project's releases are, and the SHA-256 of each that tau knows, by version.

    The URL is that of the file in the tagged source: `go mod download` of the same tag checks it against the public
    checksum database, which is where the digests come from.
    """

    url: str
    digests: Mapping[str, str]

    def location(self, version: str) -> str:
        """URL of a release's manifest, with its digest if tau knows it."""
        where, digest = self.url.format(version=version), self.digests.get(version)
        return f"{where}{DIGEST}{digest}" if digest else where


_RAW = "https://raw.githubusercontent.com/cloudnative-pg"
OPERATOR = Releases(
    f"{_RAW}/cloudnative-pg/v{{version}}/releases/cnpg-{{version}}.yaml",
    {
        "1.30.0": "f8bede43fe4ee0d478c2355b204a36876b2ae4faac60f2a9452280b293da3b88",
        "1.30.1": "37237f145d8138256ea25ae830f87759255665ff08f8d552fdd8224a5ec032fb",
    },
)
PLUGIN = Releases(
    f"{_RAW}/plugin-barman-cloud/v{{version}}/manifest.yaml",
    {
        "0.14.0": "691e598b4591e83e23586d3394a8fedef429586a01d1a1b56ab8b80e9fa6ccb0",
        "0.15.0": "a1d8c5315be2fb87d2bfebbdfd32507edba55a837e5c24a4158c5839014525e8",
    },
)


def version(text: str) -> tuple[int, ...] | None:
    """The numbers of a version such as `1.30.0`, with or without a `v`."""
    match = re.fullmatch(r"v?([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})", text)
    return tuple(map(int, match.groups())) if match else None


def check_version(problems: errors.Problems, path: str, value: object, oldest: Sequence[int]) -> None:
    """Note a version that is none, or that is too old."""
    if not isinstance(value, str):
        return
    number, needed = version(value), ".".join(map(str, oldest))
    if number is None or value.startswith("v"):
        problems.add(path, f"{value!r} is not a version; use for example `{needed}`")
    elif number < tuple(oldest):
        problems.add(path, f"{value!r} is too old; tau needs {needed} or newer")


def tag(image: str) -> str:
    """The tag of an image."""
    return image.partition("@")[0].rpartition(":")[2]


def in_namespace(item: Manifest, namespace: str) -> Manifest:
    """An object of a release manifest, and what it refers to, in another namespace."""
    if namespace == NAMESPACE:
        return item
    renamed: Manifest = _replace(item, namespace)
    if item["kind"] == "Namespace":
        renamed["metadata"]["name"] = namespace
    return renamed


def _replace(value: Any, namespace: str) -> Any:
    """Change every `namespace: cnpg-system`: of objects, of subjects and of webhook services."""
    if isinstance(value, Mapping):
        return {
            key: namespace if key == "namespace" and item == NAMESPACE else _replace(item, namespace)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_replace(item, namespace) for item in value]
    return value
