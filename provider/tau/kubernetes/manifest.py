"""A Kubernetes object as JSON, and what all kinds share: metadata and a deep merge."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from tau.fields import Deferred, Input, lift
from tau.kubernetes.kind import Kind

Manifest: TypeAlias = dict[str, Any]

Parts: TypeAlias = dict[tuple[str, str], Manifest]
"""Objects of one component by kind and logical suffix, as the engine tells them apart: it has a type and a name."""

MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGED_BY_TAU = {MANAGED_BY: "tau"}
"""Label of every object that tau makes."""


def manifest(kind: Kind, metadata: Manifest, **body: Any) -> Manifest:
    """An object of any kind; parts that are None are left out."""
    present = {key: value for key, value in body.items() if value is not None}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, **present}


def metadata(
    *,
    name: Input[str],
    namespace: Input[str] | None = None,
    labels: Input[Mapping[str, Any]] | None = None,
    annotations: Input[Mapping[str, Any]] | None = None,
) -> Manifest:
    """Metadata of an object; empty parts are left out."""
    fields = {"name": name, "namespace": namespace, "labels": labels, "annotations": annotations}
    return {key: value for key, value in fields.items() if value}


def parts(*suffixed: tuple[str, Manifest | None]) -> Parts:
    """Objects with their logical suffixes, without those that are None.

    Raises:
        ValueError: Two objects of one kind have one suffix, and would be one resource of the program.
    """
    present = [(item["kind"], suffix, item) for suffix, item in suffixed if item is not None]
    if len({(kind, suffix) for kind, suffix, _ in present}) < len(present):
        raise ValueError("two objects of one kind have the same suffix")
    return {(kind, suffix): item for kind, suffix, item in present}


def sole_manager(name: str, annotation: str, api_version: str) -> list[Manifest]:
    """`managedFields` of an object in which a manager owns one annotation, and nobody owns anything else.

    Without any entry, Kubernetes would fill in one that owns everything.
    """
    held: Manifest = {"f:metadata": {"f:annotations": {f"f:{annotation}": {}}}}
    entry = {"manager": name, "operation": "Update", "apiVersion": api_version}
    return [{**entry, "fieldsType": "FieldsV1", "fieldsV1": held}]


def merge(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """`override` over `base`: objects merge deeply, also where they are not known yet; other values are replaced."""
    merged = dict(base)
    for key, value in override.items():
        merged[key] = _over(merged[key], value) if key in merged else value
    return merged


def overridden(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """`override` over `base` as by `merge`, and without what it sets to null, as in a JSON merge patch (RFC 7396)."""
    return dict(without_nulls(merge(base, override)))


def without_nulls(value: Any) -> Any:
    """A value without the members of its objects that are null."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def _over(below: Any, value: Any) -> Any:
    if isinstance(below, Mapping) and isinstance(value, Mapping):
        return merge(below, value)
    if isinstance(below, Mapping | Deferred) and isinstance(value, Mapping | Deferred):
        return lift(_over, below, value)
    return value


def union(base: Mapping[str, Any], more: Input[Mapping[str, Any]] | None) -> Input[dict[str, Any]]:
    """`more` on top of `base`, also where `more` is not known yet."""
    if more is None:
        return dict(base)
    if isinstance(more, Mapping):
        return {**base, **more}
    return lift(lambda below, known: {**below, **known}, base, more)


def labelled(item: Manifest, labels: Input[Mapping[str, Any]]) -> Manifest:
    """An object with labels in addition to its own, which win."""
    if not labels:
        return item
    own = item["metadata"]
    return {**item, "metadata": {**own, "labels": lift(_under, labels, own.get("labels", {}))}}


def _under(more: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    return {**more, **own}


def made_by_tau(item: Mapping[str, Any]) -> bool:
    """Whether a live object has the label of those that tau makes."""
    return MANAGED_BY_TAU.items() <= (item["metadata"].get("labels") or {}).items()
