"""Event (v1): what the kubelet and the controllers have to say about an object.

https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tau.kubernetes.kind import Kind

KIND = Kind("v1", "Event", "events")


def warnings(items: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    """The newest warning of each reason about the object of a name, in the order in which they were last seen."""
    about = [one for one in items if one.get("involvedObject", {}).get("name") == name and one.get("type") == "Warning"]
    newest = {one["reason"]: one for one in sorted(about, key=last_seen)}
    return [f"{reason}: {' '.join(one.get('message', '').split())}" for reason, one in newest.items()]


def about(items: Iterable[Mapping[str, Any]], uid: str | None, component: str) -> list[Mapping[str, Any]]:
    """What a component, such as a controller, told about one object."""
    return [
        one
        for one in items
        if (one.get("involvedObject", {}).get("uid"), one.get("source", {}).get("component")) == (uid, component)
    ]


def last_seen(item: Mapping[str, Any]) -> str:
    """When it happened last, RFC 3339."""
    return item.get("lastTimestamp") or item.get("eventTime") or item["metadata"].get("creationTimestamp") or ""
