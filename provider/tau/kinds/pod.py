"""Pod (v1): why one does not run."""

from collections.abc import Mapping
from typing import Any

_NORMAL = {"ContainerCreating", "PodInitializing"}


def obstacles(item: Mapping[str, Any]) -> list[str]:
    """What keeps a Pod from running, in the words of the scheduler and the kubelet."""
    status, name = item.get("status", {}), item["metadata"]["name"]
    unscheduled = [
        one for one in status.get("conditions", []) if (one["type"], one["status"]) == ("PodScheduled", "False")
    ]
    found = [one["message"] for one in unscheduled]
    for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        waiting = container.get("state", {}).get("waiting", {})
        if waiting and waiting.get("reason") not in _NORMAL:
            found.append(": ".join(part for part in (waiting.get("reason"), waiting.get("message")) if part))
    return [f"Pod {name}: {text}" for text in found]
