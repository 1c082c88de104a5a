"""What an API server takes and answers: keys, bodies before and after it has completed them, and refusals."""

import base64
import copy
import datetime
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.walk.field_ownership import Conflict
from tests.walk.served_kinds import KINDS

Item = dict[str, Any]


@dataclass(frozen=True, order=True)
class Key:
    """Where an object is; the namespace is empty for what is in none."""

    api_version: str
    namespace: str
    plural: str
    name: str

    def __str__(self) -> str:
        return f"{self.plural}/{self.namespace}/{self.name}" if self.namespace else f"{self.plural}/{self.name}"


@dataclass(frozen=True)
class Change:
    """Somebody made, changed or deleted an object, which was `before`; `actor` is in whose name."""

    verb: str
    actor: str
    key: Key
    uid: str
    before: Mapping[str, Any]


class Refused(Exception):
    """What the API server does not do, as the Status that says so."""

    def __init__(self, code: int, reason: str, message: str, causes: Iterable[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.status = {
            **{"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"},
            **{"message": message, "reason": reason, "code": code, "details": {"causes": list(causes)}},
        }


def not_found(key: Key) -> Refused:
    """No such object."""
    return Refused(404, "NotFound", f'{key.plural} "{key.name}" not found')


def now() -> str:
    """This second, as Kubernetes writes it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_within(one: Key, container: Key) -> bool:
    """Whether an object goes with its namespace, or with the definition of its kind."""
    if container.plural == "customresourcedefinitions":
        return container.name == f"{one.plural}.{one.api_version.partition('/')[0]}"
    return container.plural == "namespaces" and container.name == one.namespace


def plain(body: Item) -> Item:
    """A body without what the server alone writes, and with a Secret's text as data."""
    found = copy.deepcopy(body)
    text = found.pop("stringData", None) or {}
    if text:
        encoded = {name: base64.b64encode(str(value).encode()).decode() for name, value in text.items()}
        found["data"] = {**(found.get("data") or {}), **encoded}
    found.pop("status", None)
    return found


def complete(key: Key, made: Item, living: Item | None = None) -> Item:
    """With what the server fills in."""
    about = {**made.get("metadata", {}), "name": key.name}
    known = (living or {}).get("metadata") or {"uid": str(uuid.uuid4()), "creationTimestamp": now()}
    kept = ("uid", "creationTimestamp", "resourceVersion", "generation", "deletionTimestamp")
    about |= {name: known[name] for name in kept if name in known}
    about.pop("managedFields", None)
    if key.namespace:
        about["namespace"] = key.namespace
    kind = KINDS[key.api_version][key.plural].name
    found = {**made, "apiVersion": key.api_version, "kind": kind, "metadata": about}
    return {**found, "status": living["status"]} if living and "status" in living else found


def check_unchanged(key: Key, living: Item, version: object, uid: object) -> None:
    """Refuse where the object is not the one that a client has seen."""
    for name, wanted in (("resourceVersion", version), ("uid", uid)):
        has = living["metadata"][name]
        if wanted is not None and wanted != has:
            text = f'Operation cannot be fulfilled on {key.plural} "{key.name}": {name} is {has}, not {wanted}'
            raise Refused(409, "Conflict", text)


def conflict(failure: Conflict) -> Refused:
    """Fields of other managers, with each of them as a cause."""
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f'conflict with "{manager}"',
            "field": "." + ".".join(path),
        }
        for manager, path in failure.fields
    ]
    count = len(causes)
    text = f"Apply failed with {count} conflict{'s' if count > 1 else ''}: {failure}"
    return Refused(409, "Conflict", text, causes)


def merged(living: Mapping[str, Any], patch: Mapping[str, Any]) -> Item:
    """A merge patch: RFC 7386."""
    found = copy.deepcopy(dict(living))
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, Mapping):
            below = found.get(name)
            found[name] = merged(below if isinstance(below, Mapping) else {}, value)
        else:
            found[name] = copy.deepcopy(value)
    return found


def stepped(item: Item, patch: Sequence[Mapping[str, Any]] | None) -> Item:
    """A JSON patch: RFC 6902, without moves and copies; clients send `null` for an empty one."""
    found = copy.deepcopy(item)
    for step in patch or ():
        *above, last = [one.replace("~1", "/").replace("~0", "~") for one in step["path"].split("/")[1:]]
        at: Any = found
        for name in above:
            at = at[int(name)] if isinstance(at, list) else at[name]
        place: Any = int(last) if isinstance(at, list) and last != "-" else last
        if step["op"] == "test":
            if at[place] != step["value"]:
                raise Refused(422, "Invalid", f"the value at {step['path']} is another one")
        elif step["op"] == "remove":
            del at[place]
        elif isinstance(at, list) and step["op"] == "add":
            at.insert(len(at) if place == "-" else place, step["value"])
        else:
            at[place] = step["value"]
    return found
