"""Where the kubernetes provider writes files there is no cluster: nothing is looked at, and nothing waited for."""

import pytest

from tests.construct import fake_monitor, plugin
from tests.construct.deployment import Deployment

SHARE = {"nfs": {"server": "nas", "path": "/volume1/backups"}}


@pytest.fixture
def rendering(deployment: Deployment) -> Deployment:
    config = {"kubernetes:renderYamlToDirectory": "rendered"}
    return Deployment(deployment.plugin, deployment.monitor, config=config)


def _kinds(monitor: fake_monitor.FakeMonitor) -> list[str]:
    return [one.request.type for one in monitor.registered if one.request.custom]


def test_an_application_consists_of_objects_and_a_password_only(rendering: Deployment) -> None:
    rendering.construct("TauApplication", "shop", {"namespace": "shop", "image": "shop:1", "database": {}})
    kinds = _kinds(rendering.monitor)
    assert not [kind for kind in kinds if kind.startswith("tau:")]
    assert kinds.count("kubernetes:core/v1:Namespace") == 1
    assert {"kubernetes:apps/v1:Deployment", "kubernetes:postgresql.cnpg.io/v1:Cluster"} <= set(kinds)
    assert rendering.monitor.find("shop-connection").inputs["stringData"]["ca.crt"] == ""


def test_a_namespace_is_written_once_for_all_its_applications(rendering: Deployment) -> None:
    for name in ("shop", "wiki"):
        rendering.construct("TauApplication", name, {"namespace": "apps", "image": "a:1"})
    assert _kinds(rendering.monitor).count("kubernetes:core/v1:Namespace") == 1
    assert rendering.monitor.find("apps-namespace").inputs["metadata"]["name"] == "apps"


def test_a_database_on_an_instance_that_nobody_can_look_for_is_written(rendering: Deployment) -> None:
    made = rendering.construct("Database", "shop", {"instance": "postgres-main"})
    assert made.state["instanceName"] == "postgres-main"
    assert "tau:postgres:Readiness" not in _kinds(rendering.monitor)


def test_an_operator_that_runs_already_is_believed(rendering: Deployment) -> None:
    rendering.construct("Operator", "operator", {"install": False})


def test_a_store_that_a_job_has_to_try_out_is_refused(rendering: Deployment) -> None:
    refused = rendering.refused("BackupStore", "main", SHARE)
    assert "`kubernetes:renderYamlToDirectory`" in refused.problems["nfs"]


def test_backups_to_the_share_of_the_configuration_are_refused(tau: plugin.Plugin, rendering: Deployment) -> None:
    tau.configure({"postgresBackupNfsPath": "nas:/volume1/backups"})
    refused = rendering.refused("Instance", "main", {})
    assert "`backup.enabled` false" in refused.problems["backup"]
    rendering.construct("Instance", "main", {"backup": {"enabled": False}})
