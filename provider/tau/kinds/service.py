"""Service (v1), a stable name and address for Pods.

https://kubernetes.io/docs/concepts/services-networking/service/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tau.kinds.manifest import Manifest, manifest

API_VERSION = "v1"
KIND = "Service"
PLURAL = "services"


def service(metadata: Manifest, *, selector: Mapping[str, Any], ports: Sequence[Mapping[str, Any]]) -> Manifest:
    """A Service within the cluster; `ports` are entries of `spec.ports`."""
    return manifest(API_VERSION, KIND, metadata, spec={"selector": dict(selector), "ports": list(ports)})
