"""Deployment (apps/v1), Pods that run without end.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#complete-deployment
"""

from collections.abc import Mapping
from typing import Any

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest
from tau.kubernetes.state import State

KIND = Kind("apps/v1", "Deployment", "deployments")
ONE_AFTER_THE_OTHER: Mapping[str, Any] = {"type": "Recreate"}
"""For volumes that two Pods cannot mount at a time."""
SIDE_BY_SIDE: Mapping[str, Any] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
"""A new Pod is ready before an old one ends."""

_KEPT_REVISIONS = 3


def deployment(
    metadata: Manifest,
    *,
    selector: Mapping[str, Any],
    template: Manifest,
    replicas: Input[int] = 1,
    strategy: Input[Mapping[str, Any]] = ONE_AFTER_THE_OTHER,
) -> Manifest:
    """A Deployment of Pods from a template, whose labels must hold the selector."""
    spec = {
        "replicas": replicas,
        "revisionHistoryLimit": _KEPT_REVISIONS,
        "selector": {"matchLabels": dict(selector)},
        "strategy": strategy,
        "template": template,
    }
    return manifest(KIND, metadata, spec=spec)


def state(item: Mapping[str, Any]) -> State:
    """Whether every replica is of the newest template and available."""
    status, wanted = item.get("status", {}), item["spec"].get("replicas", 1)
    current = status.get("observedGeneration") == item["metadata"].get("generation")
    # The API server omits a count of zero.
    existing, updated, available = (status.get(f, 0) for f in ("replicas", "updatedReplicas", "availableReplicas"))
    if current and existing == updated == available == wanted:
        return State(ready=True, message="available")
    conditions = status.get("conditions", [])
    # Not what is late: Kubernetes says so after ten minutes and continues, and each wait has a time-out.
    given_up = [condition for condition in conditions if _refused(condition)]
    reasons = [
        condition["message"]
        for condition in conditions
        if (condition["status"] == "False" or _refused(condition)) and "message" in condition
    ]
    message = "; ".join([f"{available} of {wanted} replicas available", *reasons])
    return State(ready=False, failed=bool(current and given_up), message=message)


def _refused(condition: Mapping[str, Any]) -> bool:
    """Whether Pods could not even be made, for example because admission refuses them."""
    return (condition["type"], condition["status"]) == ("ReplicaFailure", "True")
