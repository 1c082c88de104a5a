"""Event (v1): what the kubelet and the controllers have to say about an object.

https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tau.kubernetes.kind import Kind

KIND = Kind("v1", "Event", "events")


def warnings(items: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    """The newest warning of each reason about the object of a name, in the order in which they were last seen."""
    matching = [
        event
        for event in items
        if event.get("involvedObject", {}).get("name") == name and event.get("type") == "Warning"
    ]
    newest = {event["reason"]: event for event in sorted(matching, key=last_seen)}
    return [f"{reason}: {' '.join(event.get('message', '').split())}" for reason, event in newest.items()]


def of_object(items: Iterable[Mapping[str, Any]], uid: str | None, component: str) -> list[Mapping[str, Any]]:
    """What a component, such as a controller, told about one object."""
    return [
        event
        for event in items
        if (event.get("involvedObject", {}).get("uid"), event.get("source", {}).get("component")) == (uid, component)
    ]


def last_seen(item: Mapping[str, Any]) -> str:
    """When it happened last, RFC 3339."""
    return item.get("lastTimestamp") or item.get("eventTime") or item["metadata"].get("creationTimestamp") or ""
