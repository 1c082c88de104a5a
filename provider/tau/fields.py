"""What an input field may hold, and computing with it before it is known. Imports nothing of Pulumi.

Pure code gets a plain value wherever there is one. Where a value is unknown in a preview, or secret, it gets a
Deferred, which it can place in an object but not look at, or compute with through `lift`.
"""

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, eq=False, repr=False)
class Deferred:
    """A value that is not known yet; `handle` is the engine's, for the layer that talks to the engine."""

    handle: object


@dataclass(frozen=True, eq=False, repr=False)
class Secret(Deferred):
    """A known value that must not be shown; `value` is for checks, `handle` keeps it secret on its way."""

    value: object


@dataclass(frozen=True, eq=False, repr=False)
class Computed(Deferred):
    """The result of a function whose inputs are not all known; `handle` is None."""

    function: Callable[..., object]
    inputs: tuple[object, ...]


Input: TypeAlias = T | Deferred
"""A plain value, or a stand-in for one."""

Json: TypeAlias = Mapping[str, Any]
"""A JSON object whose leaves may be Deferred."""


def lift(function: Callable[..., T], *inputs: object) -> Input[T]:
    """Call the function now where every input is known, else once they are."""
    if any(contains_deferred(value) for value in inputs):
        return Computed(handle=None, function=function, inputs=inputs)
    return function(*inputs)


def contains_deferred(value: object) -> bool:
    """Whether a value, or anything within it, is Deferred."""
    if isinstance(value, Mapping):
        return any(contains_deferred(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(contains_deferred(item) for item in value)
    return isinstance(value, Deferred)


def snake_case(name: str) -> str:
    """The Python name of a property: `storageClass` becomes `storage_class`, `from` becomes `from_`."""
    attribute = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return f"{attribute}_" if keyword.iskeyword(attribute) else attribute
