"""Measures tau beside `kubectl apply` of the same objects on the bed: to the first query, and many databases at once.

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
from typing import Any

from tau.desired import connection, database, instance
from tau.desired.settings import Settings
from tau.types.postgres import DatabaseArgs

ROOT = pathlib.Path(__file__).resolve().parent.parent
PASSWORD = "only-for-this-measurement"
ROUNDS, MANY = 3, 20


def names(count: int) -> list[str]:
    """The databases of a measurement."""
    return ["bench", *(f"bench{number}" for number in range(1, count))]


def program(count: int) -> dict[str, Any]:
    """So many databases, each with a server of its own."""
    given = {"namespace": "bench-tau", "password": PASSWORD}
    made = {name: {"type": "tau:postgres:Database", "properties": given} for name in names(count)}
    plugins = {"providers": [{"name": "tau", "path": str(ROOT)}]}
    return {"name": "bench", "runtime": "yaml", "plugins": plugins, "resources": made}


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    start = time.monotonic()
    action()
    return time.monotonic() - start


def kubectl(*arguments: str, check: bool = True, text: str | None = None) -> int:
    """Run kubectl silently."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL if not check else None}
    return subprocess.run(["kubectl", *arguments], check=check, input=text, text=True, **quiet).returncode  # type: ignore[call-overload, no-any-return]


def wait_for_query(namespace: str, name: str) -> None:
    """Wait until the owner can query the database over the Service."""
    host = f"postgres-{name}-rw.{namespace}.svc"
    url = connection.url(host=host, port=instance.PORT, database=name, username=name, password=PASSWORD)
    query = ["exec", "-n", namespace, f"postgres-{name}-1", "-c", "postgres", "--", "psql", url, "-c", "SELECT 1"]
    while kubectl(*query, check=False):
        time.sleep(0.2)


def by_tau(folder: str, count: int) -> None:
    """One `pulumi up`, then the queries."""
    pulumi(folder, "up", "--yes", "--skip-preview", "--non-interactive")
    for name in names(count):
        wait_for_query("bench-tau", name)


def by_hand(count: int) -> None:
    """`kubectl apply` of the same objects at once, then the queries."""
    manifests = [item for name in names(count) for item in objects(name)]
    kubectl("apply", "-f", "-", text="\n---\n".join(json.dumps(item) for item in manifests))
    for name in names(count):
        wait_for_query("bench-hand", name)


def objects(name: str) -> list[Any]:
    """What tau makes for a database."""
    args = DatabaseArgs(namespace="bench-hand")
    known_as = database.names(name, args)
    below = instance.objects(name, database.dedicated_instance(known_as, args), Settings())
    above = database.objects(known_as, args, password=PASSWORD, ca_certificate="")
    reader = [above.secret_reader, above.secret_reader_binding]
    return [
        *(below.bootstrap_secret, below.network_policy, below.cluster),
        *(above.secret, *reader, above.role, above.database),
    ]


def pulumi(folder: str, *arguments: str) -> None:
    """Run the CLI silently."""
    subprocess.run(["pulumi", *arguments], cwd=folder, check=True, capture_output=True)


def first_queries(count: int, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds until every database has answered, by tau and by hand, each on an empty namespace."""
    taus, hands = [], []
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "Pulumi.yaml").write_text(json.dumps(program(count)))
        pulumi(folder, "stack", "init", "bench")
        for _ in range(rounds):
            for namespace in ("bench-tau", "bench-hand"):
                kubectl("create", "namespace", namespace)
            taus.append(seconds(lambda: by_tau(folder, count)))
            pulumi(folder, "destroy", "--yes", "--skip-preview")
            hands.append(seconds(lambda: by_hand(count)))
            kubectl("delete", "database,databaserole,cluster", "--all", "-n", "bench-hand")
            kubectl("delete", "namespace", "bench-tau", "bench-hand")
        pulumi(folder, "stack", "rm", "--yes")
    return taus, hands


def report(name: str, measured: list[float], reference: list[float], against: str) -> None:
    """One line: median, median of the reference, ratio."""
    ours, theirs = statistics.median(measured), statistics.median(reference)
    print(f"{name}: {ours:.2f} s; {against}: {theirs:.2f} s; ratio {ours / theirs:.2f}")


def main() -> None:
    """Measure and print."""
    if "KUBECONFIG" not in os.environ:
        sys.exit("no cluster: run `make demo` first, then `make bench-bed`")
    against = "kubectl apply of the same objects"
    report("up to the first query", *first_queries(1, ROUNDS), against)
    report(f"up of {MANY} databases to the last first query", *first_queries(MANY, 1), against)


if __name__ == "__main__":
    main()
