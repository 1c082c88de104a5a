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
        condition
        for condition in status.get("conditions", [])
        if (condition["type"], condition["status"]) == ("PodScheduled", "False")
    ]
    messages = [condition["message"] for condition in unscheduled]
    for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        waiting = container.get("state", {}).get("waiting", {})
        if waiting and waiting.get("reason") not in _NORMAL:
            messages.append(": ".join(part for part in (waiting.get("reason"), waiting.get("message")) if part))
    return [f"Pod {name}: {text}" for text in messages]


def image_id(item: Mapping[str, Any], container: str) -> str:
    """The image that a container runs or ran, as the kubelet has it; empty where it is not known yet."""
    statuses = item.get("status", {}).get("containerStatuses", [])
    return next((str(status.get("imageID") or "") for status in statuses if status.get("name") == container), "")


def projected_paths(item: Mapping[str, Any], volume: str) -> set[str]:
    """The files in a projected volume of a Pod; none where it has no such volume."""
    projections = (
        volume_source.get("projected") or {}
        for volume_source in item["spec"].get("volumes") or []
        if volume_source["name"] == volume
    )
    sources = (source for projection in projections for source in projection.get("sources") or [])
    return {file["path"] for source in sources for file in (source.get("secret") or {}).get("items") or []}


def lags(item: Mapping[str, Any], resources: Mapping[str, Any], *, same: Callable[[object, object], bool]) -> list[str]:
    """What tells that the operator has yet to bring an instance's Pod to the Cluster's `resources`."""
    metadata = item["metadata"]
    if _WANTED not in metadata.get("annotations", {}):
        return []
    if "deletionTimestamp" in metadata:
        return [f"Pod {metadata['name']}: is about to be replaced"]
    containers = json.loads(metadata["annotations"][_WANTED]).get("containers", [])
    had: Mapping[str, Any] = next(
        (
            container_status.get("resources", {})
            for container_status in containers
            if container_status["name"] == _CONTAINER
        ),
        {},
    )
    changed = [
        f"{part}.{name}"
        for part in ("requests", "limits")
        for name in resources.get(part, {}).keys() | had.get(part, {}).keys()
        if not same(resources.get(part, {}).get(name), had.get(part, {}).get(name))
    ]
    return [f"Pod {metadata['name']}: does not have its new {', '.join(sorted(changed))} yet"] if changed else []
