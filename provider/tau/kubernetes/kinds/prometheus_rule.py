"""PrometheusRule (monitoring.coreos.com/v1), alerts that the Prometheus operator gives to Prometheus.

https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
"""

from collections.abc import Sequence

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("monitoring.coreos.com/v1", "PrometheusRule", "prometheusrules")
DEFINITION = KIND.definition
"""CustomResourceDefinition that a cluster with the Prometheus operator has."""


def prometheus_rule(metadata: Manifest, *, group: Input[str], rules: Input[Sequence[Manifest]]) -> Manifest:
    """One group of rules."""
    return manifest(KIND, metadata, spec={"groups": [{"name": group, "rules": rules}]})


def alert(name: str, *, expression: str, lasting: str, labels: Manifest, annotations: Manifest) -> Manifest:
    """An alert for every series that the expression has for so long."""
    return {"alert": name, "expr": expression, "for": lasting, "labels": labels, "annotations": annotations}
