"""Writes provider/tau/types/postgres.py from schema.json: a frozen dataclass for each type that inputs are made of."""

import json
import keyword
import pathlib
import sys
import textwrap
from collections.abc import Mapping
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "provider"))

from tau import fields  # noqa: E402

Spec = Mapping[str, Any]

HEADER = '''"""Arguments of the postgres resources. Generated from schema.json by `make generate`; do not edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tau.fields import Input, Json
'''
SCALARS = {"string": "str", "integer": "int", "boolean": "bool", "number": "float"}


def python_type(spec: Spec) -> str:
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


def input_types(schema: Spec) -> set[str]:
    """Tokens of the types that inputs are made of; those of outputs only need no class."""
    found: set[str] = set()
    queue = [spec for resource in schema["resources"].values() for spec in resource["inputProperties"].values()]
    while queue:
        token = queue.pop().get("$ref", "").removeprefix("#/types/")
        if token in schema["types"] and token not in found:
            found.add(token)
            queue += schema["types"][token]["properties"].values()
    return found


def field(name: str, spec: Spec, *, required: bool) -> str:
    declared = python_type(spec)
    if not spec.get("plain") and not spec.get("$ref", "").startswith("#/types/"):
        declared = f"Input[{declared}]"
    attribute = fields.snake_case(name)
    assert not keyword.iskeyword(attribute), name
    if required:
        return f"    {attribute}: {declared}"
    if "default" in spec:
        return f"    {attribute}: {declared} = {literal(spec['default'])}"
    return f"    {attribute}: {declared} | None = None"


def dataclass(name: str, description: str, properties: Spec, required: list[str]) -> str:
    ordered = sorted(properties, key=lambda key: key not in required)
    docstring = textwrap.wrap(f'"""{description}"""', 105, break_on_hyphens=False, break_long_words=False)
    lines = ["", "", "@dataclass(frozen=True, kw_only=True)", f"class {name}:"]
    lines += [f"    {line}" for line in docstring]
    lines += [""] + [field(key, properties[key], required=key in required) for key in ordered]
    return "\n".join(lines)


def render(schema: Spec) -> str:
    parts = [HEADER.rstrip("\n")]
    table = []
    for token in sorted(input_types(schema)):
        spec = schema["types"][token]
        name = token.rsplit(":", 1)[1]
        parts.append(dataclass(name, spec["description"], spec["properties"], spec.get("required", [])))
        table.append(f'    "{token}": {name},')
    for token, spec in sorted(schema["resources"].items()):
        name = token.rsplit(":", 1)[1] + "Args"
        parts.append(dataclass(name, spec["description"], spec["inputProperties"], spec.get("requiredInputs", [])))
        table.append(f'    "{token}": {name},')
    parts.append("\n\nBY_TOKEN: Mapping[str, type] = {\n" + "\n".join(table) + "\n}\n")
    return "\n".join(parts)


def main() -> None:
    schema = json.loads((ROOT / "schema.json").read_text())
    target = ROOT / "provider/tau/types/postgres.py"
    rendered = render(schema)
    if "--check" in sys.argv:
        if target.read_text() != rendered:
            sys.exit(f"{target.relative_to(ROOT)} is not what schema.json says; run `make generate`")
        return
    target.write_text(rendered)


if __name__ == "__main__":
    main()
