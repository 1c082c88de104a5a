"""`tau.kubernetes.kinds.deployment`: what a Deployment says about itself."""

from typing import Any

import pytest

from tau.kubernetes.kinds import deployment
from tau.kubernetes.manifest import merge

AVAILABLE: dict[str, Any] = {
    "metadata": {"generation": 3},
    "spec": {"replicas": 2},
    "status": {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
}


def test_it_is_ready_when_every_replica_is_new_and_available() -> None:
    assert deployment.state(AVAILABLE).ready


def test_zero_replicas_are_ready_although_the_api_server_omits_counts_of_zero() -> None:
    stopped = {"metadata": {"generation": 4}, "spec": {"replicas": 0}, "status": {"observedGeneration": 4}}
    assert deployment.state(stopped).ready
    assert not deployment.state(merge(stopped, {"status": {"observedGeneration": 3}})).ready
    assert not deployment.state(merge(stopped, {"status": {"replicas": 1, "updatedReplicas": 1}})).ready
    assert not deployment.state(merge(stopped, {"spec": {"replicas": 1}})).ready


@pytest.mark.parametrize(
    "change", [{"observedGeneration": 2}, {"updatedReplicas": 1}, {"availableReplicas": 1}, {"replicas": 3}]
)
def test_it_waits_for_old_replicas_to_go_and_new_ones_to_come(change: dict[str, int]) -> None:
    assert not deployment.state(merge(AVAILABLE, {"status": change})).ready


def test_it_tells_what_its_conditions_complain_about() -> None:
    conditions = [
        {"type": "Available", "status": "False", "message": "no minimum availability"},
        {"type": "Progressing", "status": "True", "message": "is progressing"},
        {"type": "Other", "status": "False"},
    ]
    found = deployment.state({"metadata": {"generation": 1}, "spec": {}, "status": {"conditions": conditions}})
    assert found.message == "0 of 1 replicas available; no minimum availability"


def test_it_may_take_longer_than_kubernetes_expects() -> None:
    late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}
    status = {"observedGeneration": 3, "availableReplicas": 1, "conditions": [late]}
    found = deployment.state(merge(AVAILABLE, {"status": status}))
    assert (found.ready, found.failed, found.message) == (False, False, "1 of 2 replicas available; timed out")


def test_it_has_failed_when_admission_refuses_its_pods() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "message": 'pods "x" is forbidden: violates PodSecurity'}
    found = deployment.state(merge(AVAILABLE, {"status": {"availableReplicas": 0, "conditions": [refused]}}))
    assert (found.failed, found.message) == (True, f"0 of 2 replicas available; {refused['message']}")
