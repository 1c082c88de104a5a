"""Earlier versions of tau, to upgrade from: the one before the working tree, and what older ones left in a state."""

import json
import pathlib
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from testbed.drive import applications, programs, stack
from testbed.drive import share as nas

RECORDED = stack.CHECKOUT / "tests/cluster/recorded"
PROJECT = "upgrade"
"""The project of a recorded state, whose resources are named after it."""
_PROVIDER = ("provider", "schema.json", "requirements.txt")
_MANIFESTS = {"tau:operatorManifest": "cnpg-1.30.0.yaml", "tau:barmanPluginManifest": "barman-cloud-0.14.0.yaml"}
# Stands in a recorded state for the folder of the manifests.
_FOLDER = "/manifests/of/releases"
_DEFINITION = "CustomResourceDefinition"
_OF_THE_MACHINE = ("sourcePosition", "stackTrace")


def program(namespace: str, share: nas.Share, *, complete: bool = False) -> stack.Program:
    """A server with backups, databases, a restore check and an application; `whole` has every component."""
    place = {"server": share.server, "path": share.path}
    store = {"namespace": namespace, "name": "backups", "nfs": place}
    backup = {"backup": {"store": "${backups.store}"}}
    check = {"instance": "${server.name}", "namespace": namespace}
    volumes = [{"mountPath": "/data", "size": "64Mi"}]
    database = {**applications.SMALL_DATABASE, "backup": {"enabled": False}}
    resources: dict[str, Any] = {
        "backups": {"type": "tau:postgres:BackupStore", "properties": store},
        "server": programs.instance(namespace, **backup),
        "orders": programs.shared(namespace, "server", extensions=["pg_trgm"]),
        "check": {"type": "tau:postgres:RestoreCheck", "properties": check},
        "shop": applications.visits(namespace, volumes=volumes, database=database),
    }
    outputs = {"orders": "${orders.connectionString}", "shop": "${shop.databases.default.secretName}"}
    if complete:
        after = {"options": {"dependsOn": ["${operator}"]}}
        resources = {name: resource | after for name, resource in resources.items()}
        resources["operator"] = {"type": "tau:postgres:Operator"}
        resources["ledger"] = programs.dedicated(namespace, **backup) | after
        outputs = {}
    return {"resources": resources, "outputs": outputs}


def provider(folder: pathlib.Path) -> str | None:
    """Put the provider before the one in the working tree into the folder; why that cannot be, if so."""
    changed = _git("status", "--porcelain", "--", *_PROVIDER)
    if changed is None:
        return "this is not a git repository"
    newest = _git("log", "-1", "--format=%H", "--", *_PROVIDER)
    earlier = "HEAD" if changed else _git("rev-parse", "--verify", "--quiet", f"{newest}^")
    if not earlier:
        return "this clone is shallow and holds no earlier provider; `git fetch --unshallow` gets it"
    archive = subprocess.run(["git", "archive", earlier], cwd=stack.CHECKOUT, capture_output=True, check=True)
    subprocess.run(["tar", "--extract", "--directory", str(folder)], input=archive.stdout, check=True)
    (folder / ".venv").symlink_to(stack.CHECKOUT / ".venv")
    return None


def _git(*arguments: str) -> str | None:
    """What git prints; None where it fails, and where there is none."""
    try:
        done = subprocess.run(["git", *arguments], cwd=stack.CHECKOUT, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def record(file: pathlib.Path, state: str, manifests: pathlib.Path) -> None:
    """Keep a state as `pulumi stack export` writes it, in which every secret is encrypted, without what is bulky."""
    content = json.loads(state.replace(str(manifests), _FOLDER))
    for resource in content["deployment"]["resources"]:
        outputs = resource.get("outputs", {})
        for part in (resource.get("inputs", {}), outputs, outputs.get("__inputs", {})):
            _strip(part)
        for place in _OF_THE_MACHINE:
            resource.pop(place, None)
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def recorded(file: pathlib.Path, manifests: pathlib.Path) -> str:
    """The state for `pulumi stack import`, as of programs that take the manifests from this folder."""
    return file.read_text().replace(_FOLDER, str(manifests))


def strip_manifests(released: pathlib.Path, folder: pathlib.Path) -> Mapping[str, str]:
    """Copies of the release manifests without what a recorded state lacks; the configuration that names them."""
    for name in _MANIFESTS.values():
        documents = list(yaml.load_all((released / name).read_text(), Loader=yaml.CSafeLoader))
        for document in documents:
            _strip(document or {})
        (folder / name).write_text(yaml.dump_all(documents, Dumper=yaml.CSafeDumper))
    return {key: str(folder / name) for key, name in _MANIFESTS.items()}


def _strip(item: dict[str, Any]) -> None:
    """Take the schemas out of a definition: a megabyte, and Kubernetes' business."""
    if item.get("kind") == _DEFINITION:
        for version in item["spec"]["versions"]:
            version["schema"] = {"openAPIV3Schema": {"type": "object"}}


Step = tuple[str, str, str]
"""Operation, type and name of what a preview would do."""


def steps(result: stack.Result) -> Iterator[Step]:
    """Everything that a preview would do."""
    return (step for step, _ in changes(result))


def changes(result: stack.Result) -> Iterator[tuple[Step, list[str]]]:
    """The same with the properties that change."""
    for event in result.events:
        step = event.get("resourcePreEvent", {}).get("metadata")
        if step and step["op"] != "same":
            paths = list(step.get("detailedDiff") or step.get("diffs") or ())
            yield (step["op"], step["type"], step["urn"].rpartition("::")[2]), paths


def offline(environment: Mapping[str, str], folder: pathlib.Path) -> dict[str, str]:
    """An environment in which no cluster is reached; previews compare with the state alone."""
    return {**environment, "KUBECONFIG": str(folder / "absent"), "HOME": str(folder)}
