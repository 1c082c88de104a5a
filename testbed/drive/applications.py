"""Applications that tests make, and clients that ask them."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import yaml

from testbed.drive import kubernetes, programs, stack

# It has Python with psycopg2 in it, and runs as a user that is not root.
IMAGE = "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.14.0"
VISITS = (pathlib.Path(__file__).with_name("visits.py")).read_text()
SMALL_DATABASE: Mapping[str, Any] = {
    "storageSize": "512Mi",
    "resources": programs.SMALL,
    "cleanup": programs.THROWN_AWAY,
}
_ASK = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=10).read().decode())"
_LOOP = """
import sys, time, urllib.request as u
good = bad = 0
while True:
    try:
        u.urlopen(sys.argv[1], timeout=10).read()
        good += 1
    except Exception as failure:
        bad += 1
        print(repr(failure), file=sys.stderr, flush=True)
    open("/tmp/count", "w").write(f"{good} {bad}")
    time.sleep(0.05)
"""


def application(namespace: str, **properties: Any) -> dict[str, Any]:
    """A resource of a program."""
    return {"type": "tau:app:TauApplication", "properties": {"namespace": namespace, **properties}}


def visits(namespace: str, prefix: str = "", **properties: Any) -> dict[str, Any]:
    """The application of visits.py, with a database unless the properties say otherwise."""
    databases = {} if {"database", "databases"} & properties.keys() else {"database": SMALL_DATABASE}
    return application(
        namespace,
        image=IMAGE,
        command=["python3", "/app/visits.py"],
        args=[prefix],
        configFiles={"/app/visits.py": VISITS} | properties.pop("configFiles", {}),
        ports=[{"port": 80, "targetPort": 8080}],
        probes={"readiness": {"path": "/healthz", "periodSeconds": 1}, "startup": {"periodSeconds": 1}},
        **databases,
        **properties,
    )


def first_of_readme(nas: str) -> dict[str, Any]:
    """The program on the README's first screen, for this share of the NAS."""
    text = (stack.CHECKOUT / "README.md").read_text()
    program = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    program["config"]["postgres_backup_nfs_path"]["default"] = nas
    return {key: program[key] for key in ("config", "resources")}


@dataclasses.dataclass(frozen=True)
class Requester:
    """A Pod that asks applications over HTTP."""

    cluster: kubernetes.Kubernetes
    namespace: str
    name: str

    def get(self, url: str) -> Any:
        """The answer, which is JSON."""
        return json.loads(self._run("-c", _ASK, url))

    def text(self, url: str) -> str:
        """The answer as it is."""
        return self._run("-c", _ASK, url)

    def loop(self, url: str) -> None:
        """Ask over and over, in the background."""
        script = f"nohup python3 -c '{_LOOP}' {url} > /tmp/out 2> /tmp/err &"
        self.cluster.kubectl("exec", "--namespace", self.namespace, self.name, "--", "sh", "-c", script)

    def counted(self) -> tuple[int, int]:
        """How many of the loop's requests went well, and how many did not."""
        good, bad = self._file("/tmp/count").split()
        return int(good), int(bad)

    def failures(self) -> str:
        """What went wrong in the loop."""
        return self._file("/tmp/err")

    def _run(self, *arguments: str) -> str:
        return self.cluster.kubectl("exec", "--namespace", self.namespace, self.name, "--", "python3", *arguments)

    def _file(self, path: str) -> str:
        return self.cluster.kubectl("exec", "--namespace", self.namespace, self.name, "--", "cat", path)


def requester(cluster: kubernetes.Kubernetes, namespace: str, name: str = "requester") -> Requester:
    """Start one, under the `restricted` Pod Security Standard."""
    container: Mapping[str, Any] = {
        "name": "main",
        "image": IMAGE,
        "command": ["sleep", "infinity"],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    security = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    spec = {"containers": [container], "securityContext": security, "terminationGracePeriodSeconds": 0}
    cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}, "spec": spec})
    cluster.kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--namespace", namespace, "--timeout=120s")
    return Requester(cluster, namespace, name)
