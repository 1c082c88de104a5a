"""`tau.kubernetes.kinds.cluster`: what a Cluster says about itself."""

from typing import Any

import pytest

from tau.kubernetes.kinds import cluster
from tau.kubernetes.manifest import merge

HEALTHY: dict[str, Any] = {
    "spec": {"instances": 2, "imageName": "postgresql:15"},
    "status": {
        "phase": cluster.HEALTHY,
        "readyInstances": 2,
        "image": "postgresql:15",
        "conditions": [{"type": "Ready", "status": "True"}],
    },
}


def test_a_healthy_cluster_is_ready() -> None:
    assert cluster.state(HEALTHY).ready
    assert cluster.state(HEALTHY).message == "Cluster in healthy state"


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"instances": 3}},
        {"spec": {"imageName": "postgresql:16"}},
        {"status": {"conditions": [{"type": "Ready", "status": "False"}]}},
        {"status": {"conditions": []}},
        {"status": {"readyInstances": 1}},
        {"status": {"phase": "Upgrading cluster"}},
    ],
)
def test_a_cluster_on_its_way_is_not_ready_and_has_not_failed(change: dict[str, Any]) -> None:
    state = cluster.state(merge(HEALTHY, change))
    assert not state.ready
    assert not state.failed


def test_the_image_of_a_catalog_is_the_operators_choice() -> None:
    spec = {"instances": 2, "imageCatalogRef": {"major": 18}}
    living = {"spec": spec, "status": {**HEALTHY["status"], "image": "registry.example/postgresql:18.1"}}
    assert cluster.state(living).ready


def test_progress_tells_phase_reason_and_count() -> None:
    state = cluster.state(
        merge(HEALTHY, {"status": {"phase": "Waiting", "phaseReason": "no disk", "readyInstances": 1}})
    )
    assert state.message == "Waiting: no disk (1 of 2 instances ready)"


def test_a_cluster_that_the_operator_has_not_seen_says_so() -> None:
    assert cluster.state({"spec": {"instances": 1}}).message == "not seen by the operator yet (0 of 1 instances ready)"


def test_a_phase_without_a_way_out_has_failed() -> None:
    phase = "Cluster is unrecoverable and needs manual intervention"
    assert cluster.state(merge(HEALTHY, {"status": {"phase": phase}})).failed


def test_names_of_what_the_operator_makes() -> None:
    made = (cluster.read_write_service, cluster.read_only_service, cluster.ca_secret, cluster.superuser_secret)
    assert [name("main") for name in made] == ["main-rw", "main-ro", "main-ca", "main-superuser"]


@pytest.mark.parametrize(
    ("conditions", "ready", "failed", "message"),
    [
        ([], False, False, "ContinuousArchiving is not known yet"),
        ([{"status": "True", "message": "Continuous archiving is working"}], True, False, "archiving is working"),
        ([{"status": "False", "message": "exit status 2"}], False, True, "ContinuousArchiving is False: exit status 2"),
        ([{"status": "Unknown", "reason": "Restarted"}], False, True, "ContinuousArchiving is Unknown: Restarted"),
    ],
)
def test_a_single_condition_is_told_in_its_own_words(
    conditions: list[dict[str, str]], ready: bool, failed: bool, message: str
) -> None:
    given = [{"type": cluster.CONTINUOUS_ARCHIVING} | one for one in conditions]
    state = cluster.condition_state({"status": {"conditions": given}}, cluster.CONTINUOUS_ARCHIVING)
    assert (state.ready, state.failed) == (ready, failed)
    assert message in state.message
