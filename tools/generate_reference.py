"""Writes docs/reference/ from schema.json: a page for each resource and function, and one for the configuration."""

import json
import pathlib
import shutil
import sys
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools import reference_examples

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs/reference"

Spec = Mapping[str, Any]

NOTE = "<!-- Generated from schema.json by `make generate`; do not edit. -->"
KUBERNETES = "https://www.pulumi.com/registry/packages/kubernetes/api-docs"


def pages(schema: Spec) -> dict[str, str]:
    """Every page by its path below docs/reference."""
    texts = {"README.md": index(schema), "configuration.md": configuration(schema)}
    for token, spec in schema["resources"].items():
        texts[path(token)] = resource(schema, token, spec)
    for token, spec in schema.get("functions", {}).items():
        texts[path(token)] = function(schema, token, spec)
    return texts


def path(token: str) -> str:
    _, module, name = token.split(":")
    return f"{module}/{name}.md"


def index(schema: Spec) -> str:
    rows = []
    for kind, entries in (("resource", schema["resources"]), ("function", schema.get("functions", {}))):
        for token, spec in sorted(entries.items()):
            what = "component" if spec.get("isComponent") else kind
            rows.append((f"[`{token}`]({path(token)})", what, first_sentence(spec["description"])))
    note = "Inputs and outputs of every resource and function. [Configuration](configuration.md) has the keys."
    heading = ["# Reference", "", NOTE, "", note]
    return text(heading, table(("token", "kind", "description"), rows))


def configuration(schema: Spec) -> str:
    variables = schema["config"]["variables"]
    rows = [(f"`tau:{name}`", cell(spec["description"])) for name, spec in sorted(variables.items())]
    heading = ["# Configuration", "", NOTE, "", "Where each value is read from: [configuration](../configuration.md)."]
    return text(heading, table(("key", "description"), rows))


def resource(schema: Spec, token: str, spec: Spec) -> str:
    return page(schema, token, spec, taken(spec), {"properties": spec["properties"]})


def function(schema: Spec, token: str, spec: Spec) -> str:
    return page(schema, token, spec, spec["inputs"], spec["outputs"])


def taken(spec: Spec) -> Spec:
    return {"properties": spec["inputProperties"], "required": spec.get("requiredInputs", [])}


def page(schema: Spec, token: str, spec: Spec, inputs: Spec, outputs: Spec) -> str:
    parts = [[f"# {token}", "", NOTE, "", spec["description"]], *further(token), *written_out(schema, token)]
    parts.append(["## Inputs", "", *properties(schema, inputs)])
    parts.append(["## Outputs", "", *properties(schema, outputs)])
    for name in types_within(schema, [*inputs["properties"].values(), *outputs["properties"].values()]):
        declared = schema["types"][name]
        parts.append([f"## {short(name)}", "", declared["description"], "", *properties(schema, declared)])
    return text(*parts)


def further(token: str) -> Iterator[list[str]]:
    """A link to the page that was written by hand, where there is one."""
    name = token.rsplit(":", 1)[1]
    written = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).strip("-")
    if (ROOT / f"docs/{written}.md").exists():
        yield [f"Behaviour and examples: [{written}](../../{written}.md)."]


def written_out(schema: Spec, token: str) -> Iterator[list[str]]:
    """The example in every language, where there is one."""
    for language, code in reference_examples.example(schema, token).items():
        yield [f"```{language}", code, "```"]


def types_within(schema: Spec, specs: list[Spec]) -> list[str]:
    """The object types that these properties are made of, each once, in the order in which they are met."""
    tokens: list[str] = []
    queue = list(specs)
    while queue:
        spec = queue.pop(0)
        token = spec.get("$ref", "").removeprefix("#/types/")
        if token in schema["types"] and token not in tokens:
            tokens.append(token)
            queue += schema["types"][token].get("properties", {}).values()
        queue += [spec[part] for part in ("items", "additionalProperties") if part in spec]
        queue += spec.get("oneOf", [])
    return tokens


def properties(schema: Spec, declared: Spec) -> list[str]:
    required = declared.get("required", [])
    rows = []
    for name, spec in sorted(declared["properties"].items(), key=lambda item: (item[0] not in required, item[0])):
        marks = [mark for mark in ("secret",) if spec.get(mark)]
        shape = ", ".join([shown(schema, spec), *marks])
        rows.append((f"`{name}`", shape, cell(spec["description"])))
    return table(("name", "type", "description"), rows) if rows else ["None."]


def shown(schema: Spec, spec: Spec) -> str:
    """The type of a property, linked where there is more to read."""
    reference = spec.get("$ref", "")
    if reference.startswith("#/types/"):
        return f"[{short(reference)}](#{short(reference).lower()})"
    if reference == "pulumi.json#/Any":
        return "any"
    if reference:
        group, kind = urllib.parse.unquote(reference).rpartition("kubernetes:")[2].split(":")
        return f"[{kind}]({KUBERNETES}/{group}/{kind.lower()}/)"
    if "oneOf" in spec:
        return " or ".join(shown(schema, alternative) for alternative in spec["oneOf"])
    if spec["type"] == "array":
        return f"list of {shown(schema, spec['items'])}"
    if spec["type"] == "object":
        return f"map of {shown(schema, spec['additionalProperties'])}"
    return str(spec["type"])


def short(token: str) -> str:
    return token.rsplit(":", 1)[1]


def first_sentence(description: str) -> str:
    return cell(description.split(". ")[0].rstrip(".") + ".")


def cell(description: str) -> str:
    return description.replace("|", "\\|").replace("\n", " ")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def text(*parts: list[str]) -> str:
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def main() -> None:
    made = pages(json.loads((ROOT / "schema.json").read_text()))
    if "--check" in sys.argv:
        there = {str(file.relative_to(TARGET)): file.read_text() for file in TARGET.rglob("*.md")}
        if there != made:
            sys.exit("docs/reference is not what schema.json says; run `make generate`")
        return
    shutil.rmtree(TARGET, ignore_errors=True)
    for name, content in made.items():
        (TARGET / name).parent.mkdir(parents=True, exist_ok=True)
        (TARGET / name).write_text(content)


if __name__ == "__main__":
    main()
