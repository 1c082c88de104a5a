"""Secrets among the inputs of a resource: which paths must not be printed, and which secrets would not stay secret.

Both are read off the property map itself and the schema, so that no rule for a single property can forget it.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2

from tau import errors, marks

_LIKE = 0.8
"""How alike the name of an unknown property and that of a secret one are, so that it is taken for a slip."""


@dataclass
class SecretInputs:
    """`concealed` are the paths of secrets; `exposed` are the marked ones that would stand outside of a Secret, each
    with the properties below it that would."""

    concealed: set[str] = field(default_factory=set)
    exposed: dict[str, list[str]] = field(default_factory=dict)


def find(schema: Mapping[str, Any], token: str, inputs: struct_pb2.Struct) -> SecretInputs:
    """The secrets among the inputs of a resource or a function."""
    resource = schema["resources"].get(token)
    properties = resource["inputProperties"] if resource else schema["functions"][token]["inputs"]["properties"]
    walk = _Walk(schema)
    walk.below(properties, inputs, "", None)
    return walk.found


class _Walk:
    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._names = _secret_names(schema)
        self.found = SecretInputs()

    def below(self, known: Mapping[str, Any], value: struct_pb2.Struct, path: str, mark: str | None) -> None:
        """The properties of an object; `mark` is the path of what is marked around it."""
        for name, item in value.fields.items():
            self._value(known.get(name), name, item, errors.below(path, name), mark)

    def _value(
        self, spec: Mapping[str, Any] | None, name: str, raw: struct_pb2.Value, path: str, mark: str | None
    ) -> None:
        marked = marks.unwrapped(raw)
        mark = mark or (path if marked.secret else None)
        if marked.secret or (spec is None and self._sounds_secret(name)):
            self.found.concealed.add(path)
        if spec is None:
            self._untyped(marked.value, path, mark)
        elif "oneOf" in spec:
            wanted = "$ref" if marked.value.WhichOneof("kind") == "struct_value" else "type"
            self._typed(next(one for one in spec["oneOf"] if wanted in one), marked, path, mark)
        else:
            self._typed(spec, marked, path, mark)

    def _typed(self, spec: Mapping[str, Any], marked: marks.Marked, path: str, mark: str | None) -> None:
        if spec.get("secret"):
            self.found.concealed.add(path)
        if marks.are_secrets(spec):
            self._secrets(marked.value, path)
            return
        kind = marked.value.WhichOneof("kind")
        known = self._schema["types"].get(spec.get("$ref", "").removeprefix("#/types/"))
        if kind == "struct_value":
            properties = known["properties"] if known else {}
            for name, item in marked.value.struct_value.fields.items():
                inner = properties.get(name) if known else spec.get("additionalProperties")
                self._value(inner or _ANY_BELOW.get(spec.get("$ref", "")), name, item, errors.below(path, name), mark)
        elif kind == "list_value":
            inner = spec.get("items") or _ANY_BELOW.get(spec.get("$ref", ""))
            for index, item in enumerate(marked.value.list_value.values):
                self._value(inner, "", item, f"{path}[{index}]", mark)
        elif mark is not None and kind is not None and kind != "null_value" and self._exposes(spec, known, marked):
            self.found.exposed.setdefault(mark, []).append(path)

    def _untyped(self, value: struct_pb2.Value, path: str, mark: str | None) -> None:
        if value.WhichOneof("kind") == "struct_value":
            self.below({}, value.struct_value, path, mark)
        for index, item in enumerate(value.list_value.values if value.WhichOneof("kind") == "list_value" else ()):
            self._value(None, "", item, f"{path}[{index}]", mark)

    def _secrets(self, value: struct_pb2.Value, path: str) -> None:
        names = value.struct_value.fields if value.WhichOneof("kind") == "struct_value" else ()
        self.found.concealed.update([errors.below(path, name) for name in names] or [path])

    def _exposes(self, spec: Mapping[str, Any], known: Mapping[str, Any] | None, marked: marks.Marked) -> bool:
        """Whether a value ends outside of a Secret; what must be plain is refused for that already."""
        if spec.get("plain") or marks.may_be_secret(spec):
            return False
        return not (known and marked.unknown and self._has_a_place(known))

    def _has_a_place(self, known: Mapping[str, Any]) -> bool:
        """Whether a secret may be given anywhere in an object."""
        for spec in known["properties"].values():
            inner = self._schema["types"].get(spec.get("$ref", "").removeprefix("#/types/"))
            if marks.may_be_secret(spec) or (inner and self._has_a_place(inner)):
                return True
        return False

    def _sounds_secret(self, name: str) -> bool:
        return bool(difflib.get_close_matches(name, self._names, n=1, cutoff=_LIKE))


_ANY_BELOW: Mapping[str, Mapping[str, Any]] = {"pulumi.json#/Any": {"$ref": "pulumi.json#/Any"}}
"""Whatever is below a value of any form is one too."""


def _secret_names(schema: Mapping[str, Any]) -> list[str]:
    groups = [one["inputProperties"] for one in schema["resources"].values()]
    groups += [one.get("properties", {}) for one in schema["types"].values()]
    named = {name for group in groups for name, spec in group.items() if spec.get("secret") or marks.are_secrets(spec)}
    return sorted(named)


def refuse(found: SecretInputs, token: str, problems: errors.Problems) -> None:
    """Note every secret that would stand in plain text in the cluster, with what to use instead."""
    for mark, below in found.exposed.items():
        inner = [path for path in below if path != mark]
        where = f" at {', '.join(f'`{path}`' for path in inner[:_SHOWN])}" if inner else ""
        more = f" and {len(inner) - _SHOWN} more" if len(inner) > _SHOWN else ""
        reason = f"is a secret, and would be stored in plain text{where}{more}, outside of Kubernetes Secrets"
        problems.add(mark, f"{reason}; {_instead(token, errors.parts(below[0]))}", secret=True)


_SHOWN = 3
_VARIABLE = "pass it through `secretEnv` or `secretFiles`"
_INSTEAD = {
    "args": "set `secretEnv: {NAME: ...}` and write `$(NAME)` here",
    "command": "set `secretEnv: {NAME: ...}` and write `$(NAME)` here",
    "clusterSpec": "name a Secret that holds it, or give a value that is not secret",
    "configFiles": "move it to `secretFiles`",
    "podSpec": f"{_VARIABLE}, or name a Secret that holds it",
    "probes": "set `secretEnv: {NAME: ...}`, and let a `command` read the variable",
}
_APPLICATION = "tau:app:TauApplication"


def _instead(token: str, path: tuple[str, ...]) -> str:
    if token == _APPLICATION and path[0] == "env":
        name = path[1] if len(path) > 1 else "NAME"
        return f"set `secretEnv: {{{name}: ...}}` instead"
    # Of a database of an application, what counts is its own property.
    own = next((_INSTEAD[step] for step in path if step in _INSTEAD), None)
    plain = "give a value that is not secret"
    return own or (f"{_VARIABLE} if the application needs it; else {plain}" if token == _APPLICATION else plain)
