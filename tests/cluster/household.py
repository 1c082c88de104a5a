"""The TypeScript project of tests/migration, in its three states, on one stack."""

import json
import pathlib
import shutil
from typing import Any

from tests.cluster import kubernetes, stack, waiting

PROJECT = stack.CHECKOUT / "tests" / "migration" / "typescript"
IMAGE = "ghcr.io/cloudnative-pg/postgresql:15-standard-bookworm"
SERVERS = {"feeds": "feeds-db", "ledger": "ledger-db"}
"""Clusters that are there before and after, by their namespaces."""

_LASTING = "clusters.postgresql.cnpg.io,persistentvolumeclaims,statefulsets,namespaces"
_CHECKSUM = "SELECT count(*) || ' ' || md5(string_agg(id::text || at::text, ',' ORDER BY id)) FROM {} WHERE id <= {}"


class Household:
    """The project: `up` with what Pulumi.yaml has as `main`."""

    def __init__(self, made: stack.Stack, packages: pathlib.Path, manifests: pathlib.Path) -> None:
        self.stack = made
        shutil.copytree(PROJECT, made.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
        (made.folder / "node_modules").symlink_to(packages)
        for key, value in {
            "domain": "home.arpa",
            "postgres_default_storage_size": "256Mi",
            "postgres_image": IMAGE,
            "cnpg_manifest": str(manifests / "cnpg-1.30.0.yaml"),
        }.items():
            made.configure(key, value)

    def main(self, folder: str) -> None:
        """Make one of `before`, `prepared` and `after` the program."""
        self.stack.write({"runtime": "nodejs", "main": folder})

    def replace(self, file: str, old: str, new: str) -> None:
        """Edit a file of the program."""
        path = self.stack.folder / file
        text = path.read_text()
        assert old in text, (file, old)
        path.write_text(text.replace(old, new))


def lasting(cluster: kubernetes.Kubernetes) -> dict[str, str]:
    """The uid of everything that holds data, and of what holds that, by kind, namespace and name."""
    items = json.loads(cluster.kubectl("get", _LASTING, "--all-namespaces", "-o", "json"))["items"]
    definitions = json.loads(cluster.kubectl("get", "customresourcedefinitions", "-o", "json"))["items"]
    return {_identity(one): one["metadata"]["uid"] for one in [*items, *definitions]}


def _identity(item: Any) -> str:
    metadata = item["metadata"]
    return f"{item['kind']} {metadata.get('namespace', '')}/{metadata['name']}"


def pods(cluster: kubernetes.Kubernetes, namespace: str) -> dict[str, str]:
    """The uid of each Pod of a namespace."""
    items = json.loads(cluster.kubectl("get", "pods", "--namespace", namespace, "-o", "json"))["items"]
    return {one["metadata"]["name"]: one["metadata"]["uid"] for one in items}


class Table:
    """A table into which an application keeps writing; `sql` asks its server."""

    def __init__(self, server: kubernetes.Server, database: str, name: str) -> None:
        self._server, self._database, self._name = server, database, name

    def last(self) -> int:
        """The number of the newest row, once there is one."""
        return int(waiting.until(f"a row in {self._name}", lambda: self._ask(f"SELECT max(id) FROM {self._name}")))

    def checksum(self, last: int) -> str:
        """A hash over all rows up to this one, with their count."""
        return self._ask(_CHECKSUM.format(self._name, last))

    def _ask(self, statement: str) -> str:
        (answer,) = self._server.sql(statement, self._database)
        return answer
