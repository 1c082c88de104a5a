"""PodSpec (v1): one over another, much as `kubectl apply` patches one.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec names the merge keys.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tau.fields import Deferred, lift
from tau.kubernetes.manifest import without_nulls

_MERGED_ITEMS = {"containers": "name", "ephemeralContainers": "name", "initContainers": "name"}
# Their fields exclude each other, so that a mixture of two would be neither.
_REPLACED_ITEMS = {"env": "name", "imagePullSecrets": "name", "volumeMounts": "mountPath", "volumes": "name"}


def merge(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """`override` over `base`: objects and containers deeply, by name; volumes, variables and mounts as wholes, by name
    or path; every other list or value is replaced."""
    merged = dict(base)
    for name, value in override.items():
        merged[name] = _over(merged[name], value, name) if name in merged else value
    return merged


def overridden(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """`override` over `base` as by `merge`, and without what it sets to null."""
    return dict(without_nulls(merge(base, override)))


def _over(below: Any, value: Any, name: str) -> Any:
    key = _MERGED_ITEMS.get(name) or _REPLACED_ITEMS.get(name)
    if isinstance(below, Mapping) and isinstance(value, Mapping):
        return merge(below, value)
    if key and isinstance(below, list) and isinstance(value, list):
        combine = merge if name in _MERGED_ITEMS else _replace
        return _items(below, value, key, combine)
    if _mergeable(below) and _mergeable(value) and (isinstance(below, Deferred) or isinstance(value, Deferred)):
        return lift(lambda known, values: _over(known, values, name), below, value)
    return value


def _mergeable(value: Any) -> bool:
    return isinstance(value, Deferred | Mapping | list)


def _replace(_below: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    return dict(value)


def _items(
    below: Sequence[Any],
    override: Sequence[Any],
    key: str,
    combine: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]],
) -> Any:
    if any(isinstance(entry, Deferred) or isinstance(entry[key], Deferred) for entry in [*below, *override]):
        return lift(lambda known, values: _items(known, values, key, combine), below, override)
    items = {entry[key]: entry for entry in below}
    for entry in override:
        items[entry[key]] = combine(items[entry[key]], entry) if entry[key] in items else entry
    return list(items.values())
