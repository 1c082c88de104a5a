"""The examples of applications, as they stand, on a real cluster: each in its three languages, on one stack in turn."""

import os
import pathlib

from testbed.drive import applications, kubernetes, waiting
from tests.cluster.languages import Turns


def _sql(cluster: kubernetes.Kubernetes, namespace: str, deployment: str, variable: str, statement: str) -> str:
    script = f'psql -qtAX "${variable}" -c "{statement}"'
    target = f"deployment/{deployment}"
    return cluster.kubectl("exec", "--namespace", namespace, target, "--", "sh", "-c", script).strip()


def test_a_web_application_with_a_database(turns: Turns, cluster: kubernetes.Kubernetes) -> None:
    turns.begin("application", "typescript")
    client = applications.requester(cluster, "feeds")
    assert turns.stack.output("url") == "http://miniflux.feeds.svc:8080"
    assert "Miniflux" in client.text(turns.stack.output("url"))
    assert client.text(f"{turns.stack.output('url')}/healthcheck").strip() == "OK"
    cluster.kubectl("delete", "pod", client.name, "--namespace", "feeds")
    turns.others_change_nothing("python", "yaml")
    turns.change("yaml", ("/healthcheck", "/readiness"))
    turns.destroy()


def test_a_worker_between_two_databases(turns: Turns, cluster: kubernetes.Kubernetes) -> None:
    turns.begin("application-two-databases", "python")
    count = "SELECT count(*) FROM reading"

    def moved() -> bool:
        return _sql(cluster, "telemetry", "telemetry", "ANALYTICS_DATABASE_URL", count) not in ("", "0")

    waiting.until("a reading in the analytics database", moved, seconds=60)
    assert _sql(cluster, "telemetry", "telemetry", "MAIN_DATABASE_URL", count) in ("0", "1")
    turns.others_change_nothing("yaml", "typescript")
    turns.change("typescript", ("20Gi", "21Gi"))
    turns.destroy()


def test_two_applications_on_one_server(turns: Turns, cluster: kubernetes.Kubernetes) -> None:
    turns.begin("application-shared-instance", "yaml")
    assert turns.stack.output("databases") == ["feeds", "readings"]
    assert cluster.names("clusters.postgresql.cnpg.io", "household") == {"shared"}
    assert int(_sql(cluster, "household", "readings", "DATABASE_URL", "SELECT count(*) FROM reading")) > 0
    turns.others_change_nothing("typescript", "python")
    turns.change("python", ("sleep 10", "sleep 20"))
    turns.destroy()


def test_a_claim_and_a_folder_of_the_nas(turns: Turns, cluster: kubernetes.Kubernetes, bed: dict[str, str]) -> None:
    folder = pathlib.Path(bed["TAU_BED_NFS"]) / "nas.local/export/dumps"
    folder.mkdir(parents=True, exist_ok=True)
    os.chown(folder, 26, 26)
    turns.begin("application-volumes", "python")
    (dump,) = folder.glob("archive-*.dump")
    assert dump.read_bytes().startswith(b"PGDMP")
    strategy = cluster.get("deployment", "archive", "archive")["spec"]["strategy"]["type"]
    assert strategy == "Recreate"
    turns.others_change_nothing("typescript", "yaml")
    turns.change("yaml", ("1Gi", "2Gi"))
    turns.destroy()
    assert dump.exists()


def test_a_deployment_of_ones_own(turns: Turns, cluster: kubernetes.Kubernetes) -> None:
    turns.begin("application-own-deployment", "yaml")
    client = applications.requester(cluster, "letters")
    assert client.text("http://letters:8080/healthcheck").strip() == "OK"
    cluster.kubectl("delete", "pod", client.name, "--namespace", "letters")
    turns.others_change_nothing("python", "typescript")
    turns.change("typescript", ("hello", "welcome"))
    turns.destroy()
