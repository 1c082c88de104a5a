"""How an Instance is: by its metrics, by a function, by kubectl; and what watches it is what the cluster accepts.

There is no Prometheus on the bed: this reads port 9187 from where Prometheus would be, and looks for every metric that
the alerts and the dashboard ask for. Those of kubelets and kube-state-metrics are not of this port. The result of the
restore check is written by the test; tests/cluster/test_restore_check.py has a check write it.
"""

import dataclasses
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from testbed.drive import share as nas
from tests.cluster import ledger
from tests.cluster.conftest import NewStack
from tests.contract import kubernetes_schemas

_SHOP = "postgres-shop"
_GENERATION = f"{_SHOP}-15-1"
_CHECK = f"{_SHOP}-restore-check"
_METRIC = re.compile(r"\b(?:cnpg|barman_cloud)_[a-z_]+\b")
_SERIES = re.compile(r"^([a-z_]+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Scene:
    """A backed-up database that is watched from the namespace `watcher`."""

    cluster: kubernetes.Kubernetes
    namespace: str
    owned: stack.Stack
    watcher: kubernetes.Client
    generation: nas.Generation

    @property
    def server(self) -> kubernetes.Server:
        """The server."""
        return kubernetes.Server(self.cluster, self.namespace, _SHOP)

    def scrape(self, client: kubernetes.Client) -> kubernetes.Answer:
        """What port 9187 answers to a Pod."""
        address = self.cluster.get("pod", self.server.primary(), self.namespace)["status"]["podIP"]
        ask = f"exec 3<>/dev/tcp/{address}/9187; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
        return client.shell(f"timeout 5 bash -c {shlex.quote(ask)}")

    def values(self, metric: str, label: str = "") -> list[float]:
        """The values of a metric's series."""
        found = _SERIES.findall(self.scrape(self.watcher).output.replace("\r", ""))
        return [float(value) for name, labels, value in found if name == metric and label in labels]


@pytest.fixture(scope="module")
def prometheus_kinds(cluster: kubernetes.Kubernetes) -> Iterator[None]:
    """The kinds of the Prometheus operator, without the operator itself."""
    definitions = list(kubernetes_schemas.prometheus_definitions())
    given = json.dumps({"apiVersion": "v1", "kind": "List", "items": definitions})
    cluster.kubectl("apply", "--server-side", "-f", "-", stdin=given)
    names = [f"crd/{one['metadata']['name']}" for one in definitions]
    cluster.kubectl("wait", "--for=condition=Established", *names, "--timeout=60s")
    yield
    cluster.kubectl("delete", *names)


@pytest.fixture(scope="module")
def scene(
    operator: None,
    prometheus_kinds: None,
    new_stack: NewStack,
    namespace: str,
    neighbour: str,
    cluster: kubernetes.Kubernetes,
    share: nas.Share,
) -> Scene:
    owned = new_stack()
    owned.configure("postgres_backup_nfs_path", share.address)
    watcher = cluster.start_client(neighbour)
    owned.up(_program(namespace, neighbour))
    generation = share.generation(f"{namespace}/postgres", _GENERATION)
    waiting.until("the first base backup", generation.backups)
    scene = Scene(cluster, namespace, owned, watcher, generation)
    waiting.until("its metric", lambda: max(scene.values(_LAST_BACKUP), default=0) > 0)
    return scene


_LAST_BACKUP = "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp"


def _program(namespace: str, watcher: str) -> stack.Program:
    watched = {"prometheusNamespace": watcher, "labels": {"release": "prometheus"}}
    check = {"instance": "${shop.instanceName}", "namespace": namespace}
    arguments = {"instance": "${shop.instanceName}", "namespace": namespace}
    return {
        "resources": {
            "shop": programs.dedicated(namespace, monitoring=watched),
            "check": {"type": "tau:postgres:RestoreCheck", "properties": check},
        },
        "variables": {"health": {"fn::invoke": {"function": "tau:postgres:getHealth", "arguments": arguments}}},
        "outputs": {"health": "${health}"},
    }


def _health(scene: Scene) -> Mapping[str, Any]:
    scene.owned.up()
    found: Mapping[str, Any] = scene.owned.output("health")
    return found


def test_every_metric_of_the_alerts_and_of_the_dashboard_is_exported(scene: Scene) -> None:
    rules = json.dumps(scene.cluster.get("prometheusrule", f"{_SHOP}-alerts", scene.namespace)["spec"])
    shown = scene.cluster.get("configmap", f"{_SHOP}-dashboard", scene.namespace)["data"]["postgresql.json"]
    exported = {name for name, _, _ in _SERIES.findall(scene.scrape(scene.watcher).output.replace("\r", ""))}
    wanted = {*_METRIC.findall(rules), *_METRIC.findall(shown)}
    assert len(wanted) > 10
    assert wanted - exported == set()


def test_the_pod_monitor_selects_the_server_and_names_its_port(scene: Scene) -> None:
    found = scene.cluster.get("podmonitor", f"{_SHOP}-metrics", scene.namespace)
    assert found["metadata"]["labels"]["release"] == "prometheus"
    pod = scene.cluster.get("pod", scene.server.primary(), scene.namespace)
    assert found["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    ports = {port["name"]: port["containerPort"] for one in pod["spec"]["containers"] for port in one.get("ports", [])}
    assert [ports[one["port"]] for one in found["spec"]["podMetricsEndpoints"]] == [9187]


def test_of_other_namespaces_only_that_of_prometheus_reads_the_metrics(scene: Scene) -> None:
    stranger = scene.cluster.start_client("default", f"stranger-{scene.namespace}")
    try:
        assert scene.scrape(stranger).code != 0
        assert scene.scrape(scene.watcher).code == 0
    finally:
        stranger.remove()


def test_the_function_tells_that_all_is_well_and_an_up_with_it_changes_nothing(scene: Scene) -> None:
    waiting.until("an archived segment", scene.generation.segments)
    again = scene.owned.up()
    assert again.changed == {}
    told = scene.owned.output("health")
    assert (told["healthy"], told["problems"]) == (True, []), told
    assert (told["archiving"], told["restoreCheck"]) == ("working", "none")
    assert 0 <= told["lastBackupAgeSeconds"] < 900
    assert told["serverName"] == _GENERATION


def test_one_command_shows_servers_archive_backup_and_restore_check(scene: Scene) -> None:
    page = (stack.CHECKOUT / "docs/health.md").read_text()
    found = re.search(r"^\$ (kubectl get clusters.*?')$", page, re.DOTALL | re.MULTILINE)
    assert found
    arguments = shlex.split(found[1].replace("\\\n", ""))[1:]
    written = {"data": {"result": "passed", "finished": "2026-11-22T05:01:48Z"}}
    patch = ["patch", "configmap", _CHECK, "--namespace", scene.namespace, "--type=merge", "-p", json.dumps(written)]
    scene.cluster.kubectl(*patch)
    shown = scene.cluster.kubectl(*[scene.namespace if one == "apps" else one for one in arguments])
    rows = {line.split()[0]: line.split() for line in shown.splitlines() if len(line.split()) > 1 and _SHOP in line}
    assert rows["Cluster"][1:4] == [_SHOP, "1", "True"], shown
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\S+Z", rows["ObjectStore"][4]), shown
    check = [line.split() for line in shown.splitlines() if f" {_CHECK} " in line]
    assert check[0][-2:] == ["passed", "2026-11-22T05:01:48Z"], shown


def test_a_store_that_is_away_shows_in_the_metrics_and_is_told_with_the_words_of_the_operator(scene: Scene) -> None:
    (gateway,) = scene.cluster.names("deployment", scene.namespace)
    scale = ["scale", "deployment", gateway, "--namespace", scene.namespace]
    scene.cluster.kubectl(*scale, "--replicas=0")
    try:
        scene.server.sql("SELECT pg_logical_emit_message(true, 'x', 'y')")
        scene.server.sql("SELECT pg_switch_wal()")
        waiting.until("a waiting segment", lambda: _waiting(scene) > 0)
        waiting.until("the failure", lambda: _archiving(scene) == "False")
        told = _health(scene)
    finally:
        scene.cluster.kubectl(*scale, "--replicas=1")
    assert (told["healthy"], told["archiving"]) == (False, "failing")
    assert any(one.startswith("WAL is not archived since 20") for one in told["problems"])
    ledger.archive(scene.server, scene.generation)


def _waiting(scene: Scene) -> float:
    return max(scene.values("cnpg_collector_pg_wal_archive_status", 'value="ready"'), default=0)


def _archiving(scene: Scene) -> str:
    conditions = scene.cluster.get("cluster", _SHOP, scene.namespace)["status"]["conditions"]
    return str({one["type"]: one["status"] for one in conditions}["ContinuousArchiving"])
