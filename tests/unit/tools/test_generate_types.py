"""`tools/generate_types.py`: Python that schemas become."""

import dataclasses
import sys
import types
from typing import Any

import pytest

from tools import generate_types


@pytest.mark.parametrize(
    ("spec", "line"),
    [
        ({"type": "string"}, "a_b: Input[str] | None = None"),
        ({"type": "integer", "default": 3}, "a_b: Input[int] = 3"),
        ({"type": "string", "default": 'x"y'}, r'a_b: Input[str] = "x\"y"'),
        ({"type": "boolean", "plain": True, "default": True}, "a_b: bool = True"),
        ({"type": "integer", "language": {"plugin": {"default": 0}}}, "a_b: Input[int] = 0"),
        ({"type": "array", "items": {"type": "number"}}, "a_b: Input[list[float]] | None = None"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "a_b: Input[Mapping[str, str]] | None = None"),
        ({"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}}, "a_b: Input[Json] | None = None"),
        ({"$ref": "#/types/tau:postgres:Storage"}, "a_b: Storage | None = None"),
    ],
)
def test_a_property_becomes_a_field(spec: dict[str, Any], line: str) -> None:
    assert generate_types.field("aB", spec, required=False).strip() == line


def test_a_required_property_has_no_default() -> None:
    assert generate_types.field("aB", {"type": "string"}, required=True).strip() == "a_b: Input[str]"


def schema() -> dict[str, Any]:
    """A package with one resource, a type within a type of its inputs, and one of outputs only."""
    leaf = {"description": "Leaf.", "properties": {"size": {"type": "string"}}}
    branch = {"description": "Branch.", "properties": {"leaf": {"$ref": "#/types/tau:m:Leaf"}}}
    output = {"description": "Output.", "properties": {"x": {"type": "string"}}}
    inputs = {"zone": {"type": "string"}, "branch": {"$ref": "#/types/tau:m:Branch"}, "size": {"type": "integer"}}
    thing = {"description": "Thing.", "inputProperties": inputs, "requiredInputs": ["size"]}
    known = {"tau:m:Leaf": leaf, "tau:m:Branch": branch, "tau:m:Output": output}
    return {"types": known, "resources": {"tau:m:Thing": thing}}


def test_types_of_inputs_become_classes_and_types_of_outputs_do_not() -> None:
    assert generate_types.input_types(schema()) == {"tau:m:Leaf", "tau:m:Branch"}


def test_what_is_written_is_python_that_holds_the_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("generated")
    monkeypatch.setitem(sys.modules, "generated", module)
    made = vars(module)
    exec(generate_types.render(schema(), "m"), made)
    assert set(made["BY_TOKEN"]) == {"tau:m:Leaf", "tau:m:Branch", "tau:m:Thing"}
    args = made["ThingArgs"](size=1, branch=made["Branch"](leaf=made["Leaf"]()))
    assert (args.size, args.branch.leaf.size, args.zone) == (1, None, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        args.size = 2
    with pytest.raises(TypeError):
        made["ThingArgs"]()
