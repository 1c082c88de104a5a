"""What a deletion leaves behind: how its objects are marked, and for whom, so that only those can resume them."""

import datetime
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import cluster, table
from tau.kubernetes.manifest import Manifest, sole_manager

RETAINED_FOR = "tau/kept-for"
"""Annotation with the resource that takes an object back: `project/stack/resource`."""
KEEP_UNTIL = "tau/keep-until"
"""Annotation of a Cluster with the moment after which it is deleted, and label with its day."""
RETAINED_OBJECTS = "tau/kept"
"""Annotation of a Cluster with everything that is retained with it, as JSON."""
BACKED_UP = "tau/backed-up"
"""Annotation of a Cluster with its final Backup, and since when it hibernates after that, as JSON."""

_WITHOUT = {RETAINED_FOR: None, KEEP_UNTIL: None, RETAINED_OBJECTS: None, BACKED_UP: None}


@dataclass(frozen=True, kw_only=True)
class RetainedObject:
    """One retained object."""

    api_version: str
    kind: str
    name: str

    @property
    def of(self) -> Kind:
        """Its kind, as the Kubernetes API names it."""
        return table.of(self.api_version, self.kind)

    def space(self, namespace: str) -> str | None:
        """The namespace that it is in, None for none."""
        return namespace if self.of.namespaced else None

    @property
    def is_cluster(self) -> bool:
        """Whether it is what all the others are for."""
        return self.kind == cluster.KIND.kind


def owner(item: Mapping[str, Any]) -> str | None:
    """The owner that an object is retained for, None for one in use."""
    owner_name = _annotations(item).get(RETAINED_FOR)
    return str(owner_name) if owner_name is not None else None


def delayed(item: Mapping[str, Any]) -> bool:
    """Whether a deletion hibernates a Cluster to delete it later; whether its end can be read does not matter."""
    return KEEP_UNTIL in _annotations(item)


def final_backup(item: Mapping[str, Any], owned_by: str) -> str | None:
    """The Backup that holds everything of a Cluster retained for an owner; None where the server ran after it."""
    since = cluster.hibernated_since(item)
    if since is None or owner(item) != owned_by:
        return None
    try:
        recorded = json.loads(_annotations(item).get(BACKED_UP) or "{}")
        return str(recorded["backup"]) if recorded["hibernatedSince"] == since else None
    except (ValueError, KeyError, TypeError):
        # Somebody edited it; a backup too many does no harm.
        return None


def recorded(item: Mapping[str, Any]) -> list[RetainedObject]:
    """Everything that is retained with a Cluster, without the Cluster."""
    text = _annotations(item).get(RETAINED_OBJECTS) or "[]"
    try:
        entries = [(str(version), str(kind), str(name)) for version, kind, name in json.loads(text)]
    except (ValueError, TypeError) as failure:
        metadata = item["metadata"]
        raise errors.ClusterError(
            f"annotation {RETAINED_OBJECTS} of Cluster {metadata['namespace']}/{metadata['name']} is not a list of "
            "objects; set it to `[]`, and remove the annotation tau/kept-for of what was retained with the Cluster"
        ) from failure
    return [RetainedObject(api_version=version, kind=kind, name=name) for version, kind, name in entries]


def _annotations(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return item["metadata"].get("annotations") or {}


def mark(retained: RetainedObject, owned_by: str) -> Manifest:
    """The merge patch that keeps an object for its owner.

    Their field manager gives its fields up: the next one that applies them has another name, and would be told of a
    conflict over every value that is a new one.
    """
    return {
        "metadata": {
            "annotations": {RETAINED_FOR: owned_by},
            "managedFields": sole_manager("tau", RETAINED_FOR, retained.api_version),
        }
    }


def begin(owned_by: str, others: Sequence[RetainedObject], end: datetime.datetime | None) -> Manifest:
    """The merge patch that marks a Cluster as retained; it hibernates where there is an end.

    It comes first and names everything that is marked later, so that an interrupted deletion can be undone as a whole.
    """
    listed = json.dumps([[retained.api_version, retained.kind, retained.name] for retained in others])
    metadata: Manifest = {"annotations": {RETAINED_FOR: owned_by, RETAINED_OBJECTS: listed, BACKED_UP: None}}
    if end is not None:
        metadata["annotations"] |= {KEEP_UNTIL: end.isoformat(), cluster.HIBERNATION: "on"}
        metadata["labels"] = {KEEP_UNTIL: f"{end:%Y-%m-%d}"}
    return {"metadata": metadata}


def settle(server: RetainedObject, live_cluster: Mapping[str, Any], owned_by: str, backup: str | None) -> Manifest:
    """The merge patch that ends it, once the server has stopped or is to run on; `backup` is its final Backup."""
    patch = mark(server, owned_by)
    since = cluster.hibernated_since(live_cluster)
    if backup is not None and since is not None:
        record = json.dumps({"backup": backup, "hibernatedSince": since})
        patch["metadata"]["annotations"][BACKED_UP] = record
    return patch


def unmark() -> Manifest:
    """The merge patch that takes an object back."""
    return {"metadata": {"annotations": dict(_WITHOUT)}}


def unmark_cluster() -> Manifest:
    """The same for a Cluster."""
    return {"metadata": {"annotations": dict(_WITHOUT), "labels": {KEEP_UNTIL: None}}}


def wake() -> Manifest:
    """The merge patch that resumes a Cluster."""
    return {"metadata": {"annotations": {cluster.HIBERNATION: None}}}


def end_after(now: datetime.datetime, seconds: int) -> datetime.datetime:
    """The end of the retention: a whole second in UTC."""
    seconds_since_epoch = math.ceil(now.timestamp()) + seconds
    return datetime.datetime.fromtimestamp(seconds_since_epoch, datetime.UTC)
