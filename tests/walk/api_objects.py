"""The objects of one FAKE cluster: create, apply, patch and delete as the API server does them, and a journal of it."""

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.walk.api_values import (
    Change,
    Item,
    Key,
    Refused,
    check_unchanged,
    complete,
    conflict,
    is_within,
    merged,
    not_found,
    now,
    plain,
    stepped,
)
from tests.walk.field_ownership import Conflict, Ownership

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
        made = complete(key, plain(body))
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
            made = ownership.apply(living or {}, plain(body), manager, force=force)
        except Conflict as failure:
            raise conflict(failure) from None
        return self._changed(key, made, ownership, dry=dry)

    def patch(self, key: Key, body: Item, manager: str, *, dry: bool = False) -> Item:
        """Merge patch."""
        living = self._living(key)
        given = plain(body)
        about = given.get("metadata") or {}
        entries = about.pop("managedFields", None)
        check_unchanged(key, living, about.get("resourceVersion"), about.get("uid"))
        made = merged(living, given)
        ownership = copy.deepcopy(self._owners[key])
        if entries:
            ownership.give_to(entries)
        else:
            ownership.updated(living, made, manager)
        return self._changed(key, made, ownership, dry=dry)

    def patch_by_steps(
        self, key: Key, patch: Sequence[Mapping[str, Any]] | None, manager: str, *, dry: bool = False
    ) -> Item:
        """JSON patch, with which clients rewrite `managedFields`, which replace all that there are."""
        made = stepped(self.shown(key), patch)
        entries = made["metadata"]["managedFields"]
        if entries == self.shown(key)["metadata"]["managedFields"]:
            return self.replace(key, made, manager, dry=dry)
        about = {**made["metadata"], "managedFields": entries}
        return self.patch(key, {**made, "metadata": about}, manager, dry=dry)

    def replace(self, key: Key, body: Item, manager: str, *, dry: bool = False) -> Item:
        """Update as a whole, but for the status."""
        living = self._living(key)
        given = plain(body)
        about = given["metadata"]
        about.pop("managedFields", None)
        check_unchanged(key, living, about.get("resourceVersion"), about.get("uid"))
        made = {**given, "metadata": {**about}}
        ownership = copy.deepcopy(self._owners[key])
        ownership.updated(living, made, manager)
        return self._changed(key, made, ownership, dry=dry)

    def delete(self, key: Key, options: Mapping[str, Any], *, dry: bool = False) -> Item:
        """Delete an object, or mark it as deleted where finalizers hold it."""
        living = self._living(key)
        wanted = options.get("preconditions") or {}
        check_unchanged(key, living, wanted.get("resourceVersion"), wanted.get("uid"))
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
        made = complete(key, made, living)
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
        for inside in [one for one in self._items if is_within(one, key)]:
            if inside in self._items:
                self._remove(inside)
        for other, owned in list(self._items.items()):
            references = owned["metadata"].get("ownerReferences") or []
            left = [one for one in references if one["uid"] != uid]
            if len(left) < len(references):
                owned["metadata"]["ownerReferences"] = left
                if not left and not orphans and other in self._items:
                    self._remove(other)
