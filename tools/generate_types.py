"""Writes provider/tau/types/ from schema.json: a module for each of its own, a frozen dataclass for each input type."""

import json
import pathlib
import sys
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "provider"))

from tau import fields  # noqa: E402

Spec = Mapping[str, Any]

MODULES = ("app", "postgres")
HEADER = '''"""Arguments of the {module} resources. Generated from schema.json by `make generate`; do not edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tau.fields import Input, Json
'''
_LONGEST_LINE = 120
SCALARS = {"string": "str", "integer": "int", "boolean": "bool", "number": "float"}


def module_of(token: str) -> str:
    """The middle part of a token such as `tau:app:Volume`."""
    return token.split(":")[1]


def python_type(spec: Spec) -> str:
    if "oneOf" in spec:
        return " | ".join(python_type(alternative) for alternative in spec["oneOf"])
    if "$ref" in spec:
        return "object" if spec["$ref"] == "pulumi.json#/Any" else spec["$ref"].rsplit(":", 1)[1]
    if spec["type"] == "array":
        return f"list[{python_type(spec['items'])}]"
    if spec["type"] == "object":
        inner = python_type(spec["additionalProperties"])
        return "Json" if inner == "object" else f"Mapping[str, {inner}]"
    return SCALARS[spec["type"]]


def literal(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def inputs(schema: Spec) -> dict[str, Spec]:
    """What each resource and each function takes."""
    specs: dict[str, Spec] = {
        token: {"properties": spec["inputProperties"], "required": spec.get("requiredInputs", [])}
        for token, spec in schema["resources"].items()
    }
    return specs | {token: spec["inputs"] for token, spec in schema.get("functions", {}).items()}


def referred(properties: Iterable[Spec]) -> set[str]:
    """Tokens of the types that properties name, within lists and maps too."""
    queue = [spec for group in properties for spec in group.values()]
    tokens: set[str] = set()
    while queue:
        spec = queue.pop()
        tokens.add(spec.get("$ref", "").removeprefix("#/types/"))
        queue += [spec[key] for key in ("items", "additionalProperties") if key in spec] + spec.get("oneOf", [])
    return tokens


def input_types(schema: Spec) -> set[str]:
    """Tokens of the types that inputs are made of; those of outputs only need no class."""
    tokens: set[str] = set()
    queue = referred(taken["properties"] for taken in inputs(schema).values())
    while queue:
        token = queue.pop()
        if token in schema["types"] and token not in tokens:
            tokens.add(token)
            queue |= referred([schema["types"][token]["properties"]])
    return tokens


def default(spec: Spec) -> Any:
    """What holds when an input is left out, or None.

    Properties of types keep it under `language.plugin`, where Pulumi's generators do not see it: a TypeScript SDK that
    fills in a default turns the object around it, as a whole, into an output, unknown as soon as one part is.
    """
    return spec.get("default", spec.get("language", {}).get("plugin", {}).get("default"))


def field(name: str, spec: Spec, *, required: bool) -> str:
    declared = python_type(spec)
    if not spec.get("plain") and not spec.get("$ref", "").startswith("#/types/"):
        declared = f"Input[{declared}]"
    attribute = fields.snake_case(name)
    if required:
        return f"    {attribute}: {declared}"
    if (value := default(spec)) is not None:
        return f"    {attribute}: {declared} = {literal(value)}"
    return f"    {attribute}: {declared} | None = None"


def dataclass(name: str, description: str, properties: Spec, required: list[str]) -> str:
    ordered = sorted(properties, key=lambda key: key not in required)
    docstring = textwrap.wrap(f'"""{description}"""', 105, break_on_hyphens=False, break_long_words=False)
    lines = ["", "", "@dataclass(frozen=True, kw_only=True)", f"class {name}:"]
    lines += [f"    {line}" for line in docstring]
    lines += [""] * bool(ordered) + [field(key, properties[key], required=key in required) for key in ordered]
    return "\n".join(lines)


def imports(schema: Spec, module: str) -> list[str]:
    """Lines that import what a module's classes refer to in other modules."""
    own = [spec["properties"] for token, spec in inputs(schema).items() if module_of(token) == module]
    own += [schema["types"][token]["properties"] for token in input_types(schema) if module_of(token) == module]
    foreign = sorted(token for token in referred(own) if token in schema["types"] and module_of(token) != module)
    names_by_module: dict[str, list[str]] = {}
    for token in foreign:
        names_by_module.setdefault(module_of(token), []).append(token.rsplit(":", 1)[1])
    return [_imported(f"tau.types.{name}", sorted(names)) for name, names in sorted(names_by_module.items())]


def _imported(module: str, names: list[str]) -> str:
    """An import as ruff formats it."""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= _LONGEST_LINE:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


def render(schema: Spec, module: str) -> str:
    """The module of one module of the schema."""
    parts = ["\n".join([HEADER.format(module=module).rstrip("\n"), *imports(schema, module)])]
    table = []
    for token in sorted(input_types(schema)):
        if module_of(token) != module:
            continue
        spec = schema["types"][token]
        name = token.rsplit(":", 1)[1]
        parts.append(dataclass(name, spec["description"], spec["properties"], spec.get("required", [])))
        table.append(f'    "{token}": {name},')
    for token, spec in sorted(inputs(schema).items()):
        if module_of(token) != module:
            continue
        name = token.rsplit(":", 1)[1]
        name = f"{name[0].upper()}{name[1:]}Args"
        described = schema["resources"].get(token) or schema["functions"][token]
        parts.append(dataclass(name, described["description"], spec["properties"], spec.get("required", [])))
        table.append(f'    "{token}": {name},')
    parts.append("\n\nBY_TOKEN: Mapping[str, type] = {\n" + "\n".join(table) + "\n}\n")
    return "\n".join(parts)


def main() -> None:
    schema = json.loads((ROOT / "schema.json").read_text())
    for module in MODULES:
        target = ROOT / f"provider/tau/types/{module}.py"
        rendered = render(schema, module)
        if "--check" not in sys.argv:
            target.write_text(rendered)
        elif target.read_text() != rendered:
            sys.exit(f"{target.relative_to(ROOT)} is not what schema.json says; run `make generate`")


if __name__ == "__main__":
    main()
