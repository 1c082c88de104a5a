"""PersistentVolumeClaim (v1), storage that a Pod mounts.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
ONE_NODE = frozenset({"ReadWriteOnce", "ReadWriteOncePod"})
"""Access modes with which a Pod may have to end before the next one can mount the claim."""

_STATUS, _INITIALIZING = "cnpg.io/pvcStatus", "initializing"


def claim(
    metadata: Manifest,
    *,
    size: Input[str],
    storage_class: Input[str],
    access_modes: Input[Sequence[str]],
    volume: Input[str] | None = None,
) -> Manifest:
    """A claim on a new volume of a StorageClass, or on the PersistentVolume of that name, with an empty class."""
    spec: Manifest = {
        "accessModes": access_modes,
        "resources": {"requests": {"storage": size}},
        "storageClassName": storage_class,
    }
    if volume is not None:
        spec["volumeName"] = volume
    return manifest(KIND, metadata, spec=spec)


def initialized(item: Mapping[str, Any]) -> bool:
    """Whether a server's volume may hold data; the operator marks one that `initdb` or a restore has yet to fill."""
    return (item["metadata"].get("annotations") or {}).get(_STATUS) != _INITIALIZING


def lags(item: Mapping[str, Any], size: object, *, smaller: Callable[[object, object], bool]) -> list[str]:
    """What tells that a claim's volume has yet to grow to a size."""
    capacity = item.get("status", {}).get("capacity", {}).get("storage")
    if "deletionTimestamp" in item["metadata"] or not smaller(capacity, size):
        return []
    messages = [condition["message"] for condition in item["status"].get("conditions", []) if condition.get("message")]
    return ["; ".join([f"volume {item['metadata']['name']}: has {capacity} of {size}", *messages])]
