"""Deployment (apps/v1), as far as tau looks at one.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#complete-deployment
"""

from collections.abc import Mapping
from typing import Any

from tau.kinds.state import State

API_VERSION = "apps/v1"
KIND = "Deployment"
PLURAL = "deployments"


def state(item: Mapping[str, Any]) -> State:
    """Whether every replica is of the newest template and available."""
    status, wanted = item.get("status", {}), item["spec"].get("replicas", 1)
    current = status.get("observedGeneration") == item["metadata"].get("generation")
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    if current and updated == available == wanted and status.get("replicas") == wanted:
        return State(ready=True, message="available")
    reasons = [one["message"] for one in status.get("conditions", []) if one["status"] == "False" and "message" in one]
    return State(ready=False, message="; ".join([f"{available} of {wanted} replicas available", *reasons]))
