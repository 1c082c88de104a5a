"""`tau.archive.clone`: what a server that is restored beside another one does not do."""

from typing import Any

import pytest

from tau.archive import choice as archive_choice
from tau.archive import clone, observed
from tau.instance import objects as instance
from tau.kubernetes.kinds import object_store
from tau.settings import Settings
from tau.types.postgres import InstanceArgs
from tests.unit import archives
from tests.unit.evaluation import evaluated

RESTORED: dict[str, Any] = {**archive_choice.EMPTY, "serverName": "postgres-shop-15-1"}


def _parameters(recovery: dict[str, Any] | None, **inputs: Any) -> Any:
    archive = archives.archive(recovery=recovery) if recovery else None
    spec: Any = evaluated(instance.objects("main", InstanceArgs(**inputs), Settings(), archive).cluster["spec"])
    return spec["postgresql"]["parameters"]


@pytest.mark.parametrize(
    ("generation", "another"),
    [
        ("postgres-shop-15-1", True),
        ("postgres-main-15-3", False),
        ("postgres-main", False),
        ("cluster-of-somebody", True),
    ],
)
def test_the_archive_of_another_name_makes_a_clone(generation: str, another: bool) -> None:
    assert clone.of_another(generation, "postgres-main") is another


def test_a_clone_runs_no_jobs_and_no_subscriptions() -> None:
    found = _parameters({**clone.marked(RESTORED)})
    assert clone.PARAMETERS.items() <= found.items()
    assert clone.PARAMETERS == {"cron.launch_active_jobs": "off", "max_logical_replication_workers": "0"}


@pytest.mark.parametrize("recovery", [None, RESTORED, dict(archive_choice.EMPTY)])
def test_other_servers_and_those_that_were_restored_by_an_earlier_version_run_theirs(recovery: Any) -> None:
    assert not clone.PARAMETERS.keys() & _parameters(recovery).keys()


def test_the_users_parameters_win() -> None:
    wanted = {"cron.launch_active_jobs": "on", "max_logical_replication_workers": "4"}
    assert wanted.items() <= _parameters({**clone.marked(RESTORED)}, parameters=wanted).items()
    spec = {"postgresql": {"parameters": wanted}}
    assert wanted.items() <= _parameters({**clone.marked(RESTORED)}, cluster_spec=spec).items()


@pytest.mark.parametrize("parameters", [{}, {"cron.launch_active_jobs": "off"}, clone.PARAMETERS])
def test_a_clone_whose_state_was_lost_stays_one(parameters: Any) -> None:
    use = object_store.use(store="postgres-main", server_name="postgres-shop-15-1")
    spec = {
        "bootstrap": {"recovery": {"source": "archive"}},
        "externalClusters": [{"name": "archive", "plugin": use}],
        "postgresql": {"parameters": parameters},
    }
    found = observed.recovery({"metadata": {"name": "postgres-main"}, "spec": spec})
    assert bool(found.get("clone")) is (parameters == clone.PARAMETERS)
