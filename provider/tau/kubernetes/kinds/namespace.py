"""Namespace (v1), and what in it nobody would miss.

https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import MANAGED_BY_TAU, Manifest, manifest, metadata, union

KIND = Kind("v1", "Namespace", "namespaces", namespaced=False)

# Kubernetes makes these by itself, or they tell of others.
_DERIVED_KINDS = {"endpoints", "endpointslices", "events", "leases", "podmetrics"}
# What was backed up is in the store; these only tell of it.
_RECORDS = {("postgresql.cnpg.io", "backups")}
_DERIVED_GROUPS = {"metrics.k8s.io"}
_DERIVED_OBJECTS = {("configmaps", "kube-root-ca.crt"), ("serviceaccounts", "default")}


def namespace(name: Input[str], labels: Input[Mapping[str, Any]] | None = None) -> Manifest:
    """A Namespace that is recognized as tau's."""
    return manifest(KIND, metadata(name=name, labels=union(MANAGED_BY_TAU, labels)))


def with_labels(name: str, labels: Mapping[str, Any]) -> Manifest:
    """A Namespace as far as its labels go."""
    return manifest(KIND, {"name": name, "labels": dict(labels)})


def ends(item: Mapping[str, Any]) -> bool:
    """Whether a Namespace is being deleted, and takes nothing new."""
    return "deletionTimestamp" in item["metadata"]


def matters(api_version: str, plural: str) -> bool:
    """Whether objects of a kind are somebody's."""
    group = api_version.partition("/")[0]
    return plural not in _DERIVED_KINDS and group not in _DERIVED_GROUPS and (group, plural) not in _RECORDS


def belongings(plural: str, items: Iterable[Mapping[str, Any]]) -> list[str]:
    """Objects that would be lost with a Namespace, as `plural/name`; not those that go with another object."""
    return [
        f"{plural}/{fields['name']}"
        for fields in (item["metadata"] for item in items)
        if (plural, fields["name"]) not in _DERIVED_OBJECTS
        and "deletionTimestamp" not in fields
        and not fields.get("ownerReferences")
    ]
