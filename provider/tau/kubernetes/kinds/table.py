"""Every kind that tau makes or looks at, by its names in manifests."""

import dataclasses
import importlib
import pkgutil

from tau.kubernetes import kinds
from tau.kubernetes.kind import Kind


def _every() -> tuple[Kind, ...]:
    names = sorted(module.name for module in pkgutil.iter_modules(kinds.__path__, f"{kinds.__name__}."))
    modules = [importlib.import_module(name) for name in names if name != __name__]
    exported = [value for module in modules for value in vars(module).values() if isinstance(value, Kind)]
    return tuple(dict.fromkeys(exported))


KINDS = _every()
_BY_NAME = {(kind.group, kind.kind): kind for kind in KINDS}


def of(api_version: str, kind: str) -> Kind:
    """The kind of an object that is recorded, or in a manifest of others, which may have one that tau does not know."""
    group = api_version.rpartition("/")[0]
    known = _BY_NAME.get((group, kind)) or Kind(api_version, kind, _plural(kind))
    return dataclasses.replace(known, api_version=api_version)


def _plural(kind: str) -> str:
    """Name of a kind in URLs, by the rules with which Kubernetes names its own kinds."""
    lower = kind.lower()
    if lower.endswith("y") and lower[-2:-1] not in "aeiou":
        return f"{lower[:-1]}ies"
    return f"{lower}es" if lower.endswith(("s", "x", "ch")) else f"{lower}s"
