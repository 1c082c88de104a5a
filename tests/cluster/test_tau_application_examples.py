"""The examples of applications, as they stand, on a real cluster."""

import os
import pathlib
from collections.abc import Iterator

import pytest

from tests.cluster import applications, kubernetes, stack, waiting
from tests.cluster.applications import example
from tests.cluster.conftest import NewStack


@pytest.fixture
def owned(operator: None, new_stack: NewStack) -> Iterator[stack.Stack]:
    """A stack that is destroyed at the end of the test."""
    made = new_stack()
    yield made
    made.destroy()


def _sql(cluster: kubernetes.Kubernetes, namespace: str, deployment: str, variable: str, statement: str) -> str:
    script = f'psql -qtAX "${variable}" -c "{statement}"'
    target = f"deployment/{deployment}"
    return cluster.kubectl("exec", "--namespace", namespace, target, "--", "sh", "-c", script).strip()


def test_a_web_application_with_a_database(owned: stack.Stack, cluster: kubernetes.Kubernetes) -> None:
    owned.up(example("application-yaml"))
    client = applications.requester(cluster, "feeds")
    assert owned.output("url") == "http://miniflux.feeds.svc:8080"
    assert "Miniflux" in client.text(owned.output("url"))
    assert client.text(f"{owned.output('url')}/healthcheck").strip() == "OK"
    cluster.kubectl("delete", "pod", client.name, "--namespace", "feeds")


def test_a_worker_between_two_databases(owned: stack.Stack, cluster: kubernetes.Kubernetes) -> None:
    owned.up(example("application-two-databases-yaml"))
    count = "SELECT count(*) FROM reading"

    def moved() -> bool:
        return _sql(cluster, "telemetry", "telemetry", "ANALYTICS_DATABASE_URL", count) not in ("", "0")

    waiting.until("a reading in the analytics database", moved, seconds=60)
    assert _sql(cluster, "telemetry", "telemetry", "MAIN_DATABASE_URL", count) in ("0", "1")


def test_two_applications_on_one_server(owned: stack.Stack, cluster: kubernetes.Kubernetes) -> None:
    owned.up(example("application-shared-instance-yaml"))
    assert owned.output("databases") == ["feeds", "readings"]
    assert cluster.names("clusters.postgresql.cnpg.io", "household") == {"shared"}
    assert int(_sql(cluster, "household", "readings", "DATABASE_URL", "SELECT count(*) FROM reading")) > 0


def test_a_claim_and_a_folder_of_the_nas(
    owned: stack.Stack, cluster: kubernetes.Kubernetes, bed: dict[str, str]
) -> None:
    folder = pathlib.Path(bed["TAU_BED_NFS"]) / "nas.local/export/dumps"
    folder.mkdir(parents=True, exist_ok=True)
    os.chown(folder, 26, 26)
    owned.up(example("application-volumes-yaml"))
    (dump,) = folder.glob("archive-*.dump")
    assert dump.read_bytes().startswith(b"PGDMP")
    strategy = cluster.get("deployment", "archive", "archive")["spec"]["strategy"]["type"]
    assert strategy == "Recreate"
    owned.destroy()
    assert dump.exists()


def test_a_deployment_of_ones_own(owned: stack.Stack, cluster: kubernetes.Kubernetes) -> None:
    owned.up(example("application-own-deployment-yaml"))
    client = applications.requester(cluster, "letters")
    assert client.text("http://letters:8080/healthcheck").strip() == "OK"
    cluster.kubectl("delete", "pod", client.name, "--namespace", "letters")
