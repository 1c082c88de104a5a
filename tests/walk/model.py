"""What must hold after each step of a walk, whatever was done: nothing that was ever confirmed is lost unasked.

A row is confirmed when a client has written it into a server that is awake, a file when it is in a claim. From then on
a row is in a server, or in a base backup that can be restored, or was given up by an explicit word; and a file stays
until the application that owns its claim is deleted. No stack changes or deletes what another one made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.walk.api_values import Change, Key
from tests.walk.fake_cluster import CLEANER, HAND, FakeCluster, cluster_key
from tests.walk.operators import HIBERNATION
from tests.walk.simulated_store import SimulatedStore

_GUARD = "tau:postgres:CleanupGuard"
_CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster"
_RELEASED = "tau/last-backup"
_DATA = ("clusters", "persistentvolumeclaims")
# Shared by everybody on purpose: the last thing in a namespace takes it along.
_SHARED = ("namespaces",)
_OTHERS = (HAND, CLEANER, "setup", "operator")


@dataclass(frozen=True)
class Intent:
    """What a step is meant to delete: Clusters and claims by physical cluster, namespace and name, or `replaces` any.

    One of a program that has not changed since the last `up` deletes nothing at all: it is `quiet`.
    """

    deletes: frozenset[tuple[str, str, str]] = frozenset()
    replaces: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Word:
    """What the state, or an annotation, says of the deletion of one Cluster."""

    no_backup: bool
    if_failing: bool
    keeps: bool


@dataclass
class Model:
    """The ledger. `rows` and `files` say what was confirmed, `given_up` what somebody has spoken the word for."""

    clusters: Sequence[FakeCluster]
    store: SimulatedStore
    rows: dict[int, str] = field(default_factory=dict)
    files: dict[int, str] = field(default_factory=dict)
    given_up: set[int] = field(default_factory=set)
    owners: dict[str, str] = field(default_factory=dict)
    _count: int = 0
    _held: dict[str, set[int]] = field(default_factory=dict)
    _words: dict[str, Word] = field(default_factory=dict)
    _recorded: set[Key] = field(default_factory=set)
    _places: dict[str, str] = field(default_factory=dict)
    _left_to_cleaners: dict[str, set[int]] = field(default_factory=dict)

    def before(self, actor: str, state: Sequence[Mapping[str, Any]]) -> None:
        """Note who has what, and what would be said of its deletion by this actor."""
        self._held = {uid: set(server.rows) for uid, server in self._servers()}
        self._words = {}
        self._recorded = {_key_of(one) for one in state if one["type"] == _CLUSTER}
        for cluster in self.clusters:
            for key, item in cluster.objects.of("clusters"):
                said = _word(state, key, item)
                if said:
                    self._words[item["metadata"]["uid"]] = said

    def after(self, actor: str, intent: Intent) -> list[str]:
        """What is wrong after a step of this actor."""
        changes = [(one, change) for one in self.clusters for change in one.objects.journal]
        for one in self.clusters:
            one.objects.journal.clear()
        self._places |= {change.uid: place.name for place, change in changes}
        found = self._noisy(changes, intent) + self._foreign(changes) + self._unasked(changes, intent)
        found += self._elsewhere(changes)
        deleted = {change.uid: change for _, change in changes if change.verb == "deleted"}
        found += self._lost_rows(actor, intent, deleted)
        found += self._lost_files(intent, deleted)
        self._note_kept(actor, intent)
        return found

    def confirm(self) -> None:
        """Clients write a row into every server that is awake, and a file into every claim."""
        for uid, server in self._servers():
            if server.awake:
                self._count += 1
                server.rows.add(self._count)
                self.rows[self._count] = f"{server.key} ({uid})"
        for cluster in self.clusters:
            for uid, claim in cluster.operators.claims.items():
                self._count += 1
                claim.files.add(self._count)
                self.files[self._count] = uid

    def forget(self, numbers: Iterable[int]) -> None:
        """Do not tell of the same loss twice."""
        self.given_up |= set(numbers)

    def _servers(self) -> list[tuple[str, Any]]:
        return [pair for cluster in self.clusters for pair in cluster.operators.servers.items()]

    def _foreign(self, changes: Sequence[tuple[FakeCluster, Change]]) -> list[str]:
        """Changes of what is another's; who makes an object owns it."""
        found: dict[str, list[str]] = {}
        for place, change in changes:
            if change.verb == "added":
                self.owners[change.uid] = change.actor
            owner = self.owners.get(change.uid, change.actor)
            if change.key.plural not in _SHARED and owner != change.actor and {owner, change.actor}.isdisjoint(_OTHERS):
                what = f"{change.actor} has {change.verb} what is {owner}'s in {place.name}"
                found.setdefault(what, []).append(str(change.key))
        return [f"{what}: {', '.join(keys)}" for what, keys in found.items()]

    def _noisy(self, changes: Sequence[tuple[FakeCluster, Change]], intent: Intent) -> list[str]:
        """Deletions of what was there before, by an `up` that had nothing to do."""
        gone = [str(change.key) for _, change in changes if change.verb == "deleted" and change.uid in self.owners]
        return [f"an `up` of an unchanged program has deleted {', '.join(gone)}"] if intent.quiet and gone else []

    def _elsewhere(self, changes: Sequence[tuple[FakeCluster, Change]]) -> list[str]:
        """A Cluster that the state has in one physical cluster, and that was made in another one as well."""
        return [
            f"{change.actor} has made {change.key} in {place.name}, and has it in {other.name} already"
            for place, change in changes
            if change.verb == "added" and change.key in self._recorded
            for other in self.clusters
            if other is not place
            and (living := other.objects.find(change.key))
            and self.owners.get(living["metadata"]["uid"]) == change.actor
        ]

    def _unasked(self, changes: Sequence[tuple[FakeCluster, Change]], intent: Intent) -> list[str]:
        """Deletions of data that the step was not meant to delete."""
        return [
            f"{change.actor} has deleted {change.key} in {place.name}, which nobody asked for"
            for place, change in changes
            if change.verb == "deleted"
            and change.key.plural in _DATA
            and not intent.replaces
            and (place.name, change.key.namespace, change.key.name) not in intent.deletes
            and change.actor not in _OTHERS
        ]

    def _is_meant(self, intent: Intent, change: Change) -> bool:
        """Whether a step was meant to delete what it did."""
        return (self._places[change.uid], change.key.namespace, change.key.name) in intent.deletes

    def _lost_rows(self, actor: str, intent: Intent, deleted: Mapping[str, Change]) -> list[str]:
        held = {row for _, server in self._servers() for row in server.rows}
        lost = set(self.rows) - self.given_up - held - self.store.rows()
        for uid, change in deleted.items():
            rows = self._held.get(uid, set()) & lost
            if rows and self._is_given_up(actor, intent, change, rows):
                self.given_up |= rows
                lost -= rows
        self.forget(lost)
        servers = {self.rows[row]: [one for one in sorted(lost) if self.rows[one] == self.rows[row]] for row in lost}
        return [f"rows {rows} of {server} are in no server and in no base backup" for server, rows in servers.items()]

    def _is_given_up(self, actor: str, intent: Intent, change: Change, rows: set[int]) -> bool:
        if change.actor == HAND:
            return True
        if change.actor == CLEANER:
            return rows <= self._left_to_cleaners.get(change.uid, set())
        said = self._words.get(change.uid)
        meant = self._is_meant(intent, change) and self.owners.get(change.uid) == actor
        if not meant or said is None or said.keeps:
            return False
        return said.no_backup or (said.if_failing and self.store.away)

    def _lost_files(self, intent: Intent, deleted: Mapping[str, Change]) -> list[str]:
        held = {file for one in self.clusters for claim in one.operators.claims.values() for file in claim.files}
        lost = set(self.files) - self.given_up - held
        self.forget(lost)
        found = []
        for file in sorted(lost):
            change = deleted.get(self.files[file])
            meant = change and self._is_meant(intent, change)
            by_owner = change and self.owners.get(change.uid) == change.actor
            if not (change and (change.actor == HAND or (meant and by_owner))):
                found.append(f"file {file} of claim {change.key if change else self.files[file]} is gone")
        return found

    def _note_kept(self, actor: str, intent: Intent) -> None:
        """A Cluster that is kept without a backup is left to its cleaner with the rows of this moment."""
        for cluster in self.clusters:
            for key, item in cluster.objects.of("clusters"):
                uid = item["metadata"]["uid"]
                said = self._words.get(uid)
                asleep = (item["metadata"].get("annotations") or {}).get(HIBERNATION) == "on"
                meant = (cluster.name, key.namespace, key.name) in intent.deletes and self.owners.get(uid) == actor
                without = said and (said.no_backup or (said.if_failing and self.store.away))
                if said and said.keeps and asleep and meant and without:
                    self._left_to_cleaners[uid] = set(cluster.operators.servers[uid].rows)


def _key_of(resource: Mapping[str, Any]) -> Key:
    about = resource["inputs"]["metadata"]
    return cluster_key(about.get("namespace", ""), about.get("name", ""))


def _word(state: Sequence[Mapping[str, Any]], key: Key, item: Mapping[str, Any]) -> Word | None:
    """What the guards in a state, all of them, say of a Cluster; None without a guard."""
    guards = [
        inputs
        for one in state
        if one["type"] == _GUARD
        and (inputs := one.get("inputs", {})).get("namespace") == key.namespace
        and inputs.get("instance") == key.name
    ]
    if not guards:
        return None
    released = (item["metadata"].get("annotations") or {}).get(_RELEASED) == "false"
    return Word(
        no_backup=released or all(one.get("backup") is False for one in guards),
        if_failing=all(one.get("onBackupFailure") == "continue" for one in guards),
        keeps=any(one.get("keep") for one in guards),
    )
