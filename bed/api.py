"""The Kubernetes API as the bed's commands use it, as administrator."""

import json
import ssl
import subprocess
import urllib.request

from bed import errors, nodes, paths, pki


def ready() -> bool:
    """Whether the API server answers requests."""
    trust = ssl.create_default_context(cafile=pki.file("ca.crt"))
    # No proxy of the caller's environment stands between the host and its own bed.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
    )
    try:
        with opener.open(f"{nodes.api_server()}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def kubectl(*arguments: str, manifests: list[dict[str, object]] | None = None) -> str:
    """What kubectl answers; `manifests` are its standard input."""
    command = [str(paths.bin() / "kubectl"), f"--kubeconfig={pki.admin_kubeconfig()}", *arguments]
    given = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests or []})
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise errors.BedError(f"'kubectl {' '.join(arguments)}' failed: {done.stderr.strip()}")
    return done.stdout


def apply(manifests: list[dict[str, object]]) -> None:
    """Make the cluster's objects be as described."""
    kubectl(
        "apply", "--server-side", "--force-conflicts", "--field-manager=bed", "-f", "-", manifests=manifests
    )
