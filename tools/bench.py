"""Measures tau beside what one would do without it, in one run: plugin start, and the time to the first query.

Needs a running bed with the example's Operator on it (`make demo`). Prints medians and ratios.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from tau.desired import connection, database, instance
from tau.desired.settings import Settings
from tau.types.postgres import DatabaseArgs

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLUGIN = ROOT / "pulumi-resource-tau"
PASSWORD = "only-for-this-measurement"
STARTS, ROUNDS = 7, 3
PROGRAM = {
    "name": "bench",
    "runtime": "yaml",
    "plugins": {"providers": [{"name": "tau", "path": str(ROOT)}]},
    "resources": {
        "bench": {"type": "tau:postgres:Database", "properties": {"namespace": "bench-tau", "password": PASSWORD}}
    },
}


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    start = time.monotonic()
    action()
    return time.monotonic() - start


def import_pulumi() -> None:
    """What every Python program with Pulumi pays at least."""
    subprocess.run([sys.executable, "-c", "import pulumi"], check=True)


def start_plugin() -> None:
    """Start the plugin and wait for its first answer."""
    with subprocess.Popen([PLUGIN, "127.0.0.1:9"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = process.stdout.readline().strip()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty(), wait_for_ready=True)
        process.kill()


def kubectl(*arguments: str, check: bool = True, text: str | None = None) -> int:
    """Run kubectl silently."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL if not check else None}
    return subprocess.run(["kubectl", *arguments], check=check, input=text, text=True, **quiet).returncode  # type: ignore[call-overload, no-any-return]


def wait_for_query(namespace: str) -> None:
    """Wait until the owner can query the database over the Service."""
    host = f"postgres-bench-rw.{namespace}.svc"
    url = connection.url(host=host, port=instance.PORT, database="bench", username="bench", password=PASSWORD)
    query = ["exec", "-n", namespace, "postgres-bench-1", "-c", "postgres", "--", "psql", url, "-c", "SELECT 1"]
    while kubectl(*query, check=False):
        time.sleep(0.2)


def by_tau(folder: str) -> None:
    """One `pulumi up`, then the query."""
    subprocess.run(
        ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"], cwd=folder, check=True, capture_output=True
    )
    wait_for_query("bench-tau")


def by_hand() -> None:
    """`kubectl apply` of the same objects at once, then the query."""
    args = DatabaseArgs(namespace="bench-hand")
    known_as = database.names("bench", args)
    below = instance.objects("bench", database.dedicated_instance(known_as, args), Settings())
    above = database.objects(known_as, args, password=PASSWORD, ca_certificate="")
    manifests = [below.bootstrap_secret, below.network_policy, below.cluster, above.secret, above.role, above.database]
    kubectl("apply", "-f", "-", text="\n---\n".join(json.dumps(item) for item in manifests))
    wait_for_query("bench-hand")


def first_query() -> tuple[list[float], list[float]]:
    """Seconds to the first query, by tau and by hand, each on an empty namespace."""
    taus, hands = [], []
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "Pulumi.yaml").write_text(json.dumps(PROGRAM))
        subprocess.run(["pulumi", "stack", "init", "bench"], cwd=folder, check=True, capture_output=True)
        for _ in range(ROUNDS):
            for namespace in ("bench-tau", "bench-hand"):
                kubectl("create", "namespace", namespace)
            taus.append(seconds(lambda: by_tau(folder)))
            subprocess.run(
                ["pulumi", "destroy", "--yes", "--skip-preview"], cwd=folder, check=True, capture_output=True
            )
            hands.append(seconds(by_hand))
            kubectl("delete", "database,databaserole,cluster", "--all", "-n", "bench-hand")
            kubectl("delete", "namespace", "bench-tau", "bench-hand")
        subprocess.run(["pulumi", "stack", "rm", "--yes"], cwd=folder, check=True, capture_output=True)
    return taus, hands


def report(name: str, measured: list[float], reference: list[float], against: str) -> None:
    """One line: median, median of the reference, ratio."""
    ours, theirs = statistics.median(measured), statistics.median(reference)
    print(f"{name}: {ours:.2f} s; {against}: {theirs:.2f} s; ratio {ours / theirs:.2f}")


def main() -> None:
    """Measure and print."""
    imports = [seconds(import_pulumi) for _ in range(STARTS)]
    starts = [seconds(start_plugin) for _ in range(STARTS)]
    report("plugin start to first answer", starts, imports, 'python -c "import pulumi"')
    if "KUBECONFIG" not in os.environ:
        sys.exit("no cluster: run `make demo` first, then `make bench`")
    report("up to first query", *first_query(), "kubectl apply of the same objects")


if __name__ == "__main__":
    main()
