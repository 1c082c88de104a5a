"""Where the kubernetes provider writes files there is no cluster: nothing is looked at, and nothing waited for."""

import pytest
from pulumi.runtime import proto

from testbed.drive import fake_monitor, plugin, property_map
from testbed.drive.deployment import Deployment
from tests.construct import fake_kubernetes

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
    assert [kind for kind in kinds if kind.startswith("tau:")] == ["tau:postgres:RoleCredential"]
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


def test_a_password_is_made_without_a_look_at_the_cluster_of_the_machine(
    tau: plugin.Plugin, rendering: Deployment, cluster: fake_kubernetes.FakeKubernetes
) -> None:
    tau.configure({"kubeconfig": cluster.kubeconfig})
    rendering.construct("Database", "shop", {})
    given = rendering.monitor.find("shop-password")
    request = proto.CreateRequest(urn=given.urn, properties=given.request.object)
    made = property_map.plain(tau.calls.Create(request).properties)
    assert len(made["password"]) == 32
    assert not cluster.requests


def test_a_rotation_writes_both_logins_and_acts_on_no_server(rendering: Deployment) -> None:
    rendering.construct("Database", "shop", {"passwordRotation": "2026-11"})
    kinds = _kinds(rendering.monitor)
    assert [kind for kind in kinds if kind.startswith("tau:")] == ["tau:postgres:RoleCredential"]
    assert {"shop-owner-login", "shop-second-login", "shop-connection"} <= {
        one.request.name for one in rendering.monitor.registered
    }


@pytest.mark.parametrize("policy", ["immediate", "delayed", "retain"])
def test_a_deletion_of_files_is_not_guarded(rendering: Deployment, policy: str) -> None:
    rendering.construct("Instance", "main", {"cleanup": {"policy": policy}})
    assert not [kind for kind in _kinds(rendering.monitor) if kind.startswith("tau:")]


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
