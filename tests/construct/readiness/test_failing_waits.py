"""Readiness of what will never be ready: it ends, with the object's own words."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from testbed.drive import fake_engine, plugin
from tests.construct.fake_kubernetes import CNPG, FakeKubernetes
from tests.construct.waiting import Waiting

SPEC: dict[str, Any] = {"instances": 1}


@pytest.fixture(scope="module")
def hasty(engine: fake_engine.FakeEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[plugin.Plugin]:
    """Gives up after half a second, where a user would wait on."""
    folder, command = tmp_path_factory.mktemp("hasty"), plugin.hurried(patience=0.5)
    with engine.serving() as address, plugin.started(address, folder, command=command) as process:
        yield process


def _failure(waiting: Waiting, *, timeout: float = 0) -> str:
    error = waiting.begin(timeout=timeout).exception()
    assert isinstance(error, grpc.RpcError)
    return str(error.details())


def test_a_role_or_database_that_cannot_be_applied_says_why(hasty: plugin.Plugin, cluster: FakeKubernetes) -> None:
    cluster.put(CNPG, "databases", "bad", "default", status={"applied": False, "message": 'role "x" is missing'})
    assert _failure(Waiting(hasty, cluster, "Database", "bad")) == 'Database default/bad: role "x" is missing'


def test_a_cluster_that_is_beyond_help_says_why(hasty: plugin.Plugin, cluster: FakeKubernetes) -> None:
    cluster.put_cluster("bad", spec=SPEC, phase="Invalid cluster definition", phaseReason="no such image")
    assert _failure(Waiting(hasty, cluster, "Cluster", "bad")) == (
        "Cluster default/bad: Invalid cluster definition: no such image (0 of 1 instances ready)"
    )


def test_an_object_that_never_comes_is_told_to_be_absent(hasty: plugin.Plugin, cluster: FakeKubernetes) -> None:
    told = _failure(Waiting(hasty, cluster, "Database", "absent"))
    assert told.startswith("Database default/absent: there is no such object in the cluster")


def test_work_in_progress_is_waited_for_until_the_timeout_of_the_resource(
    hasty: plugin.Plugin, cluster: FakeKubernetes
) -> None:
    cluster.put_cluster("slow", spec=SPEC, phase="Setting up primary")
    assert _failure(Waiting(hasty, cluster, "Cluster", "slow"), timeout=1) == (
        "Cluster default/slow: not ready after 1 s: Setting up primary (0 of 1 instances ready)"
    )
    assert "Traceback" not in hasty.printed()
