"""`tau.restore_check.script.recovery`: when a restore is through, when it is hopeless, and in whose words."""

import json
from typing import Any

import pytest

from tau.resource.script import kubernetes as api
from tau.restore_check.script import recovery
from tau.restore_check.script.failure import CheckFailed, Deadline

HEALTHY = {"phase": "Cluster in healthy state", "readyInstances": 1}
RESTORING = {"phase": "Setting up primary", "readyInstances": 0}


def _pod(name: str, *, role: str | None = None, created: str = "1", **status: Any) -> dict[str, Any]:
    labels = {"cnpg.io/cluster": "throwaway"} | ({"cnpg.io/jobRole": role} if role else {})
    spec = {"initContainers": [{"name": "plugin-barman-cloud"}], "containers": [{"name": "full-recovery"}]}
    metadata = {"name": name, "labels": labels, "creationTimestamp": created}
    return {"metadata": metadata, "spec": spec, "status": status}


class FakeApi(api.Kubernetes):
    """A FAKE of the API: the states of the Cluster one after the other, and what is there beside it."""

    def __init__(self, *states: Any, pods: list[Any] | None = None, logs: dict[str, str] | None = None) -> None:
        self._states, self._pods, self._logs = list(states), pods or [], logs or {}

    def get(self, kind: api.Kind, name: str) -> Any:
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        return state and {"metadata": {"name": name}, "status": state}

    def labelled(self, kind: api.Kind, label: str) -> list[Any]:
        return self._pods

    def log(self, pod: str, container: str) -> str:
        return self._logs.get(container, "")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that runs 10 s at every look, and no waiting."""
    clock = iter(range(0, 100_000, 10))
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))


def test_it_waits_until_the_cluster_serves() -> None:
    kubernetes = FakeApi({}, RESTORING, HEALTHY)
    recovery.wait(kubernetes, "throwaway", Deadline(120))


def test_a_restore_that_fails_twice_is_told_in_the_words_of_the_plugin_and_the_server() -> None:
    plugin = json.dumps({"logger": "barman-cloud-restore", "msg": "2026-11-23 [1] ERROR: unexpected end of data"})
    server = json.dumps({"record": {"error_severity": "FATAL", "message": "could not locate a valid checkpoint"}})
    pods = [
        _pod("a", role="full-recovery", phase="Failed"),
        _pod("b", role="full-recovery", phase="Failed", created="2"),
    ]
    kubernetes = FakeApi(RESTORING, pods=pods, logs={"plugin-barman-cloud": plugin, "full-recovery": server})
    with pytest.raises(CheckFailed) as failed:
        recovery.wait(kubernetes, "throwaway", Deadline(120))
    assert str(failed.value) == (
        "the restore fails: unexpected end of data; PostgreSQL: could not locate a valid checkpoint"
    )


def test_a_server_that_crashes_again_and_again_is_told() -> None:
    crashing = _pod("throwaway-1", containerStatuses=[{"restartCount": 3, "state": {}}])
    with pytest.raises(CheckFailed, match="Pod throwaway-1 ends without a word"):
        recovery.wait(FakeApi(RESTORING, pods=[crashing]), "throwaway", Deadline(120))


def test_a_pod_that_cannot_start_is_told_once_it_lasts() -> None:
    waiting = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}}
    stuck = _pod("throwaway-1", containerStatuses=[waiting])
    with pytest.raises(CheckFailed, match="does not start: Pod throwaway-1: ImagePullBackOff: not found"):
        recovery.wait(FakeApi(RESTORING, pods=[stuck]), "throwaway", Deadline(120))
    unscheduled = [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"}]
    assert recovery.obstacles(_pod("a", conditions=unscheduled)) == ["Pod a: 0/1 nodes are available"]
    normal = {"state": {"waiting": {"reason": "PodInitializing"}}}
    assert recovery.obstacles(_pod("a", initContainerStatuses=[normal])) == []


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"phase": "Cluster is unrecoverable and needs manual intervention"}, "needs manual intervention"),
        (None, "was deleted by somebody else"),
        (RESTORING, "not finished within 2 minutes"),
    ],
)
def test_what_will_not_come_to_an_end_is_a_failure(state: Any, says: str) -> None:
    with pytest.raises(CheckFailed, match=says):
        recovery.wait(FakeApi(state), "throwaway", Deadline(2))
