"""Who set which field of an object: server-side apply as the API server does it, with every list as one value.

https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

Path = tuple[str, ...]
Manager = tuple[str, str]
"""Name, and `Apply` or `Update`."""

_NOT_OWNED = {("apiVersion",), ("kind",), ("status",)}
_NOT_OWNED_OF_METADATA = {
    *("name", "namespace", "uid", "resourceVersion", "generation", "managedFields"),
    *("creationTimestamp", "deletionTimestamp", "selfLink"),
}


class Conflict(Exception):
    """Fields that another manager has set to another value."""

    def __init__(self, fields: list[tuple[str, Path]]) -> None:
        super().__init__("; ".join(f'conflict with "{manager}": .{".".join(path)}' for manager, path in fields))
        self.fields = fields


def leaves(value: Mapping[str, Any], at: Path = ()) -> dict[Path, Any]:
    """Every field that somebody can own, by its path."""
    found: dict[Path, Any] = {}
    for key, item in value.items():
        path = (*at, key)
        if path in _NOT_OWNED or (at == ("metadata",) and key in _NOT_OWNED_OF_METADATA):
            continue
        if isinstance(item, Mapping) and item:
            found |= leaves(item, path)
        elif item is not None:
            found[path] = item
    return found


class Ownership:
    """The managers of one object, and the fields of each."""

    def __init__(self) -> None:
        self.held: dict[Manager, set[Path]] = {}

    def apply(self, living: Mapping[str, Any], wanted: Mapping[str, Any], name: str, *, force: bool) -> dict[str, Any]:
        """The object after `name` has applied these fields; those that it applied before and not now go."""
        manager, values, current = (name, "Apply"), leaves(wanted), leaves(living)
        changed = {path for path, value in values.items() if current.get(path) != value}
        others = [
            (other, path)
            for path in sorted(changed)
            for other, held in self.held.items()
            if other != manager and path in held
        ]
        if others and not force:
            raise Conflict([(other[0], path) for other, path in others])
        for other, path in others:
            self.held[other].discard(path)
        found = copy.deepcopy(dict(living))
        for path in self.held.get(manager, set()) - set(values):
            if not any(path in held for other, held in self.held.items() if other != manager):
                _remove(found, path)
        for path, value in values.items():
            _set(found, path, copy.deepcopy(value))
        self.held[manager] = set(values)
        self._drop_empty()
        return found

    def updated(self, before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> None:
        """Note that `name` has changed the object other than by applying it, which takes the fields from others."""
        old, new = leaves(before), leaves(after)
        touched = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
        for held in self.held.values():
            held -= touched
        if touched & new.keys():
            self.held.setdefault((name, "Update"), set()).update(touched & new.keys())
        self._drop_empty()

    def give_to(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Replace all of it, as a client that writes `managedFields` does."""
        self.held = {}
        for entry in entries:
            manager = (str(entry["manager"]), str(entry["operation"]))
            self.held.setdefault(manager, set()).update(_paths(entry.get("fieldsV1") or {}))
        self._drop_empty()

    def told(self, api_version: str) -> list[dict[str, Any]]:
        """The `managedFields` of the object."""
        return [
            {
                "manager": name,
                "operation": operation,
                "apiVersion": api_version,
                "fieldsType": "FieldsV1",
                "fieldsV1": _tree(held),
            }
            for (name, operation), held in sorted(self.held.items())
        ]

    def _drop_empty(self) -> None:
        self.held = {manager: held for manager, held in self.held.items() if held}


def _set(item: dict[str, Any], path: Path, value: Any) -> None:
    for key in path[:-1]:
        if not isinstance(item.get(key), dict):
            item[key] = {}
        item = item[key]
    # An empty map says nothing of what others have put there.
    if value != {} or not isinstance(item.get(path[-1]), dict):
        item[path[-1]] = value


def _remove(item: dict[str, Any], path: Path) -> None:
    below = item.get(path[0])
    if len(path) == 1:
        item.pop(path[0], None)
    elif isinstance(below, dict):
        _remove(below, path[1:])
        if not below:
            del item[path[0]]


def _tree(paths: Iterable[Path]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted(paths):
        at = found
        for key in path:
            at = at.setdefault(f"f:{key}", {})
    return found


def _paths(tree: Mapping[str, Any], at: Path = ()) -> set[Path]:
    found: set[Path] = set()
    for key, below in tree.items():
        if key.startswith("f:"):
            path = (*at, key[2:])
            found |= _paths(below, path) or {path}
    return found
