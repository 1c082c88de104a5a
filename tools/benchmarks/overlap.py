"""How many resources of a deployment were under way at once, by its events."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any


def most(events: Iterable[Mapping[str, Any]], wanted: Callable[[str, str], bool]) -> int:
    """The most resources between their first and their last event, of those whose type and name are wanted."""
    under_way: set[str] = set()
    highest = 0
    for event in events:
        for kind, change in (("resourcePreEvent", under_way.add), ("resOutputsEvent", under_way.discard)):
            metadata = event.get(kind, {}).get("metadata", {})
            if metadata and wanted(metadata["type"], metadata["urn"].rpartition("::")[2]):
                change(metadata["urn"])
        highest = max(highest, len(under_way))
    return highest
