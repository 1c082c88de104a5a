"""One table: which token is served by what. Modules are imported when their token is first asked for."""

import importlib
from collections.abc import Mapping
from typing import Any

_COMPONENTS = {
    "tau:postgres:Database": ("tau.components.database", "Database"),
    "tau:postgres:Instance": ("tau.components.instance", "Instance"),
    "tau:postgres:Operator": ("tau.components.operator", "Operator"),
}
_CUSTOM_RESOURCES = {
    "tau:postgres:Readiness": ("tau.resources.readiness", "Readiness"),
}


def component(token: str) -> tuple[Any, Any] | None:
    """The `examine` function and the class of a component, or None for an unknown token."""
    found = _lookup(_COMPONENTS, token)
    return (found[0].examine, found[1]) if found else None


def custom_resource(token: str) -> Any | None:
    """The class of a custom resource, or None for an unknown token."""
    found = _lookup(_CUSTOM_RESOURCES, token)
    return found[1] if found else None


def tokens() -> set[str]:
    """Every token that is served."""
    return set(_COMPONENTS) | set(_CUSTOM_RESOURCES)


def _lookup(table: Mapping[str, tuple[str, str]], token: str) -> tuple[Any, Any] | None:
    if token not in table:
        return None
    module_name, class_name = table[token]
    module = importlib.import_module(module_name)
    return module, getattr(module, class_name)
