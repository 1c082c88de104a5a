"""Looks at the cluster, and changes it, as a person would: by kubectl."""

import dataclasses
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

CLIENT_IMAGE = "ghcr.io/cloudnative-pg/postgresql:15"
# Kubernetes makes and removes them by itself.
_DERIVED = ("apiservices", "endpoints", "endpointslices", "events", "leases")


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a command printed, and whether it succeeded."""

    code: int
    output: str


@dataclasses.dataclass(frozen=True)
class Kubernetes:
    """The cluster of the bed."""

    environment: Mapping[str, str]

    def variables(self) -> dict[str, str]:
        """The environment for a command that uses the cluster."""
        return {**os.environ, **self.environment}

    def try_kubectl(self, *arguments: str, stdin: str | None = None) -> Answer:
        """What kubectl answers, whether it succeeds or not."""
        done = subprocess.run(
            ["kubectl", *arguments],
            env=self.variables(),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return Answer(done.returncode, done.stdout)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl answers; it has to succeed."""
        answer = self.try_kubectl(*arguments, stdin=stdin)
        assert answer.code == 0, answer.output
        return answer.output

    def apply(self, *objects: Mapping[str, Any]) -> None:
        """Create or change objects."""
        self.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def get(self, kind: str, name: str, namespace: str) -> Any:
        """One object."""
        return json.loads(self.kubectl("get", kind, name, "--namespace", namespace, "-o", "json"))

    def names(self, kind: str, namespace: str) -> set[str]:
        """The names of the objects of a kind in a namespace."""
        listed = self.kubectl("get", kind, "--namespace", namespace, "-o", "name")
        return {line.partition("/")[2] for line in listed.splitlines()}

    def inventory(self) -> set[str]:
        """Every object of every kind in every namespace, as `kind namespace name`."""
        kinds = self.kubectl("api-resources", "--verbs=list", "-o", "name").split()
        wanted = ",".join(kind for kind in kinds if not kind.startswith(_DERIVED))
        template = '{range .items[*]}{.kind}{" "}{.metadata.namespace}{" "}{.metadata.name}{"\\n"}{end}'
        listed = self.kubectl("get", wanted, "--all-namespaces", "--ignore-not-found", "-o", f"jsonpath={template}")
        return set(listed.splitlines())

    def create_namespace(self, name: str) -> None:
        """Make an empty namespace."""
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def delete_namespace(self, name: str, *, wait: bool = False) -> None:
        """Remove a namespace with everything in it."""
        self.kubectl("delete", "namespace", name, "--ignore-not-found", f"--wait={str(wait).lower()}")

    def start_client(self, namespace: str, name: str = "client", env: Sequence[Mapping[str, Any]] = ()) -> "Client":
        """A running Pod with psql in it."""
        container = {"name": "main", "image": CLIENT_IMAGE, "command": ["sleep", "infinity"], "env": list(env)}
        spec = {"containers": [container], "terminationGracePeriodSeconds": 0}
        metadata = {"name": name, "namespace": namespace}
        self.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        self.kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--namespace", namespace, "--timeout=120s")
        return Client(self, namespace, name)


@dataclasses.dataclass(frozen=True)
class Client:
    """A Pod in which an application's side of things is tried."""

    kubernetes: Kubernetes
    namespace: str
    pod: str

    def shell(self, script: str) -> Answer:
        """Run a script with the Pod's environment."""
        return self.kubernetes.try_kubectl("exec", "--namespace", self.namespace, self.pod, "--", "sh", "-c", script)

    def remove(self) -> None:
        """Remove the Pod."""
        self.kubernetes.kubectl("delete", "pod", self.pod, "--namespace", self.namespace)

    def try_sql(self, url: str, statement: str, **variables: str) -> Answer:
        """What the server says to a statement; variables are libpq's, such as PGSSLMODE."""
        settings = [f"{name}={value}" for name, value in {"PGCONNECT_TIMEOUT": "5", **variables}.items()]
        command = ["env", *settings, "psql", url, "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-Atc", statement]
        return self.kubernetes.try_kubectl("exec", "--namespace", self.namespace, self.pod, "--", *command)

    def sql(self, url: str, statement: str) -> str:
        """What a statement that has to succeed returns."""
        answer = self.try_sql(url, statement)
        assert answer.code == 0, answer.output
        return answer.output.strip()


@dataclasses.dataclass(frozen=True)
class Server:
    """The primary of a Cluster, asked as `postgres` from within its Pod."""

    kubernetes: Kubernetes
    namespace: str
    cluster: str

    def primary(self) -> str:
        """The name of its Pod."""
        return str(self.kubernetes.get("cluster", self.cluster, self.namespace)["status"]["currentPrimary"])

    def sql(self, statement: str, database: str = "postgres") -> list[str]:
        """The rows that a query returns."""
        command = ["exec", "--namespace", self.namespace, "-c", "postgres", self.primary(), "--"]
        command += ["psql", "-d", database]
        return self.kubernetes.kubectl(*command, "-v", "ON_ERROR_STOP=1", "-Atc", statement).splitlines()
