"""The examples of docs/reference: each use in reference_examples.yaml, written in YAML, TypeScript and Python.

`python -m tools.reference_examples FOLDER` writes them into files, which `tools/check-sdk` compiles.
"""

import json
import pathlib
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

Spec = Mapping[str, Any]

USES: Spec = yaml.safe_load(pathlib.Path(__file__).with_suffix(".yaml").read_text())
# Texts that YAML reads as texts without quotes.
PLAIN = re.compile(r"[A-Za-z/][\w./-]*(:[\w./-]+)*|\d+[GM]i")
WORDS = ("true", "false", "null", "yes", "no", "on", "off")
PYTHON_KEYWORDS = ("from",)


def example(schema: Spec, token: str) -> dict[str, str]:
    """The example of a resource or function by its language; empty where it has none."""
    if token not in USES:
        return {}
    ((name, inputs),) = USES[token].items()
    if token in schema["resources"]:
        declared = schema["resources"][token]["inputProperties"]
        return {
            "yaml": _yaml_resource(token, name, inputs),
            "typescript": _typescript(f"new {_path(token)}", name, inputs, f'"{name}", '),
            "python": _python(schema, declared, _path(token), name, inputs, [f'"{name}"']),
        }
    declared = schema["functions"][token]["inputs"]["properties"]
    return {
        "yaml": _yaml_function(token, name, inputs),
        "typescript": _typescript(f"{_path(token)}Output", name, inputs, ""),
        "python": _python(schema, declared, f"{snake(_path(token))}_output", name, inputs, []),
    }


def _path(token: str) -> str:
    return token.replace(":", ".")


def snake(name: str) -> str:
    """A property's name in Python."""
    changed = re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)
    return f"{changed}_" if changed in PYTHON_KEYWORDS else changed


def _yaml_resource(token: str, name: str, inputs: Spec) -> str:
    lines = ["resources:", f"  {name}:", f"    type: {token}"]
    if inputs:
        lines += ["    properties:", *(f"      {key}: {_flow(value)}" for key, value in inputs.items())]
    return "\n".join(lines)


def _yaml_function(token: str, name: str, inputs: Spec) -> str:
    arguments = [f"        {key}: {_flow(value)}" for key, value in inputs.items()]
    return "\n".join(
        ["variables:", f"  {name}:", "    fn::invoke:", f"      function: {token}", "      arguments:", *arguments]
    )


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return _braces(f"{_flow(key)}: {_flow(item)}" for key, item in value.items())
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in WORDS:
        return value
    return json.dumps(value)


def _typescript(call: str, name: str, inputs: Spec, first: str) -> str:
    lines = [f"    {key}: {_literal(value)}," for key, value in inputs.items()]
    arguments = "\n".join([f"{first}{{", *lines, "}"]) if inputs else first.rstrip(", ")
    return f'import * as tau from "pulumi-tau";\n\nconst {name} = {call}({arguments});'


def _literal(value: Any) -> str:
    if isinstance(value, Mapping):
        keys = {key: key if key.isidentifier() else json.dumps(key) for key in value}
        return _braces(f"{keys[key]}: {_literal(item)}" for key, item in value.items())
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value)


def _braces(items: Iterable[str]) -> str:
    inner = ", ".join(items)
    return f"{{ {inner} }}" if inner else "{}"


def _python(schema: Spec, declared: Spec, call: str, name: str, inputs: Spec, first: list[str]) -> str:
    named = [f"{snake(key)}={_dictionary(schema, declared[key], value)}" for key, value in inputs.items()]
    arguments = "".join(f"\n    {argument}," for argument in [*first, *named]) + "\n" if named else ", ".join(first)
    return f"import pulumi_tau as tau\n\n{name} = {call}({arguments})"


def _dictionary(schema: Spec, spec: Spec, value: Any) -> str:
    """A value in Python; keys of typed objects are in snake case, those of maps are as they are."""
    if isinstance(value, Mapping):
        kind = schema["types"].get(spec.get("$ref", "").removeprefix("#/types/"), {}).get("properties")
        inner = {key: kind[key] if kind else spec.get("additionalProperties", {}) for key in value}
        names = {key: snake(key) if kind else key for key in value}
        pairs = (f"{json.dumps(names[key])}: {_dictionary(schema, inner[key], item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_dictionary(schema, spec['items'], item) for item in value)}]"
    return repr(value) if isinstance(value, bool) else json.dumps(value)


def main() -> None:
    schema = json.loads((pathlib.Path(__file__).parent.parent / "schema.json").read_text())
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for token in USES:
        written = example(schema, token)
        stem = snake(token.replace(":", "_"))
        (folder / f"{stem}.ts").write_text(f"{written['typescript']}\nexport {{}};\n")
        (folder / f"{stem}.py").write_text(f"{written['python']}\n")


if __name__ == "__main__":
    main()
