"""PodMonitor (monitoring.coreos.com/v1), by which the Prometheus operator finds Pods with metrics.

https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PodMonitor
"""

from collections.abc import Mapping

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("monitoring.coreos.com/v1", "PodMonitor", "podmonitors")
DEFINITION = KIND.definition
"""CustomResourceDefinition that a cluster with the Prometheus operator has."""


def pod_monitor(metadata: Manifest, *, pods: Mapping[str, Input[str]], port: str, interval: Input[str]) -> Manifest:
    """Read the port of that name on the Pods of the own namespace with these labels."""
    spec = {
        "selector": {"matchLabels": dict(pods)},
        "podMetricsEndpoints": [{"port": port, "interval": interval}],
    }
    return manifest(KIND, metadata, spec=spec)
