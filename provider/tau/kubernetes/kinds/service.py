"""Service (v1), a stable name and address for Pods.

https://kubernetes.io/docs/concepts/services-networking/service/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("v1", "Service", "services")


def service(metadata: Manifest, *, selector: Mapping[str, Any], ports: Sequence[Mapping[str, Any]]) -> Manifest:
    """A Service within the cluster; `ports` are entries of `spec.ports`."""
    return manifest(KIND, metadata, spec={"selector": dict(selector), "ports": list(ports)})
