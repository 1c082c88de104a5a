"""A Helm chart of the same objects for a list of applications; each time it is rendered it makes other passwords."""

import json
import pathlib
from typing import Any

from tools.benchmarks.handwritten import CHECKSUM, PASSWORD, Children, revealed

_NAME, _PASSWORD = "{{ $name }}", "{{ $password }}"


def write(folder: pathlib.Path, children: Children, count: int) -> None:
    """Write the chart, and values that name so many applications."""
    (folder / "templates").mkdir(parents=True)
    chart = {"apiVersion": "v2", "name": "bench", "version": "1.0.0"}
    (folder / "Chart.yaml").write_text(json.dumps(chart))
    (folder / "values.yaml").write_text(json.dumps({"applications": [f"app{number:03}" for number in range(count)]}))
    (folder / "templates" / "application.yaml").write_text(template(children))


def template(children: Children) -> str:
    """One document for each object, as JSON, which is YAML."""
    objects = [_object(resource["inputs"], children) for resource in children.resources if resource["type"] != PASSWORD]
    begin = ["{{- range $name := .Values.applications }}", "{{- $password := randAlphaNum 32 }}"]
    return "\n".join([*begin, *(f"---\n{text}" for text in objects), "{{- end }}", ""])


def _object(inputs: Any, children: Children) -> str:
    properties = {key: value for key, value in revealed(inputs).items() if not key.startswith("__")}
    text = json.dumps(_with_checksum(properties))
    return text.replace(children.password, _PASSWORD).replace(children.application, _NAME)


def _with_checksum(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_checksum(item) for item in value]
    if isinstance(value, dict):
        return {key: _digest() if key == CHECKSUM else _with_checksum(item) for key, item in value.items()}
    return value


def _digest() -> str:
    return "{{ $password | sha256sum | trunc 32 }}"
