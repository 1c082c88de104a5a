"""PersistentVolumeClaim (v1), storage that a Pod mounts.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tau.fields import Input
from tau.kinds.manifest import Manifest, manifest

KIND = "PersistentVolumeClaim"
PLURAL = "persistentvolumeclaims"
ONE_NODE = frozenset({"ReadWriteOnce", "ReadWriteOncePod"})
"""Access modes with which a Pod may have to end before the next one can mount the claim."""


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
    return manifest("v1", "PersistentVolumeClaim", metadata, spec=spec)


def lags(item: Mapping[str, Any], size: object, *, smaller: Callable[[object, object], bool]) -> list[str]:
    """What tells that a claim's volume has yet to grow to a size."""
    capacity = item.get("status", {}).get("capacity", {}).get("storage")
    if "deletionTimestamp" in item["metadata"] or not smaller(capacity, size):
        return []
    told = [one["message"] for one in item["status"].get("conditions", []) if one.get("message")]
    return ["; ".join([f"volume {item['metadata']['name']}: has {capacity} of {size}", *told])]
