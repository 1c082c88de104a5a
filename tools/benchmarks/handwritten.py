"""Programs without tau that make the same children, as one would write them by hand: taken from the state of tau."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# Kubernetes groups whose module in the SDKs is called otherwise.
_MODULES = {"rbac.authorization.k8s.io": "rbac", "networking.k8s.io": "networking"}
CHECKSUM = "checksum/config"
# What makes the password; by hand one takes a RandomPassword.
PASSWORD = "tau:postgres:RoleCredential"
_NAMESPACE = "kubernetes:core/v1:Namespace"

_PYTHON = """import hashlib

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random


def application(name):
{body}

for number in range({count}):
    application(f"app{{number:03}}")
"""
_TYPESCRIPT = """import {{ createHash }} from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";

function application(name: string) {{
{body}
}}

for (let number = 0; number < {count}; number++) {{
    application("app" + String(number).padStart(3, "0"));
}}
"""


@dataclass(frozen=True)
class Language:
    """How one language writes what these programs need."""

    constants: Mapping[Any, str]
    checksum: str
    concat: str
    namespace: str
    statement: Callable[[str, str, Mapping[str, str]], str]
    key: Callable[[str], str]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _python(made: str, name: str, inputs: Mapping[str, str]) -> str:
    arguments = "".join(f", {key}={value}" for key, value in inputs.items())
    assigned = {"k8s.core.v1.Namespace": "namespace = ", "random.RandomPassword": "password = "}.get(made, "")
    return f"    {assigned}{made}({name}{arguments})"


def _typescript(made: str, name: str, inputs: Mapping[str, str]) -> str:
    arguments = ", ".join(f"{key}: {value}" for key, value in inputs.items())
    assigned = {"k8s.core.v1.Namespace": "const namespace = ", "random.RandomPassword": "const password = "}.get(
        made, ""
    )
    return f"    {assigned}new {made}({name}, {{ {arguments} }});"


PYTHON = Language(
    constants={True: "True", False: "False", None: "None"},
    checksum="password.result.apply(lambda known: hashlib.sha256(known.encode()).hexdigest()[:32])",
    concat="pulumi.Output.concat",
    namespace='namespace.metadata["name"]',
    statement=_python,
    key=_snake,
)
TYPESCRIPT = Language(
    constants={True: "true", False: "false", None: "undefined"},
    checksum='password.result.apply(known => createHash("sha256").update(known).digest("hex").slice(0, 32))',
    concat="pulumi.concat",
    namespace="namespace.metadata.name",
    statement=_typescript,
    key=lambda name: name,
)


class Children:
    """The children of one application in a state of tau, its namespace and password first.

    `application` is its name, and `password` what was made for it; both are in texts of `resources`.
    """

    def __init__(self, state: str, application: str) -> None:
        resources = json.loads(state)["deployment"]["resources"]
        wanted = [
            resource for resource in resources if resource["custom"] and not resource["type"].startswith("pulumi:")
        ]
        # The users of these name them.
        first = [_NAMESPACE, PASSWORD]
        self.resources = sorted(
            wanted, key=lambda resource: first.index(resource["type"]) if resource["type"] in first else len(first)
        )
        self.application = application
        made = next(resource for resource in wanted if resource["type"] == PASSWORD)
        self.password = str(revealed(made["outputs"])["password"])

    def __len__(self) -> int:
        return len(self.resources)

    def python(self, count: int) -> str:
        """A Python program of so many applications."""
        return _PYTHON.format(body=self._body(PYTHON), count=count)

    def typescript(self, count: int) -> str:
        """A TypeScript program of so many applications."""
        return _TYPESCRIPT.format(body=self._body(TYPESCRIPT), count=count)

    def _body(self, language: Language) -> str:
        return "\n".join(self._statement(resource, language) for resource in self.resources)

    def _statement(self, resource: Mapping[str, Any], language: Language) -> str:
        name = self._text(resource["urn"].rpartition("::")[2], language)
        inputs = {key: value for key, value in revealed(resource["inputs"]).items() if not key.startswith("__")}
        if resource["type"] == PASSWORD:
            return language.statement(
                "random.RandomPassword", name, {"length": "32", "special": self._code(False, language)}
            )
        made = _class(resource["type"])
        if made != "k8s.apiextensions.CustomResource":
            inputs = {key: value for key, value in inputs.items() if key not in ("apiVersion", "kind")}
        code = {language.key(key): self._code(value, language) for key, value in inputs.items()}
        return language.statement(made, name, code)

    def _code(self, value: Any, language: Language) -> str:
        if isinstance(value, dict):
            return (
                "{"
                + ", ".join(f"{json.dumps(key)}: {self._entry(key, item, language)}" for key, item in value.items())
                + "}"
            )
        if isinstance(value, list):
            return "[" + ", ".join(self._code(item, language) for item in value) + "]"
        if isinstance(value, str):
            return self._text(value, language)
        return language.constants[value] if isinstance(value, bool | None) else json.dumps(value)

    def _entry(self, key: str, item: Any, language: Language) -> str:
        if key == CHECKSUM:
            return language.checksum
        return language.namespace if key == "namespace" and item == self.application else self._code(item, language)

    def _text(self, text: str, language: Language) -> str:
        """A text in which the application's name, and its password, are those of any application."""
        parts = [" + name + ".join(map(json.dumps, part.split(self.application))) for part in text.split(self.password)]
        if len(parts) == 1:
            return parts[0]
        return f"{language.concat}({', password.result, '.join(parts)})"


def _class(token: str) -> str:
    group, _, version = token.split(":")[1].partition("/")
    if group == "postgresql.cnpg.io":
        return "k8s.apiextensions.CustomResource"
    return f"k8s.{_MODULES.get(group, group)}.{version}.{token.split(':')[2]}"


def revealed(value: Any) -> Any:
    """A value of the state without the marks of secrets."""
    if isinstance(value, list):
        return [revealed(item) for item in value]
    if isinstance(value, dict):
        if "plaintext" in value:
            return revealed(json.loads(value["plaintext"]))
        return {key: revealed(item) for key, item in value.items()}
    return value
