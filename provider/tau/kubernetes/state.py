"""What an object says about itself: ready, still at work, or failed, in its own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class State:
    """`failed` means that waiting will not help, though it may pass where another object is yet to come."""

    ready: bool
    message: str
    failed: bool = False


def was_applied(item: Mapping[str, Any]) -> bool:
    """Whether a Database or a DatabaseRole ever came to be; a later change that fails does not undo that."""
    return bool((item.get("status") or {}).get("observedGeneration"))


def applied(item: Mapping[str, Any]) -> State:
    """State of a Database or a DatabaseRole: the generation that was seen, and whether it could be applied."""
    status = item.get("status", {})
    parts = [status.get("message") or "", *_refused(status)]
    message = "; ".join(part for part in parts if part)
    if status.get("applied") is False:
        return State(ready=False, failed=True, message=message or "could not be applied")
    seen = status.get("observedGeneration") == item["metadata"].get("generation")
    if status.get("applied") and seen:
        return State(ready=True, message=message or "applied")
    return State(ready=False, message=message or "the instance has not applied it yet")


def _refused(status: Mapping[str, Any]) -> list[str]:
    """What could not be applied within a database: the object's own message only says that something could not."""
    return [
        f"{what} {item['name']}: {item.get('message') or 'could not be applied'}"
        for what in ("extensions", "schemas", "fdws", "servers")
        for item in status.get(what, [])
        if not item.get("applied")
    ]
