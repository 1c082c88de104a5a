"""`tau.kubernetes.kinds.pod`: why a Pod does not run, and what it has yet to get."""

import json
from typing import Any

from tau.kubernetes.kinds import pod
from tau.values import quantity


def obstacles(**status: Any) -> list[str]:
    """What keeps a Pod with some status from running."""
    return pod.obstacles({"metadata": {"name": "main-1"}, "status": status})


def waiting(reason: str, **more: str) -> dict[str, Any]:
    """Status of a container that waits."""
    return {"state": {"waiting": {"reason": reason, **more}}}


def test_a_pod_that_runs_or_just_starts_has_none() -> None:
    assert obstacles(containerStatuses=[{"state": {"running": {}}}, waiting("ContainerCreating")]) == []
    assert pod.obstacles({"metadata": {"name": "main-1"}}) == []


def test_the_scheduler_is_quoted() -> None:
    condition = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"}
    assert obstacles(conditions=[condition, {"type": "Ready", "status": "False"}]) == [
        "Pod main-1: 0/1 nodes are available"
    ]


def test_the_kubelet_is_quoted_for_every_container() -> None:
    found = obstacles(
        initContainerStatuses=[waiting("ErrImagePull", message="not found")],
        containerStatuses=[waiting("CrashLoopBackOff")],
    )
    assert found == ["Pod main-1: ErrImagePull: not found", "Pod main-1: CrashLoopBackOff"]


def lags(wanted: dict[str, Any], had: dict[str, Any], **metadata: Any) -> list[str]:
    """What a Pod that was made with some resources lacks of others."""
    made = json.dumps({"containers": [{"name": "sidecar"}, {"name": "postgres", "resources": had}]})
    about = {"name": "main-1", "annotations": {"cnpg.io/podSpec": made}, **metadata}
    return pod.lags({"metadata": about}, wanted, same=quantity.same)


def test_a_pod_with_the_same_quantities_written_otherwise_does_not_lag() -> None:
    wanted = {"limits": {"cpu": 1, "memory": "1Gi"}, "requests": {"cpu": "0.5"}}
    assert lags(wanted, {"limits": {"cpu": "1", "memory": "1024Mi"}, "requests": {"cpu": "500m"}}) == []


def test_a_pod_from_before_a_change_of_resources_lags() -> None:
    wanted = {"limits": {"memory": "2Gi"}}
    (text,) = lags(wanted, {"limits": {"memory": "1Gi", "cpu": "1"}})
    assert text == "Pod main-1: does not have its new limits.cpu, limits.memory yet"


def test_a_pod_that_is_being_deleted_lags() -> None:
    assert lags({}, {}, deletionTimestamp="2026-01-01T00:00:00Z") == ["Pod main-1: is about to be replaced"]


def test_a_pod_that_is_no_instance_never_lags() -> None:
    job = {"metadata": {"name": "main-1-initdb", "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    assert pod.lags(job, {"limits": {"cpu": "1"}}, same=quantity.same) == []
