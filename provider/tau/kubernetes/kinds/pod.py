"""Pod (v1): why one does not run, and what one of a Cluster has yet to get."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tau.kubernetes.kind import Kind

KIND = Kind("v1", "Pod", "pods")

_NORMAL = {"ContainerCreating", "PodInitializing"}
# What the operator wanted of the Pod; admission may have changed the Pod itself.
_WANTED = "cnpg.io/podSpec"
_CONTAINER = "postgres"


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


def image_id(item: Mapping[str, Any], container: str) -> str:
    """The image that a container runs or ran, as the kubelet has it; empty where it is not known yet."""
    statuses = item.get("status", {}).get("containerStatuses", [])
    return next((str(one.get("imageID") or "") for one in statuses if one.get("name") == container), "")


def projected_paths(item: Mapping[str, Any], volume: str) -> set[str]:
    """The files in a projected volume of a Pod; none where it has no such volume."""
    found = (one.get("projected") or {} for one in item["spec"].get("volumes") or [] if one["name"] == volume)
    sources = (source for one in found for source in one.get("sources") or [])
    return {file["path"] for source in sources for file in (source.get("secret") or {}).get("items") or []}


def lags(item: Mapping[str, Any], resources: Mapping[str, Any], *, same: Callable[[object, object], bool]) -> list[str]:
    """What tells that the operator has yet to bring an instance's Pod to the Cluster's `resources`."""
    metadata = item["metadata"]
    if _WANTED not in metadata.get("annotations", {}):
        return []
    if "deletionTimestamp" in metadata:
        return [f"Pod {metadata['name']}: is about to be replaced"]
    containers = json.loads(metadata["annotations"][_WANTED]).get("containers", [])
    had: Mapping[str, Any] = next((one.get("resources", {}) for one in containers if one["name"] == _CONTAINER), {})
    changed = [
        f"{part}.{name}"
        for part in ("requests", "limits")
        for name in resources.get(part, {}).keys() | had.get(part, {}).keys()
        if not same(resources.get(part, {}).get(name), had.get(part, {}).get(name))
    ]
    return [f"Pod {metadata['name']}: does not have its new {', '.join(sorted(changed))} yet"] if changed else []
