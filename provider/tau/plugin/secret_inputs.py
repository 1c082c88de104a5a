"""Secrets among the inputs of a resource: which paths must not be printed, and which secrets would not stay secret.

Both are read off the property map and the schema, so that no rule for a single property can forget one.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2

from tau import errors
from tau.engine import marks

_Spec = Mapping[str, Any]
_ANY = {"$ref": "pulumi.json#/Any"}
_UNTYPED: _Spec = {}
"""Of what the schema knows nothing about; it is refused, and must not be printed all the same."""
_LIKE = 0.8
"""How alike the names of an unknown and of a secret property are if the one is a slip of the other."""
_SHOWN = 3


@dataclass
class SecretInputs:
    """`concealed` are paths of secrets; `exposed` are paths that are marked as secret, each with the properties at or
    below it that would be stored outside of a Secret."""

    concealed: set[str] = field(default_factory=set)
    exposed: dict[str, list[str]] = field(default_factory=dict)


def find(schema: Mapping[str, Any], token: str, inputs: struct_pb2.Struct) -> SecretInputs:
    """The secrets among the inputs of a resource or a function."""
    resource = schema["resources"].get(token)
    properties = resource["inputProperties"] if resource else schema["functions"][token]["inputs"]["properties"]
    walk = _Walk(schema)
    for name, item in inputs.fields.items():
        walk.visit(properties.get(name, _UNTYPED), name, item, errors.below("", name), None)
    return walk.secret_inputs


class _Walk:
    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._types = schema["types"]
        self._names = _secret_names(schema)
        self.secret_inputs = SecretInputs()

    def visit(self, spec: _Spec, name: str, raw: struct_pb2.Value, path: str, mark: str | None) -> None:
        """A value and all that is in it; `mark` is the path of what is marked as secret around it."""
        marked = marks.unwrapped(raw)
        mark = mark or (path if marked.secret else None)
        if marked.secret or spec.get("secret") or (spec is _UNTYPED and self._sounds_secret(name)):
            self.secret_inputs.concealed.add(path)
        if "oneOf" in spec:
            wanted = "$ref" if marked.value.WhichOneof("kind") == "struct_value" else "type"
            spec = next(alternative for alternative in spec["oneOf"] if wanted in alternative)
        if marks.are_secrets(spec):
            self._secrets(marked, path)
        elif not marked.unknown and marked.value.WhichOneof("kind") in ("struct_value", "list_value"):
            for below, inner, item, where in self._parts(spec, marked.value, path):
                self.visit(inner, below, item, where, mark)
        elif mark is not None and self._exposes(spec, marked):
            self.secret_inputs.exposed.setdefault(mark, []).append(path)

    def _parts(
        self, spec: _Spec, value: struct_pb2.Value, path: str
    ) -> Iterator[tuple[str, _Spec, struct_pb2.Value, str]]:
        """Name, schema, value and path of everything right below an object or a list."""
        if value.WhichOneof("kind") == "list_value":
            inner = _ANY if spec == _ANY else spec.get("items", _UNTYPED)
            for index, item in enumerate(value.list_value.values):
                yield "", inner, item, f"{path}[{index}]"
            return
        known = self._known(spec)
        rest = _ANY if spec == _ANY else spec.get("additionalProperties", _UNTYPED)
        for name, item in value.struct_value.fields.items():
            yield name, (known["properties"].get(name, _UNTYPED) if known else rest), item, errors.below(path, name)

    def _known(self, spec: _Spec) -> _Spec | None:
        known: _Spec | None = self._types.get(spec.get("$ref", "").removeprefix("#/types/"))
        return known

    def _secrets(self, marked: marks.Marked, path: str) -> None:
        """Every value of a map, or of its replacement."""
        if marked.value.WhichOneof("kind") == "struct_value":
            self.secret_inputs.concealed.update(errors.below(path, name) for name in marked.value.struct_value.fields)
        elif not marked.unknown:
            self.secret_inputs.concealed.add(path)

    def _exposes(self, spec: _Spec, marked: marks.Marked) -> bool:
        """Whether a secret without parts ends outside of a Secret; what is refused for its type does not."""
        if marked.value.WhichOneof("kind") in (None, "null_value") or spec is _UNTYPED:
            return False
        if spec.get("plain") or marks.may_be_secret(spec):
            return False
        known = self._known(spec)
        if not marked.unknown:
            return known is None
        # What is not known yet may be secret for the sake of a part that may be.
        return known is None or not self._has_a_place(known)

    def _has_a_place(self, known: _Spec) -> bool:
        """Whether a secret may be given anywhere in an object."""
        for spec in known["properties"].values():
            inner = self._known(spec)
            if marks.may_be_secret(spec) or (inner and self._has_a_place(inner)):
                return True
        return False

    def _sounds_secret(self, name: str) -> bool:
        return bool(difflib.get_close_matches(name, self._names, n=1, cutoff=_LIKE))


def _secret_names(schema: Mapping[str, Any]) -> list[str]:
    groups = [item["inputProperties"] for item in schema["resources"].values()]
    groups += [item.get("properties", {}) for item in schema["types"].values()]
    named = {name for group in groups for name, spec in group.items() if spec.get("secret") or marks.are_secrets(spec)}
    return sorted(named)


_APPLICATION = "tau:app:TauApplication"
_VARIABLE = "set `secretEnv: {NAME: ...}` and use `$(NAME)` here"
_THROUGH = "pass it through `secretEnv` or `secretFiles`"
_PLAIN = "use a value that is not secret"
_INSTEAD = {
    "args": _VARIABLE,
    "clusterSpec": f"name a Secret that holds it, or {_PLAIN}",
    "command": _VARIABLE,
    "configFiles": "move it to `secretFiles`",
    "podSpec": f"{_THROUGH}, or name a Secret that holds it",
    "probes": "set `secretEnv: {NAME: ...}` and read the variable in a `command`",
}


def refuse(inputs: SecretInputs, token: str, problems: errors.Problems) -> None:
    """Note every secret that would be stored in plain text, with what to use instead."""
    for mark, places in sorted(inputs.exposed.items()):
        # A property map has no order; a message has one.
        places = sorted(places)
        inner = [f"`{path}`" for path in places if path != mark]
        more = f" and {len(inner) - _SHOWN} more" if len(inner) > _SHOWN else ""
        where = f" at {', '.join(inner[:_SHOWN])}{more}" if inner else ""
        reason = f"is a secret, and would be stored in plain text{where}, outside of Kubernetes Secrets"
        problems.add(mark, f"{reason}; {_instead(token, errors.parts(places[0]))}", secret=True)


def _instead(token: str, path: tuple[str, ...]) -> str:
    if token == _APPLICATION and path[0] == "env":
        return f"set `secretEnv: {{{path[1] if len(path) > 1 else 'NAME'}: ...}}` instead"
    own = next((_INSTEAD[step] for step in path if step in _INSTEAD), None)
    if own or token != _APPLICATION:
        return own or _PLAIN
    return f"{_PLAIN}; {_THROUGH} if the application needs it"
