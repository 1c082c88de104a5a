"""Release manifests of CloudNativePG and its plugin: versions, and the namespace that their objects go to."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tau import errors
from tau.kubernetes.manifest import Manifest

NAMESPACE = "cnpg-system"
"""Namespace that the manifests are written for."""


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
