"""The engine's property maps -> typed arguments, with every failure collected under its property path.

Follows the engine's wire format (https://pulumi-developer-docs.readthedocs.io/latest/docs/references/grpc.html and
`pulumi.runtime.rpc`): integers arrive as floats; unknowns, secrets and outputs as marked values, at any depth.
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from google.protobuf import json_format, struct_pb2

from tau import errors, fields, types
from tau.engine import marks, sdk_internals

_MARK = marks.MARK
_ANY = "pulumi.json#/Any"
_INVALID = fields.Deferred(handle=None)
_NAMES = {
    "string": "text; put it in quotes",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
_COMPOUND = {"struct_value": "an object", "list_value": "a list"}
_ABSENT = object()


class Decoder:
    """Reads the inputs of one resource; `problems` and `dependencies` (URNs) fill while it reads.

    What it returns is what the types say, for any inputs: an object of a known type is never Deferred, nor is
    a list or a map that is `plain`. Checks run on it together with the problems that were noted here.
    """

    def __init__(self, schema: Mapping[str, Any], problems: errors.Problems) -> None:
        self._schema = schema
        self.problems = problems
        self.dependencies: set[str] = set()

    def arguments(self, token: str, inputs: struct_pb2.Struct) -> Any:
        """Typed arguments of a resource or a function; wrong ones are noted and stand in as Deferred."""
        resource = self._schema["resources"].get(token)
        if resource:
            spec = {"properties": resource["inputProperties"], "required": resource.get("requiredInputs", [])}
        else:
            spec = self._schema["functions"][token]["inputs"]
        return types.of(token)(**self._properties(spec, inputs, "", secret=False))

    def _properties(
        self, spec: Mapping[str, Any], value: struct_pb2.Struct, path: str, *, secret: bool
    ) -> dict[str, Any]:
        known = spec["properties"]
        for name in value.fields:
            if name not in known and not name.startswith("__"):
                close = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean `{close[0]}`?" if close else f"known properties: {', '.join(sorted(known))}"
                self.problems.add(errors.below(path, name), f"unknown property; {hint}")
        properties: dict[str, Any] = {}
        for name, declared in known.items():
            item = _ABSENT
            if name in value.fields:
                item = self._value(declared, value.fields[name], errors.below(path, name), secret=secret)
            if item is not _ABSENT:
                properties[fields.snake_case(name)] = item
            elif name in spec.get("required", []):
                if not _is_set(value, name):
                    self.problems.add(errors.below(path, name), "is required")
                properties[fields.snake_case(name)] = self._stand_in(declared)
        return properties

    def _stand_in(self, spec: Mapping[str, Any]) -> Any:
        """A value for a required property that has none, which no check has anything against."""
        token = spec.get("$ref", "").removeprefix("#/types/")
        if token not in self._schema["types"]:
            return _INVALID
        known = self._schema["types"][token]
        parts = {name: self._stand_in(known["properties"][name]) for name in known.get("required", [])}
        return types.of(token)(**{fields.snake_case(name): part for name, part in parts.items()})

    def _value(self, spec: Mapping[str, Any], raw: struct_pb2.Value, path: str, *, secret: bool) -> Any:
        marked = marks.unwrapped(raw, self.dependencies)
        marked.secret = marked.secret or secret or spec.get("secret", False)
        if marked.unknown:
            return self._unknown(spec, path, secret=marked.secret)
        if marked.value.WhichOneof("kind") in (None, "null_value"):
            # What is merged over something else may remove a part of it.
            return None if spec.get("$ref") == _ANY else _ABSENT
        if marked.special:
            return self._special(marked.special, spec, path, secret=marked.secret)
        if marked.secret and spec.get("plain"):
            return self._undecided("is a secret", spec, path)
        return self._known(_alternative(spec["oneOf"], marked) if "oneOf" in spec else spec, marked, path)

    def _known(self, spec: Mapping[str, Any], marked: marks.Marked, path: str) -> Any:
        reference = spec.get("$ref", "")
        if reference.startswith("#/types/"):
            return self._object(reference.removeprefix("#/types/"), marked, path)
        if reference == _ANY:
            return self._any(marked, path)
        if spec["type"] == "array":
            return self._array(spec, marked, path)
        if spec["type"] == "object":
            return self._map(spec, marked, path)
        return self._scalar(spec, marked, path)

    def _unknown(self, spec: Mapping[str, Any], path: str, *, secret: bool) -> Any:
        token = spec.get("$ref", "").removeprefix("#/types/")
        if self._decides(spec):
            return self._undecided("must be known during preview", spec, path)
        if token in self._schema["types"]:
            # That there is such an object is known, and decides as much as a known one would.
            properties = self._schema["types"][token]["properties"]
            parts = {name: self._unknown(item, path, secret=secret) for name, item in properties.items()}
            return types.of(token)(**{fields.snake_case(name): part for name, part in parts.items()})
        return fields.Deferred(handle=_unknown_output(secret=secret))

    def _decides(self, spec: Mapping[str, Any]) -> bool:
        """Whether a value must be known, or anything at any depth below it."""
        known = self._schema["types"].get(spec.get("$ref", "").removeprefix("#/types/"), {})
        return spec.get("plain", False) or any(map(self._decides, known.get("properties", {}).values()))

    def _undecided(self, what: str, spec: Mapping[str, Any], path: str) -> Any:
        self.problems.add(path, f"{what}, because it determines which resources are created; use a literal value")
        return _ABSENT if _compound(spec) else _INVALID

    def _special(self, what: str, spec: Mapping[str, Any], path: str, *, secret: bool) -> Any:
        remedy = "use one of its outputs, such as its name" if what == "a resource" else "use a plain value"
        self.problems.add(path, f"is {what}, which cannot be used here; {remedy}", secret=secret)
        return _ABSENT if _compound(spec) else _INVALID

    def _object(self, token: str, marked: marks.Marked, path: str) -> Any:
        if marked.value.WhichOneof("kind") != "struct_value":
            return self._mismatch("an object", {"$ref": token}, marked, path)
        spec = self._schema["types"][token]
        return types.of(token)(**self._properties(spec, marked.value.struct_value, path, secret=marked.secret))

    def _array(self, spec: Mapping[str, Any], marked: marks.Marked, path: str) -> Any:
        if marked.value.WhichOneof("kind") != "list_value":
            return self._mismatch("a list", spec, marked, path)
        items = (
            self._value(spec["items"], item, f"{path}[{index}]", secret=marked.secret)
            for index, item in enumerate(marked.value.list_value.values)
        )
        return [item for item in items if item is not _ABSENT and item is not None]

    def _map(self, spec: Mapping[str, Any], marked: marks.Marked, path: str) -> Any:
        if marked.value.WhichOneof("kind") != "struct_value":
            return self._mismatch("an object", spec, marked, path)
        secret = marked.secret or marks.are_secrets(spec)
        items = {
            name: self._value(spec["additionalProperties"], item, errors.below(path, name), secret=secret)
            for name, item in marked.value.struct_value.fields.items()
        }
        return {name: item for name, item in items.items() if item is not _ABSENT}

    def _any(self, marked: marks.Marked, path: str) -> Any:
        match marked.value.WhichOneof("kind"):
            case "struct_value":
                return self._map({"additionalProperties": {"$ref": _ANY}}, marked, path)
            case "list_value":
                return self._array({"items": {"$ref": _ANY}}, marked, path)
            case _:
                return _leaf(_plain(marked.value), secret=marked.secret)

    def _scalar(self, spec: Mapping[str, Any], marked: marks.Marked, path: str) -> Any:
        declared = spec["type"]
        if marked.value.WhichOneof("kind") in _COMPOUND:
            return self._mismatch(_NAMES[declared], spec, marked, path)
        value = _plain(marked.value)
        if declared == "string" and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        expected = {"string": str, "integer": int, "number": int | float, "boolean": bool}[declared]
        if not isinstance(value, expected) or (isinstance(value, bool) and declared != "boolean"):
            return self._mismatch(_NAMES[declared], spec, marked, path)
        return _leaf(value, secret=marked.secret)

    def _mismatch(self, expected: str, spec: Mapping[str, Any], marked: marks.Marked, path: str) -> Any:
        compound = _COMPOUND.get(str(marked.value.WhichOneof("kind")))
        shown = "a secret" if marked.secret or marks.are_secrets(spec) else compound or json.dumps(_plain(marked.value))
        self.problems.add(path, f"{shown} is not {expected}", secret=marked.secret)
        return _ABSENT if _compound(spec) else _INVALID


def _compound(spec: Mapping[str, Any]) -> bool:
    """Whether checks look into a value without asking first: into none rather than into a stand-in."""
    plain = spec.get("plain", False) or marks.are_secrets(spec)
    return "$ref" in spec or (plain and spec.get("type") in ("array", "object"))


def _is_set(value: struct_pb2.Struct, name: str) -> bool:
    return name in value.fields and value.fields[name].WhichOneof("kind") not in (None, "null_value")


def untyped(inputs: struct_pb2.Struct) -> dict[str, Any]:
    """Properties of a resource that is not tau's, with unknown and secret ones as Deferred."""
    decoder, anything = Decoder({"types": {}}, errors.Problems()), {"$ref": _ANY}
    properties = {name: decoder._value(anything, value, name, secret=False) for name, value in inputs.fields.items()}
    return {name: value for name, value in properties.items() if value is not _ABSENT and value is not None}


