"""Evaluates what pure code made with Deferred values, as the engine does once they are known."""

from collections.abc import Mapping
from typing import Any

from tau import fields


def evaluated(value: Any) -> Any:
    """The value with every Deferred replaced by what it stands for; `handle` is the plain value here."""
    match value:
        case fields.Computed():
            return value.function(*map(evaluated, value.inputs))
        case fields.Secret():
            return value.value
        case fields.Deferred():
            return value.handle
        case Mapping():
            return {key: evaluated(item) for key, item in value.items()}
        case list() | tuple():
            return [evaluated(item) for item in value]
        case _:
            return value
