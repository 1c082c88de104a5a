"""PersistentVolumeClaim (v1), storage that a Pod mounts.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims
"""

from collections.abc import Sequence

from tau.fields import Input
from tau.kinds.manifest import Manifest, manifest

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
