"""The programs of a walk: a few resources with their options, as YAML programs have them, and how they change."""

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any

from testbed.drive.stack import CHECKOUT

INSTANCE, DATABASE, TENANT, APPLICATION, OPERATOR = "instance", "database", "tenant", "application", "operator"
STORE = "backups"
"""Resource name of a BackupStore, which serves as a parent as well."""
IMMEDIATE, DELAYED, RETAIN = "immediate", "delayed", "retain"
_TOKENS = {
    INSTANCE: "tau:postgres:Instance",
    DATABASE: "tau:postgres:Database",
    TENANT: "tau:postgres:Database",
    APPLICATION: "tau:app:TauApplication",
    OPERATOR: "tau:postgres:Operator",
}
_STORE_TOKEN = "tau:postgres:BackupStore"
# What a test of the fake cannot do is wait for minutes.
_SECONDS = {"create": "20s", "update": "20s", "delete": "8s"}
_OPERATOR_MANIFEST = pathlib.Path(__file__).parent / "operator.yaml"


@dataclasses.dataclass(frozen=True)
class Resource:
    """One resource; `name` is that in the program, `called` that of its objects.

    `provider` is `kubernetes` or `tau` with a context, for an explicit one, and empty for the default.
    """

    name: str
    kind: str
    called: str
    namespace: str
    policy: str = IMMEDIATE
    backup: bool = True
    on_failure: str = "abort"
    stored: bool = True
    protect: bool = False
    parent: str = ""
    aliases: tuple[str, ...] = ()
    provider: str = ""
    on: str = ""
    existing: str = "newGeneration"

    @property
    def cluster(self) -> tuple[str, str] | None:
        """Namespace and name of its Cluster, None for what has none of its own."""
        has = self.kind in (INSTANCE, DATABASE, APPLICATION)
        return (self.namespace, f"postgres-{self.called}") if has else None

    @property
    def claim(self) -> tuple[str, str] | None:
        """Namespace and name of its claim."""
        return (self.namespace, f"{self.called}-data") if self.kind == APPLICATION else None

    def urn(self, stack: str, project: str) -> str:
        """Its URN in a stack."""
        chain = f"{_STORE_TOKEN}$" if self.parent else ""
        return f"urn:pulumi:{stack}::{project}::{chain}{_TOKENS[self.kind]}::{self.name}"


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What programs refer to: the store's endpoint, and a kubeconfig for each context."""

    endpoint: str
    kubeconfigs: Mapping[str, str]


Program = tuple[Resource, ...]


def rendered(project: str, program: Program, around: Surroundings) -> dict[str, Any]:
    """The program as the YAML language reads it."""
    resources: dict[str, Any] = {}
    if program:
        resources[STORE] = {"type": _STORE_TOKEN, "properties": {"s3": _s3(around)}}
    for one in program:
        if one.provider:
            package, context = one.provider.split(":")
            properties = {"kubeconfig": around.kubeconfigs[context]}
            resources[_provider(one.provider)] = {"type": f"pulumi:providers:{package}", "properties": properties}
        resources[one.name] = {
            "type": _TOKENS[one.kind],
            "properties": _properties(one, around),
            "options": _options(one),
        }
    plugins = {"providers": [{"name": "tau", "path": str(CHECKOUT)}]}
    return {"name": project, "runtime": "yaml", "plugins": plugins, "resources": resources}


def _provider(provider: str) -> str:
    return provider.replace(":", "-")


def _s3(around: Surroundings) -> dict[str, str]:
    keys = {"accessKeyId": "walker", "secretAccessKey": "walkers-key"}
    return {"endpoint": around.endpoint, "bucket": "archive", "region": "home", **keys}


def _properties(one: Resource, around: Surroundings) -> dict[str, Any]:
    if one.kind == OPERATOR:
        manifest = {"manifest": str(_OPERATOR_MANIFEST), "barmanPlugin": {"enabled": False}}
        return {"namespace": one.namespace, **manifest}
    found: dict[str, Any] = {"name": one.called, "namespace": one.namespace}
    if one.kind == TENANT:
        return {**found, "instance": f"${{{one.on}.name}}"}
    if one.kind == INSTANCE:
        return {**found, "name": f"postgres-{one.called}", **_server(one)}
    if one.kind == DATABASE:
        return {**found, **_server(one)}
    volumes = [{"mountPath": "/data", "size": "1Gi"}]
    workload = {"image": "registry.test/shop:1", "ports": [{"port": 8080}], "volumes": volumes}
    return {**found, **workload, "database": _server(one)}


def _server(one: Resource) -> dict[str, Any]:
    backup: dict[str, Any] = {"store": f"${{{STORE}.store}}"} if one.stored else {"enabled": False}
    cleanup: dict[str, Any] = {"policy": one.policy, "onBackupFailure": one.on_failure}
    if not one.backup:
        cleanup["backup"] = False
    if one.stored:
        # An archive of an earlier life is no reason to stop a walk.
        backup["onExistingArchive"] = one.existing
    return {"backup": backup, "cleanup": cleanup}


def _options(one: Resource) -> dict[str, Any]:
    found: dict[str, Any] = {"customTimeouts": _SECONDS}
    if one.protect:
        found["protect"] = True
    if one.parent:
        found["parent"] = f"${{{one.parent}}}"
    if one.aliases:
        found["aliases"] = list(one.aliases)
    if one.provider.startswith("kubernetes:"):
        found["providers"] = [f"${{{_provider(one.provider)}}}"]
    elif one.provider:
        found["provider"] = f"${{{_provider(one.provider)}}}"
    return found
