"""Draws inputs from schema.json: right ones, and the paths at which one can be made wrong."""

import functools
import json
import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA: Mapping[str, Any] = json.loads((ROOT / "schema.json").read_text())
TOKENS = tuple(sorted(SCHEMA["resources"]))
_EXACT = 2**53
_KEYS = strategies.from_regex(r"[A-Za-z][A-Za-z0-9./-]{0,9}", fullmatch=True)
_SCALARS: Mapping[str, strategies.SearchStrategy[Any]] = {
    "string": strategies.text(max_size=20),
    "integer": strategies.integers(min_value=-_EXACT, max_value=_EXACT),
    "boolean": strategies.booleans(),
}
_ANYTHING = strategies.recursive(
    strategies.one_of(*_SCALARS.values()),
    lambda inner: strategies.lists(inner, max_size=2) | strategies.dictionaries(_KEYS, inner, max_size=2),
    max_leaves=4,
)
_WRONG = {
    "string or object": [True, 1.5, []],
    "string": [True, 1.5, [], {}],
    "integer": ["1", 1.5, True, []],
    "boolean": ["true", 0, {}],
}


@dataclass(frozen=True)
class Leaf:
    """One place in the inputs of a resource, and values that its type does not admit there."""

    token: str
    keys: tuple[str | int, ...]
    path: str
    spec: Mapping[str, Any]

    @property
    def wrong(self) -> list[Any]:
        """Values of other types."""
        if self.spec["type"] in _WRONG:
            return _WRONG[self.spec["type"]]
        return ["text", 1, True] + ([[]] if self.spec["type"] == "object" else [{}])

    def placed(self, value: Any) -> Any:
        """Inputs that have just this value, at its place."""
        for key in reversed(self.keys):
            value = {key: value} if isinstance(key, str) else [value]
        return value


@functools.cache
def inputs(token: str) -> strategies.SearchStrategy[dict[str, Any]]:
    """Inputs of a resource that the schema admits."""
    resource = SCHEMA["resources"][token]
    return _object(resource["inputProperties"], resource.get("requiredInputs", []))


def _object(properties: Mapping[str, Any], required: list[str]) -> strategies.SearchStrategy[dict[str, Any]]:
    drawn = {name: _value(spec) for name, spec in properties.items()}
    return strategies.fixed_dictionaries(
        {name: drawn[name] for name in required},
        optional={name: value for name, value in drawn.items() if name not in required},
    )


def _value(spec: Mapping[str, Any]) -> strategies.SearchStrategy[Any]:
    if "$ref" in spec:
        referred = resolved(spec)
        return _object(referred["properties"], referred.get("required", [])) if referred else _ANYTHING
    if "oneOf" in spec:
        return strategies.one_of(*map(_value, spec["oneOf"]))
    match spec["type"]:
        case "array":
            return strategies.lists(_value(spec["items"]), max_size=3)
        case "object":
            return strategies.dictionaries(_KEYS, _value(spec["additionalProperties"]), max_size=3)
        case scalar:
            return _SCALARS[scalar]


def resolved(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The type that a reference names; nothing for `pulumi.json#/Any`."""
    found: Mapping[str, Any] = SCHEMA["types"].get(spec["$ref"].removeprefix("#/types/"), {})
    return found


def leaves(token: str) -> list[Leaf]:
    """Every place of a resource's inputs that has a type."""
    return [
        leaf
        for name, spec in SCHEMA["resources"][token]["inputProperties"].items()
        for leaf in _leaves(token, (name,), name, spec)
    ]


def _leaves(token: str, keys: tuple[str | int, ...], path: str, spec: Mapping[str, Any]) -> Iterator[Leaf]:
    if "$ref" in spec:
        referred = resolved(spec)
        if referred:
            yield Leaf(token, keys, path, {"type": "object"})
            for name, below in referred["properties"].items():
                yield from _leaves(token, (*keys, name), f"{path}.{name}", below)
        return
    if "oneOf" in spec:
        yield Leaf(token, keys, path, {"type": "string or object"})
        (referring,) = [one for one in spec["oneOf"] if "$ref" in one]
        yield from list(_leaves(token, keys, path, referring))[1:]
        return
    yield Leaf(token, keys, path, spec)
    if spec["type"] == "array":
        yield from _leaves(token, (*keys, 0), f"{path}[0]", spec["items"])
    if spec["type"] == "object":
        yield from _leaves(token, (*keys, "plain"), f"{path}.plain", spec["additionalProperties"])
        yield from _leaves(token, (*keys, "a.b/c"), f'{path}["a.b/c"]', spec["additionalProperties"])
