"""`tau.kinds.pod`: why a Pod does not run."""

from typing import Any

from tau.kinds import pod


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
