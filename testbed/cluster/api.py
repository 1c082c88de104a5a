"""The Kubernetes API as the bed's commands use it, as administrator."""

import json
import subprocess

from testbed import errors, paths, probe
from testbed.cluster import pki
from testbed.node import nodes


def ready() -> bool:
    """Whether the API server answers requests."""
    return probe.answers(f"{nodes.api_server()}/readyz", authority=pki.file("ca.crt"))


def kubectl(*arguments: str, manifests: list[dict[str, object]] | None = None) -> str:
    """What kubectl answers; `manifests` are its standard input."""
    command = [str(paths.bin() / "kubectl"), f"--kubeconfig={pki.admin_kubeconfig()}", *arguments]
    stdin = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests or []})
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise errors.BedError(f"'kubectl {' '.join(arguments)}' failed: {done.stderr.strip()}")
    return done.stdout


def apply(manifests: list[dict[str, object]]) -> None:
    """Make the cluster's objects be as described."""
    kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=bed", "-f", "-", manifests=manifests)