def plain(recorded: struct_pb2.Struct) -> dict[str, Any]:
    """Recorded outputs as plain values; secrets too, without their marks."""
    return {name: _revealed(value) for name, value in recorded.fields.items()}


def _revealed(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value" if _MARK in value.struct_value.fields:
            inner = value.struct_value.fields
            return _revealed(inner["value"]) if "value" in inner else None
        case "struct_value":
            return plain(value.struct_value)
        case "list_value":
            return [_revealed(item) for item in value.list_value.values]
        case _:
            return _plain(value)


def struct(outputs: Mapping[str, Any]) -> struct_pb2.Struct:
    """Outputs of a custom resource or a function for the engine, with each Secret marked as one."""
    return json_format.ParseDict(_marked(outputs), struct_pb2.Struct())


def _marked(value: Any) -> Any:
    match value:
        case fields.Secret():
            return {_MARK: sdk_internals.SECRET, "value": _marked(value.value)}
        case fields.Deferred():
            return sdk_internals.UNKNOWN
        case Mapping():
            return {key: _marked(item) for key, item in value.items()}
        case list() | tuple():
            return [_marked(item) for item in value]
        case _:
            return value


def _alternative(alternatives: Sequence[Mapping[str, Any]], marked: marks.Marked) -> Mapping[str, Any]:
    """Of a scalar and an object of a known type, the one that a value looks like."""
    wanted = "$ref" if marked.value.WhichOneof("kind") == "struct_value" else "type"
    return next(alternative for alternative in alternatives if wanted in alternative)


def _plain(value: struct_pb2.Value) -> Any:
    """A JSON scalar; whole floats become integers."""
    kind = value.WhichOneof("kind")
    if kind in (None, "null_value"):
        return None
    if kind == "number_value":
        return int(value.number_value) if value.number_value.is_integer() else value.number_value
    return getattr(value, str(kind))


def _leaf(value: Any, *, secret: bool) -> Any:
    return fields.Secret(handle=pulumi.Output.secret(value), value=value) if secret else value


def _unknown_output(*, secret: bool) -> pulumi.Output[Any]:
    output = pulumi.Output.from_input(pulumi.UNKNOWN)
    return pulumi.Output.secret(output) if secret else output


def output(value: Any) -> Any:
    """What the engine takes in place of a value of pure code: each Deferred becomes its Output."""
    match value:
        case fields.Computed():
            function = value.function
            return pulumi.Output.all(*map(output, value.inputs)).apply(lambda known: function(*known))
        case fields.Deferred():
            return value.handle
        case Mapping():
            return {key: output(item) for key, item in value.items()}
        case list() | tuple():
            return [output(item) for item in value]
        case _:
            return value
