"""StorageClass (storage.k8s.io/v1), how volumes are made."""

from collections.abc import Iterable, Mapping
from typing import Any

from tau.kubernetes.kind import Kind

KIND = Kind("storage.k8s.io/v1", "StorageClass", "storageclasses", namespaced=False)
LONGHORN = "longhorn"
"""The class that Longhorn makes, which is what most home clusters store their data on."""

_IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def default_of(classes: Iterable[Mapping[str, Any]]) -> str | None:
    """The cluster's default class; of several the newest, as Kubernetes takes it.

    https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
    """
    defaults = [item for item in classes if (item["metadata"].get("annotations") or {}).get(_IS_DEFAULT) == "true"]
    newest = max(defaults, key=lambda item: str(item["metadata"].get("creationTimestamp", "")), default=None)
    return str(newest["metadata"]["name"]) if newest else None
