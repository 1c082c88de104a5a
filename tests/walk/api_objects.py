"""The objects of one FAKE cluster: create, apply, patch and delete as the API server does them, and a journal of it."""

import base64
import copy
import datetime
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.walk.field_ownership import Conflict, Ownership
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


Reaction = Callable[[str, Key, Item], None]
"""Called with `added`, `changed` or `removed`."""


class Objects:
    """All objects; whoever calls holds the `lock`. `actor` is in whose name clients act at the moment."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.actor = "setup"
        self.journal: list[Change] = []
        self.reactions: list[Reaction] = []
        self.revision = 100
        self._items: dict[Key, Item] = {}
        self._owners: dict[Key, Ownership] = {}

    def find(self, key: Key) -> Item | None:
        """The object itself, None where there is none."""
        return self._items.get(key)

    def of(self, plural: str, namespace: str = "") -> list[tuple[Key, Item]]:
        """All of one kind, in one namespace or in all."""
        return [
            (key, item)
            for key, item in sorted(self._items.items())
            if key.plural == plural and namespace in ("", key.namespace)
        ]

    def shown(self, key: Key) -> Item:
        """The object as a client gets it."""
        if key not in self._items:
            raise not_found(key)
        found = copy.deepcopy(self._items[key])
        found["metadata"]["managedFields"] = self._owners[key].told(key.api_version)
        return found

    def create(self, key: Key, body: Item, manager: str, *, dry: bool = False) -> Item:
        """Make an object; one that is there already is a conflict."""
        if key in self._items:
            raise Refused(409, "AlreadyExists", f'{key.plural} "{key.name}" already exists')
        self._check_namespace(key)
        made = _complete(key, _plain(body))
        if dry:
            return made
        ownership = Ownership()
        ownership.updated({}, made, manager)
        self._owners[key] = ownership
        self._write("added", key, made, {})
        return self.shown(key)

    def apply(self, key: Key, body: Item, manager: str, *, force: bool, dry: bool = False) -> Item:
        """Server-side apply."""
        living = self._items.get(key)
        if living is None:
            self._check_namespace(key)
        ownership = copy.deepcopy(self._owners.get(key)) or Ownership()
        try:
            made = ownership.apply(living or {}, _plain(body), manager, force=force)
        except Conflict as conflict:
            raise _conflict(conflict) from None
        return self._changed(key, made, ownership, dry=dry)

    def patch(self, key: Key, body: Item, manager: str, *, dry: bool = False) -> Item:
        """Merge patch."""
        living = self._living(key)
        given = _plain(body)
        about = given.get("metadata") or {}
        entries = about.pop("managedFields", None)
        _check_unchanged(key, living, about.get("resourceVersion"), about.get("uid"))
        made = _merged(living, given)
        ownership = copy.deepcopy(self._owners[key])
        if entries:
            ownership.give_to(entries)
        else:
            ownership.updated(living, made, manager)
        return self._changed(key, made, ownership, dry=dry)

    def replace(self, key: Key, body: Item, manager: str, *, dry: bool = False) -> Item:
        """Update as a whole, but for the status."""
        living = self._living(key)
        given = _plain(body)
        about = given["metadata"]
        about.pop("managedFields", None)
        _check_unchanged(key, living, about.get("resourceVersion"), about.get("uid"))
        made = {**given, "metadata": {**about}}
        ownership = copy.deepcopy(self._owners[key])
        ownership.updated(living, made, manager)
        return self._changed(key, made, ownership, dry=dry)

    def delete(self, key: Key, options: Mapping[str, Any], *, dry: bool = False) -> Item:
        """Delete an object, or mark it as deleted where finalizers hold it."""
        living = self._living(key)
        wanted = options.get("preconditions") or {}
        _check_unchanged(key, living, wanted.get("resourceVersion"), wanted.get("uid"))
        if dry:
            return self.shown(key)
        found = self.shown(key)
        if living["metadata"].get("finalizers"):
            if "deletionTimestamp" not in living["metadata"]:
                marked = copy.deepcopy(living)
                marked["metadata"]["deletionTimestamp"] = now()
                self._write("changed", key, marked, living, verb="deleted")
            return self.shown(key)
        self._remove(key, orphans=options.get("propagationPolicy") == "Orphan")
        return found

    def set_status(self, key: Key, status: Mapping[str, Any]) -> None:
        """A controller says how an object is."""
        living = self._items[key]
        if living.get("status") != status:
            self.revision += 1
            living["status"] = copy.deepcopy(dict(status))
            living["metadata"]["resourceVersion"] = str(self.revision)

    def _living(self, key: Key) -> Item:
        if key not in self._items:
            raise not_found(key)
        return self._items[key]

    def _check_namespace(self, key: Key) -> None:
        home = Key("v1", "", "namespaces", key.namespace)
        if key.namespace and home not in self._items:
            raise not_found(home)

    def _changed(self, key: Key, made: Item, ownership: Ownership, *, dry: bool) -> Item:
        living = self._items.get(key)
        made = _complete(key, made, living)
        if dry:
            return made
        former = self._owners.get(key)
        self._owners[key] = ownership
        if living is None:
            self._write("added", key, made, {})
        elif made != living or (former and former.held != ownership.held):
            self._write("changed", key, made, living)
            if "deletionTimestamp" in made["metadata"] and not made["metadata"].get("finalizers"):
                self._remove(key)
                return made
        return self.shown(key)

    def _write(self, event: str, key: Key, made: Item, before: Mapping[str, Any], *, verb: str = "") -> None:
        self.revision += 1
        about = made["metadata"]
        about["resourceVersion"] = str(self.revision)
        if "spec" in made:
            about["generation"] = about.get("generation", 0) + (made["spec"] != before.get("spec"))
        self._items[key] = made
        self.journal.append(Change(verb or event, self.actor, key, about["uid"], copy.deepcopy(dict(before))))
        for react in self.reactions:
            react(event, key, made)

    def _remove(self, key: Key, *, orphans: bool = False) -> None:
        """Delete an object and what it owns, and with a namespace, or a definition, all that is of it."""
        item = self._items.pop(key)
        self._owners.pop(key)
        uid = item["metadata"]["uid"]
        self.journal.append(Change("deleted", self.actor, key, uid, item))
        for react in self.reactions:
            react("removed", key, item)
        for inside in [one for one in self._items if _is_within(one, key)]:
            if inside in self._items:
                self._remove(inside)
        for other, owned in list(self._items.items()):
            references = owned["metadata"].get("ownerReferences") or []
            left = [one for one in references if one["uid"] != uid]
            if len(left) < len(references):
                owned["metadata"]["ownerReferences"] = left
                if not left and not orphans and other in self._items:
                    self._remove(other)


def _is_within(one: Key, container: Key) -> bool:
    """Whether an object goes with its namespace, or with the definition of its kind."""
    if container.plural == "customresourcedefinitions":
        return container.name == f"{one.plural}.{one.api_version.partition('/')[0]}"
    return container.plural == "namespaces" and container.name == one.namespace


def _plain(body: Item) -> Item:
    """A body without what the server alone writes, and with a Secret's text as data."""
    found = copy.deepcopy(body)
    text = found.pop("stringData", None) or {}
    if text:
        encoded = {name: base64.b64encode(str(value).encode()).decode() for name, value in text.items()}
        found["data"] = {**(found.get("data") or {}), **encoded}
    found.pop("status", None)
    return found


def _complete(key: Key, made: Item, living: Item | None = None) -> Item:
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


def _check_unchanged(key: Key, living: Item, version: object, uid: object) -> None:
    for name, wanted in (("resourceVersion", version), ("uid", uid)):
        has = living["metadata"][name]
        if wanted is not None and wanted != has:
            text = f'Operation cannot be fulfilled on {key.plural} "{key.name}": {name} is {has}, not {wanted}'
            raise Refused(409, "Conflict", text)


def _conflict(conflict: Conflict) -> Refused:
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f'conflict with "{manager}"',
            "field": "." + ".".join(path),
        }
        for manager, path in conflict.fields
    ]
    count = len(causes)
    text = f"Apply failed with {count} conflict{'s' if count > 1 else ''}: {conflict}"
    return Refused(409, "Conflict", text, causes)


def _merged(living: Mapping[str, Any], patch: Mapping[str, Any]) -> Item:
    """RFC 7386."""
    found = copy.deepcopy(dict(living))
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, Mapping):
            below = found.get(name)
            found[name] = _merged(below if isinstance(below, Mapping) else {}, value)
        else:
            found[name] = copy.deepcopy(value)
    return found
