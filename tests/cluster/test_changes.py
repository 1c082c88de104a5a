"""An Instance changes while it serves, and `up` ends when the change has arrived in the server."""

import dataclasses
import json
from typing import Any

import pytest

from tests.cluster import kubernetes, programs, stack
from tests.cluster.conftest import NewStack

_CLUSTER = "postgres-server"
_SMALLER = {"size": "256Mi"}
_CHANGED = {
    "storage": {"size": "1Gi"},
    "parameters": {"max_connections": "57"},
    "resources": {"limits": {"memory": "320Mi"}, "requests": {"cpu": "10m", "memory": "64Mi"}},
}


@dataclasses.dataclass(frozen=True)
class Course:
    """What was seen right after each `up`."""

    shrinking: stack.Result
    older: stack.Result
    change: stack.Result
    capacity: str
    max_connections: list[str]
    memory_limit: str
    same_objects: bool
    second_instance: stack.Result
    ready: int
    replicas: list[str]
    budgets: set[str]


@pytest.fixture(scope="module")
def course(operator: None, new_stack: NewStack, namespace: str, cluster: kubernetes.Kubernetes) -> Course:
    owned = new_stack()
    server = kubernetes.Server(cluster, namespace, _CLUSTER)
    owned.up(_program(namespace))
    made = _identities(cluster, namespace)
    shrinking = owned.preview(_program(namespace, storage=_SMALLER), fails=True)
    older = owned.preview(_program(namespace, version="14"), fails=True)
    change = owned.up(_program(namespace, **_CHANGED))
    claim = cluster.get("pvc", f"{_CLUSTER}-1", namespace)
    pod = cluster.get("pod", f"{_CLUSTER}-1", namespace)
    found: dict[str, Any] = {
        "capacity": claim["status"]["capacity"]["storage"],
        "max_connections": server.sql("SHOW max_connections"),
        "memory_limit": pod["spec"]["containers"][0]["resources"]["limits"]["memory"],
        "same_objects": _identities(cluster, namespace) == made,
    }
    second = owned.up(_program(namespace, instances=2, **_CHANGED))
    return Course(
        shrinking=shrinking,
        older=older,
        change=change,
        **found,
        second_instance=second,
        ready=cluster.get("cluster", _CLUSTER, namespace)["status"]["readyInstances"],
        replicas=server.sql("SELECT state FROM pg_stat_replication"),
        budgets=cluster.names("poddisruptionbudget", namespace),
    )


def _program(namespace: str, **properties: Any) -> stack.Program:
    return {"resources": {"server": programs.instance(namespace, **properties)}}


def _identities(cluster: kubernetes.Kubernetes, namespace: str) -> set[str]:
    listed = cluster.kubectl("get", "cluster,pvc", "--namespace", namespace, "-o", "json")
    return {item["metadata"]["uid"] for item in json.loads(listed)["items"]}


def test_a_smaller_volume_is_refused_in_a_preview(course: Course) -> None:
    assert "property storage.size with value '{256Mi}'" in course.shrinking.output
    assert "a volume cannot shrink" in course.shrinking.output


def test_an_older_version_is_refused_in_a_preview(course: Course) -> None:
    assert "property version with value '{14}'" in course.older.output
    assert "there is no way back" in course.older.output


def test_a_change_replaces_nothing(course: Course) -> None:
    assert set(course.change.changed) == {"update"}
    assert course.same_objects


def test_storage_grows_in_place(course: Course) -> None:
    assert course.capacity == "1Gi"


def test_a_changed_parameter_is_in_force_when_up_ends(course: Course) -> None:
    assert course.max_connections == ["57"]


def test_changed_memory_is_in_force_when_up_ends(course: Course) -> None:
    assert course.memory_limit == "320Mi"


def test_a_second_instance_replicates_when_up_ends(course: Course) -> None:
    assert course.ready == 2
    assert course.replicas == ["streaming"]


def test_only_several_instances_have_a_disruption_budget(course: Course) -> None:
    assert course.budgets
