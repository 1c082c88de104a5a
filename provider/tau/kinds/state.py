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


def applied(item: Mapping[str, Any]) -> State:
    """State of a Database or a DatabaseRole: the generation that was seen, and whether it could be applied."""
    status = item.get("status", {})
    message = status.get("message") or ""
    if status.get("applied") is False:
        return State(ready=False, failed=True, message=message or "could not be applied")
    seen = status.get("observedGeneration") == item["metadata"].get("generation")
    if status.get("applied") and seen:
        return State(ready=True, message=message or "applied")
    return State(ready=False, message=message or "the instance has not applied it yet")
