"""What a deletion leaves behind: how its objects are marked, and for whom, so that only those take them back."""

import datetime
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau.kinds import cluster
from tau.kinds.manifest import Manifest, plural

KEPT_FOR = "tau/kept-for"
"""Annotation with the resource that takes an object back: `project/stack/resource`."""
KEEP_UNTIL = "tau/keep-until"
"""Annotation of a Cluster with the moment after which it is deleted, and label with its day."""
KEPT = "tau/kept"
"""Annotation of a Cluster with everything that is kept with it, as JSON."""

_NOT_NAMESPACED = ("PersistentVolume",)
_WITHOUT = {KEPT_FOR: None, KEEP_UNTIL: None, KEPT: None}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One object that is kept."""

    api_version: str
    kind: str
    name: str

    @property
    def plural(self) -> str:
        """Name of the kind in URLs."""
        return plural(self.kind)

    def space(self, namespace: str) -> str | None:
        """The namespace that it is in, None for none."""
        return None if self.kind in _NOT_NAMESPACED else namespace

    @property
    def is_cluster(self) -> bool:
        """Whether it is what all the others are for."""
        return self.kind == cluster.KIND


def owner(item: Mapping[str, Any]) -> str | None:
    """For whom an object is kept, None for one in use."""
    found = _annotations(item).get(KEPT_FOR)
    return str(found) if found is not None else None


def until(item: Mapping[str, Any]) -> datetime.datetime | None:
    """After which moment a Cluster is deleted."""
    found = _annotations(item).get(KEEP_UNTIL)
    try:
        return datetime.datetime.fromisoformat(found) if found else None
    except ValueError:
        return None


def recorded(item: Mapping[str, Any]) -> list[Kept]:
    """Everything that is kept with a Cluster, without the Cluster."""
    found = json.loads(_annotations(item).get(KEPT) or "[]")
    return [Kept(api_version=version, kind=kind, name=name) for version, kind, name in found]


def _annotations(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return item["metadata"].get("annotations") or {}


def mark(one: Kept, owned_by: str) -> Manifest:
    """The merge patch that keeps an object for its owner.

    Whoever applied its fields gives them up: the next who applies them has another name, and would be told of a
    conflict over every value that is a new one.
    """
    return {"metadata": {"annotations": {KEPT_FOR: owned_by}, "managedFields": _managed(one)}}


def mark_cluster(one: Kept, owned_by: str, beside: Sequence[Kept], end: datetime.datetime | None) -> Manifest:
    """The same for a Cluster, which hibernates where there is an end."""
    patch = mark(one, owned_by)
    about = patch["metadata"]
    about["annotations"][KEPT] = json.dumps([[kept.api_version, kept.kind, kept.name] for kept in beside])
    if end is not None:
        about["annotations"] |= {KEEP_UNTIL: end.isoformat(), cluster.HIBERNATION: "on"}
        about["labels"] = {KEEP_UNTIL: f"{end:%Y-%m-%d}"}
    return patch


def _managed(one: Kept) -> list[Manifest]:
    # A list without any entry would be filled with one that owns everything.
    held: Manifest = {"f:metadata": {"f:annotations": {f"f:{KEPT_FOR}": {}}}}
    entry = {"manager": "tau", "operation": "Update", "apiVersion": one.api_version}
    return [{**entry, "fieldsType": "FieldsV1", "fieldsV1": held}]


def unmark() -> Manifest:
    """The merge patch that takes an object back."""
    return {"metadata": {"annotations": dict(_WITHOUT)}}


def unmark_cluster() -> Manifest:
    """The same for a Cluster."""
    return {"metadata": {"annotations": dict(_WITHOUT), "labels": {KEEP_UNTIL: None}}}


def wake() -> Manifest:
    """The merge patch that wakes a Cluster up."""
    return {"metadata": {"annotations": {cluster.HIBERNATION: None}}}


def end_after(now: datetime.datetime, seconds: int) -> datetime.datetime:
    """The end of the time for which something is kept: a whole second in UTC."""
    whole = math.ceil(now.timestamp()) + seconds
    return datetime.datetime.fromtimestamp(whole, datetime.UTC)
