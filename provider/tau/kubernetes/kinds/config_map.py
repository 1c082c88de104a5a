"""ConfigMap (v1), text that is not a credential.

https://kubernetes.io/docs/concepts/configuration/configmap/
"""

from collections.abc import Mapping

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("v1", "ConfigMap", "configmaps")
MOST_BYTES = 1024**2
"""The API server refuses a ConfigMap, or a Secret, with more content."""


def config_map(metadata: Manifest, data: Mapping[str, Input[str]] | None = None) -> Manifest:
    """A ConfigMap of texts; without `data` somebody else fills it."""
    return manifest(KIND, metadata, data=None if data is None else dict(data))
