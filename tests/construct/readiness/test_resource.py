"""Readiness: waits for an object of a cluster, and says in the object's own words how that goes."""

import base64
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pulumi.runtime import proto

from tau.operator import objects as operator
from testbed.drive import fake_engine, plugin, property_map
from tests.construct.fake_kubernetes import CNPG, FakeKubernetes
from tests.construct.waiting import Waiting

HEALTHY: dict[str, Any] = {
    "phase": "Cluster in healthy state",
    "readyInstances": 1,
    "conditions": [{"type": "Ready", "status": "True"}],
}
SPEC: dict[str, Any] = {"instances": 1}

Begin = Callable[[str, str], Waiting]


@pytest.fixture(scope="module")
def quick(engine: fake_engine.FakeEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[plugin.Plugin]:
    """Looks more often, so that the tests need not wait either."""
    folder, command = tmp_path_factory.mktemp("quick"), plugin.hurried(patience=20)
    with engine.serving() as address, plugin.started(address, folder, command=command) as process:
        yield process


@pytest.fixture
def wait(quick: plugin.Plugin, cluster: FakeKubernetes) -> Begin:
    return lambda kind, name: Waiting(quick, cluster, kind, name)


def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def test_a_healthy_cluster_is_ready_at_once_and_shows_its_certificate(wait: Begin, cluster: FakeKubernetes) -> None:
    cluster.put_cluster("main", spec=SPEC, **HEALTHY)
    cluster.put("v1", "secrets", "main-ca", "default", data={"ca.crt": base64.b64encode(b"PEM").decode()})
    made = wait("Cluster", "main").begin().result()
    assert made.id == "Cluster/default/main"
    assert property_map.plain(made.properties) == {
        "apiVersion": CNPG,
        "kind": "Cluster",
        "namespace": "default",
        "name": "main",
        "message": "Cluster in healthy state",
        "caCertificate": "PEM",
        "lastingCaCertificate": "PEM",
    }


def test_progress_is_told_once_a_change_and_with_what_keeps_pods_from_running(
    wait: Begin, cluster: FakeKubernetes, engine: fake_engine.FakeEngine
) -> None:
    waiting = wait("Cluster", "progress")
    cluster.put_cluster("progress", spec=SPEC, phase="Setting up primary")
    call = waiting.begin()
    _until(lambda: engine.messages_of(waiting.urn))
    unscheduled = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"}
    labels = {"cnpg.io/cluster": "progress"}
    cluster.put(
        "v1", "pods", "progress-1", "default", metadata={"labels": labels}, status={"conditions": [unscheduled]}
    )
    _until(lambda: len(engine.messages_of(waiting.urn)) == 2)
    cluster.put_cluster("progress", spec=SPEC, **HEALTHY)
    assert call.result().id
    started = "Cluster default/progress: Setting up primary (0 of 1 instances ready)"
    assert engine.messages_of(waiting.urn) == [started, f"{started}; Pod progress-1: 0/1 nodes are available"]


def test_an_object_of_another_generation_is_not_ready(
    wait: Begin, cluster: FakeKubernetes, engine: fake_engine.FakeEngine
) -> None:
    waiting = wait("Database", "stale")
    status = {"applied": True, "observedGeneration": 1}
    cluster.put(CNPG, "databases", "stale", "default", metadata={"generation": 2}, status=status)
    call = waiting.begin()
    _until(lambda: engine.messages_of(waiting.urn))
    cluster.put(
        CNPG, "databases", "stale", "default", metadata={"generation": 2}, status=status | {"observedGeneration": 2}
    )
    assert call.result().id == "Database/default/stale"


def test_a_failure_that_passes_is_waited_out(
    wait: Begin, cluster: FakeKubernetes, engine: fake_engine.FakeEngine
) -> None:
    waiting = wait("DatabaseRole", "late")
    cluster.put(CNPG, "databaseroles", "late", "default", status={"applied": False, "message": "not there yet"})
    call = waiting.begin()
    _until(lambda: engine.messages_of(waiting.urn) == ["DatabaseRole default/late: not there yet"])
    cluster.put(CNPG, "databaseroles", "late", "default", status={"applied": True, "observedGeneration": 1})
    assert property_map.plain(call.result().properties)["message"] == "applied"


def test_an_api_server_that_is_away_for_a_moment_is_waited_for(
    wait: Begin, cluster: FakeKubernetes, engine: fake_engine.FakeEngine
) -> None:
    waiting = wait("Cluster", "blip")
    cluster.put_cluster("blip", spec=SPEC, phase="Setting up primary")
    call = waiting.begin()
    _until(lambda: len(engine.messages_of(waiting.urn)) == 1)
    cluster.hang_up = True
    _until(lambda: len(engine.messages_of(waiting.urn)) == 2)
    cluster.hang_up, cluster.away = False, True
    _until(lambda: len(engine.messages_of(waiting.urn)) == 3)
    cluster.away = False
    cluster.put_cluster("blip", spec=SPEC, **HEALTHY)
    assert call.result().id == waiting.identifier


def test_after_a_change_a_cluster_must_stay_ready(wait: Begin, cluster: FakeKubernetes) -> None:
    """Right after it, the state is still that of before."""
    cluster.put_cluster("changed", spec=SPEC, **HEALTHY)
    wait("Cluster", "changed").begin_update().result()
    looks = [one for one in cluster.requests if one.endswith("/clusters/changed")]
    assert len(looks) >= 4


# The last look is for the name of its CA.
@pytest.mark.parametrize(("generation", "looks"), [(1, 2), (2, 5)])
def test_a_cluster_that_was_taken_over_must_stay_ready_as_well(
    wait: Begin, cluster: FakeKubernetes, generation: int, looks: int
) -> None:
    """It is new to the state, but not to the operator."""
    cluster.put_cluster("taken", spec=SPEC, **HEALTHY)
    wait("Cluster", "taken").begin(generation=generation).result()
    assert len([one for one in cluster.requests if one.endswith("/clusters/taken")]) == looks


def test_an_operator_is_ready_when_its_webhook_answers(
    wait: Begin, cluster: FakeKubernetes, engine: fake_engine.FakeEngine
) -> None:
    waiting = wait("Deployment", operator.DEPLOYMENT)
    status = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    cluster.put("apps/v1", "deployments", operator.DEPLOYMENT, "default", spec={"replicas": 1}, status=status)
    cluster.refusal = 'Internal error occurred: failed calling webhook "vcluster.cnpg.io": connection refused'
    call = waiting.begin()
    _until(lambda: any("failed calling webhook" in one for one in engine.messages_of(waiting.urn)))
    cluster.refusal = None
    assert call.result().id
    assert any(one.startswith("POST ") and "dryRun=All" in one for one in cluster.requests)
    assert not [one for one in cluster.requests if one.startswith("POST ") and "dryRun=All" not in one]


def test_a_plugin_is_ready_when_it_answers_and_the_operator_has_registered_it(
    wait: Begin, cluster: FakeKubernetes, engine: fake_engine.FakeEngine
) -> None:
    waiting = wait("Service", "plugin")
    slices, ready = {"kubernetes.io/service-name": "plugin"}, [{"conditions": {"ready": True}}]
    seen = {"uid": "1", "finalizers": ["cnpg.io/cleanupPlugin"]}
    cluster.put("v1", "services", "plugin", "default", metadata=seen)
    call = waiting.begin()
    _until(lambda: len(engine.messages_of(waiting.urn)) == 1)
    event = {"involvedObject": {"uid": "1"}, "source": {"component": "cloudnative-pg-plugin"}, "type": "Normal"}
    cluster.put("v1", "events", "plugin.1", "default", reason="FinalizerAdded", **event)
    cluster.put("discovery.k8s.io/v1", "endpointslices", "p-1", "default", metadata={"labels": slices}, endpoints=ready)
    _until(lambda: len(engine.messages_of(waiting.urn)) == 2)
    cluster.put("v1", "events", "plugin.1", "default", reason="PluginRegistered", **event)
    assert property_map.plain(call.result().properties)["message"] == "registered"
    assert engine.messages_of(waiting.urn) == [
        "Service default/plugin: no Pod of the plugin answers yet",
        "Service default/plugin: the operator has not registered the plugin yet",
    ]


def test_a_refresh_shows_the_state_of_now_and_what_is_gone(wait: Begin, cluster: FakeKubernetes) -> None:
    waiting = wait("Cluster", "seen")
    cluster.put_cluster("seen", spec=SPEC, phase="Failing over")
    request = proto.ReadRequest(id=waiting.identifier, urn=waiting.urn, inputs=waiting.inputs())
    found = waiting.plugin.calls.Read(request)
    assert found.id == waiting.identifier
    assert property_map.plain(found.properties)["message"].startswith("Failing over")
    assert found.inputs == waiting.inputs()
    cluster.remove(CNPG, "clusters", "seen", "default")
    assert waiting.plugin.calls.Read(request).id == ""


def test_a_refresh_outlasts_an_api_server_that_is_away(wait: Begin, cluster: FakeKubernetes) -> None:
    """Whoever asks once, and not again and again, has patience instead."""
    waiting = wait("Cluster", "away")
    cluster.put_cluster("away", spec=SPEC, **HEALTHY)
    cluster.away = True
    call = waiting.plugin.calls.Read.future(
        proto.ReadRequest(id=waiting.identifier, urn=waiting.urn, inputs=waiting.inputs())
    )
    _until(lambda: len(cluster.requests) >= 2)
    cluster.away = False
    assert call.result().id == waiting.identifier


def test_deleting_it_asks_nothing_of_the_cluster(wait: Begin, cluster: FakeKubernetes) -> None:
    waiting = wait("Cluster", "gone")
    request = proto.DeleteRequest(id=waiting.identifier, urn=waiting.urn, old_inputs=waiting.inputs())
    waiting.plugin.calls.Delete(request)
    assert cluster.requests == []


def test_a_preview_waits_for_nothing(wait: Begin, cluster: FakeKubernetes) -> None:
    made = wait("Cluster", "yet-to-come").begin(preview=True).result()
    assert "caCertificate" not in made.properties
    assert cluster.requests == []


def test_check_names_what_is_wrong_and_leaves_the_inputs(wait: Begin) -> None:
    waiting = wait("StatefulSet", "Main_1")
    checked = waiting.plugin.calls.Check(proto.CheckRequest(urn=waiting.urn, news=waiting.inputs()))
    assert {one.property for one in checked.failures} == {"kind", "name"}
    assert checked.inputs == waiting.inputs()
    good = wait("Cluster", "main")
    assert not good.plugin.calls.Check(proto.CheckRequest(urn=good.urn, news=good.inputs())).failures


def test_check_accepts_what_is_not_known_yet(wait: Begin) -> None:
    waiting = wait("Cluster", property_map.UNKNOWN)
    news = waiting.inputs(namespace=property_map.UNKNOWN, generation=property_map.UNKNOWN)
    assert not waiting.plugin.calls.Check(proto.CheckRequest(urn=waiting.urn, news=news)).failures


@pytest.mark.parametrize(
    ("old", "new", "changed"), [(1, 1, []), (1, 2, ["generation"]), (1, property_map.UNKNOWN, ["generation"])]
)
def test_a_changed_input_is_an_update_and_never_a_replacement(
    wait: Begin, old: int, new: int | str, changed: list[str]
) -> None:
    waiting = wait("Cluster", "main")
    olds, news = waiting.inputs(generation=old), waiting.inputs(generation=new)
    diff = waiting.plugin.calls.Diff(proto.DiffRequest(id="x", urn=waiting.urn, olds=olds, old_inputs=olds, news=news))
    assert list(diff.diffs) == changed
    assert diff.changes == (proto.DiffResponse.DIFF_SOME if changed else proto.DiffResponse.DIFF_NONE)
    assert not diff.replaces


def test_no_kubeconfig_shows_in_what_is_told(
    wait: Begin, cluster: FakeKubernetes, engine: fake_engine.FakeEngine
) -> None:
    cluster.put_cluster("hidden", spec=SPEC, **HEALTHY)
    made = wait("Cluster", "hidden").begin().result()
    for text in (str(made), engine.everything(), wait("Cluster", "hidden").plugin.printed()):
        assert "kubeconfig-token-must-stay-hidden" not in text
