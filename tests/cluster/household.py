"""The TypeScript project of tests/migration, in its three states, on one stack."""

import dataclasses
import json
import pathlib
import shutil
from typing import Any, Protocol

from testbed.drive import kubernetes, stack, waiting

PROJECT = stack.CHECKOUT / "tests" / "migration" / "typescript"
NAMESPACES = ("feeds", "ledger", "recipes", "weather")

_IMAGE = "ghcr.io/cloudnative-pg/postgresql:15-standard-bookworm"
_LASTING = "clusters.postgresql.cnpg.io,customresourcedefinitions,namespaces,persistentvolumeclaims,statefulsets"
_ROWS = "SELECT count(*) || ' ' || md5(string_agg(entry::text, ',' ORDER BY id)) FROM {0} entry WHERE id <= {1}"


class Server(Protocol):
    """Whatever runs SQL."""

    def sql(self, statement: str, database: str = "postgres") -> list[str]: ...


@dataclasses.dataclass(frozen=True)
class StandaloneServer:
    """A server that runs in a Pod without an operator."""

    cluster: kubernetes.Kubernetes
    namespace: str
    pod: str

    def sql(self, statement: str, database: str = "postgres") -> list[str]:
        """The rows that a query returns."""
        command = ["exec", "--namespace", self.namespace, self.pod, "--", "psql", "-h", "/tmp", "-U", "postgres"]
        return self.cluster.kubectl(*command, "-d", database, "-v", "ON_ERROR_STOP=1", "-Atc", statement).splitlines()


@dataclasses.dataclass(frozen=True)
class Table:
    """A table in which rows are only ever added."""

    server: Server
    database: str
    name: str

    def last(self, above: int = 0) -> int:
        """The number of the newest row, once there is one above this."""
        statement = f"SELECT max(id) FROM {self.name} HAVING max(id) > {above}"
        (found,) = waiting.until(f"a row in {self.name}", lambda: self._ask(statement), seconds=60)
        return int(found)

    def content(self, last: int) -> str:
        """How many rows there are up to this one, and a hash over all of them."""
        (found,) = self._ask(_ROWS.format(self.name, last))
        return found

    def _ask(self, statement: str) -> list[str]:
        return self.server.sql(statement, self.database)


class Household:
    """The project, of which one folder at a time is the program."""

    def __init__(self, made: stack.Stack, packages: pathlib.Path, manifests: pathlib.Path) -> None:
        self.stack = made
        shutil.copytree(PROJECT, made.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
        (made.folder / "node_modules").symlink_to(packages)
        for key, value in {
            "domain": "home.arpa",
            "postgres_default_storage_size": "256Mi",
            "postgres_image": _IMAGE,
            "cnpg_manifest": str(manifests / "cnpg-1.30.0.yaml"),
        }.items():
            made.configure(key, value)

    def main(self, folder: str) -> None:
        """Make `before`, `prepared` or `after` the program."""
        self.stack.write({"runtime": "nodejs", "main": folder})

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text in a file of the program."""
        path = self.stack.folder / file
        text = path.read_text()
        assert text.count(old) == 1, (file, old)
        path.write_text(text.replace(old, new))


def lasting(cluster: kubernetes.Kubernetes) -> dict[str, str]:
    """The uid of everything that holds data, and of everything that would take it along, by what and where it is."""
    return _identities(cluster, _LASTING)


def pods(cluster: kubernetes.Kubernetes) -> dict[str, str]:
    """The uid of every Pod, by where it is."""
    return _identities(cluster, "pods")


def _identities(cluster: kubernetes.Kubernetes, kinds: str) -> dict[str, str]:
    items = json.loads(cluster.kubectl("get", kinds, "--all-namespaces", "-o", "json"))["items"]
    return {_place(one["kind"], one["metadata"]): one["metadata"]["uid"] for one in items}


def _place(kind: str, metadata: Any) -> str:
    return f"{kind} {metadata.get('namespace', '')}/{metadata['name']}"
