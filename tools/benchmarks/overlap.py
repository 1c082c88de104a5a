"""How many resources of a deployment were under way at once, by its events."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any


def most(events: Iterable[Mapping[str, Any]], wanted: Callable[[str, str], bool]) -> int:
    """The most resources between their first and their last event, of those whose type and name are wanted."""
    under_way: set[str] = set()
    found = 0
    for event in events:
        for kind, change in (("resourcePreEvent", under_way.add), ("resOutputsEvent", under_way.discard)):
            about = event.get(kind, {}).get("metadata", {})
            if about and wanted(about["type"], about["urn"].rpartition("::")[2]):
                change(about["urn"])
        found = max(found, len(under_way))
    return found
