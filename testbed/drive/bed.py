"""Drives a bed as a person would: by its command line and by kubectl."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import textwrap
import typing

_CHECKOUT = pathlib.Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Bed:
    """A bed in a state folder of its own, driven by its command line."""

    state: pathlib.Path

    def command(self, *arguments: str) -> str:
        """Run `python -m testbed ...` and return all it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "testbed", *arguments],
            cwd=_CHECKOUT,
            env={**os.environ, "TAU_BED_STATE": str(self.state)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def processes(self) -> dict[str, str]:
        """Each daemon with what tells one run of it from the next."""
        records = pathlib.Path(f"/proc/{self.init('node1')}/root/run/tau-bed")
        return {file.name: file.read_text() for file in records.iterdir() if not file.suffix}

    def init(self, node: str) -> int:
        """The process on which a node hangs."""
        for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            words = entry.read_bytes().split(b"\0")
            if words[0] == b"tini" and words[-3:-1] == [str(self.state).encode(), node.encode()]:
                return int(entry.parent.name)
        raise AssertionError(f"{node} is not running")

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl answers."""
        command = [str(self.state / "bin" / "kubectl"), f"--kubeconfig={self.state / 'kubeconfig'}", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


@dataclasses.dataclass(frozen=True)
class Namespace:
    """A fresh namespace, so that tests do not see each other."""

    bed: Bed
    name: str

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl answers, for this namespace."""
        return self.bed.kubectl("--namespace", self.name, *arguments, stdin=stdin)

    def apply(self, *objects: dict[str, typing.Any]) -> None:
        """Create objects."""
        self.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def run(self, name: str, *command: str, **spec: typing.Any) -> None:
        """Start a busybox pod and wait until it runs."""
        self.apply(pod(name, *command, **spec))
        self.kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s")

    def shell(self, name: str, script: str) -> str:
        """What a script in a pod prints."""
        return self.kubectl("exec", name, "--", "sh", "-c", textwrap.dedent(script))


def pod(name: str, *command: str, mounts: dict[str, str] | None = None, **spec: typing.Any) -> dict[str, typing.Any]:
    """A busybox pod; `mounts` says which volume is seen where."""
    container = {
        "name": "main",
        "image": "busybox:1.36",
        "imagePullPolicy": "Always",
        "command": list(command) or ["sleep", "infinity"],
        "volumeMounts": [{"name": volume, "mountPath": path} for volume, path in (mounts or {}).items()],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0, **spec},
    }
