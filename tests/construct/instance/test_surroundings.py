"""Instance with backups, and the cluster and the configuration around it: plugin, living server, share of the NAS."""

import dataclasses
from typing import Any

import pytest

from testbed.drive import fake_engine
from testbed.drive.deployment import Deployment
from tests.construct import fake_kubernetes, order
from tests.construct.backup.test_component import STORE, spec


@pytest.fixture
def with_plugin(cluster: fake_kubernetes.FakeKubernetes) -> fake_kubernetes.FakeKubernetes:
    """A cluster with all that an Instance needs."""
    cluster.put_storage_classes("longhorn")
    cluster.put("apiextensions.k8s.io/v1", "customresourcedefinitions", "objectstores.barmancloud.cnpg.io")
    return cluster


def on(deployment: Deployment, cluster: fake_kubernetes.FakeKubernetes) -> Deployment:
    """The same on a cluster that answers."""
    return dataclasses.replace(deployment, config={"kubernetes:kubeconfig": cluster.kubeconfig})


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"backup": {"store": STORE}}, "backup"),
        ({"backup": {"enabled": False}, "restore": {"store": STORE}}, "restore"),
    ],
)
def test_a_cluster_without_the_plugin_is_told_before_anything_is_made(
    deployment: Deployment, cluster: fake_kubernetes.FakeKubernetes, inputs: dict[str, Any], path: str
) -> None:
    cluster.put_storage_classes("longhorn")
    refused = on(deployment, cluster).refused("Instance", "main", inputs)
    assert f"- {path}: needs the Barman Cloud plugin" in refused.message, "the engine would print the store at its path"
    assert refused.problems == {}


def test_a_plugin_that_is_yet_to_come_is_not_missed_in_a_preview(
    preview: Deployment, cluster: fake_kubernetes.FakeKubernetes
) -> None:
    cluster.put_storage_classes("longhorn")
    operator = "urn:pulumi:dev::garden::tau:postgres:Operator::operator"
    on(preview, cluster).construct("Instance", "main", {"backup": {"store": STORE}}, dependencies=[operator])


def test_a_server_that_is_not_backed_up_needs_no_plugin(
    deployment: Deployment, cluster: fake_kubernetes.FakeKubernetes
) -> None:
    cluster.put_storage_classes("longhorn")
    on(deployment, cluster).construct("Instance", "main", {})


def test_who_names_no_cluster_is_never_given_that_of_another(
    deployment: Deployment, cluster: fake_kubernetes.FakeKubernetes
) -> None:
    cluster.put_storage_classes("longhorn")
    on(deployment, cluster).construct("Instance", "main", {})
    asked = len(cluster.requests)
    assert asked
    deployment.construct("Instance", "elsewhere", {})
    assert len(cluster.requests) == asked


def test_a_restore_of_a_server_that_is_there_is_told_and_ignored(
    deployment: Deployment, with_plugin: fake_kubernetes.FakeKubernetes, engine: fake_engine.FakeEngine
) -> None:
    with_plugin.put_cluster("postgres-main", spec={"storage": {"size": "10Gi"}, "instances": 1})
    response = on(deployment, with_plugin).construct("Instance", "main", {"backup": {"store": STORE}, "restore": {}})
    (told,) = engine.messages_of(response.urn)
    assert told.startswith("`restore` is used when an Instance is created, but default/postgres-main already exists")


def configured(deployment: Deployment, **more: str) -> Deployment:
    """With the NAS in the configuration."""
    return dataclasses.replace(deployment, config={"garden:postgres_backup_nfs_path": "nas.local:/backups"} | more)


def test_with_the_share_in_the_configuration_an_instance_makes_its_own_store(deployment: Deployment) -> None:
    configured(deployment, **{"garden:postgres_backup_retention_days": "30"}).construct("Instance", "main", {})
    assert deployment.monitor.find("main-store").request.type == "tau:postgres:BackupStore"
    assert spec(deployment, "main-store-volume")["nfs"] == {"server": "nas.local", "path": "/backups"}
    assert spec(deployment, "main-archive")["retentionPolicy"] == "30d"
    assert spec(deployment, "main-archive")["configuration"]["destinationPath"] == "s3://postgres"
    assert order.comes_after(deployment.monitor, "main-generation", "main-store-ready")
    assert deployment.monitor.find("main-store-preflight").inputs["folder"] == "default/postgres"


@pytest.mark.parametrize("backup", [{"store": STORE}, {"enabled": False}])
def test_a_given_store_or_none_makes_no_own_one(deployment: Deployment, backup: dict[str, Any]) -> None:
    configured(deployment).construct("Instance", "main", {"backup": backup})
    assert "main-store" not in deployment.monitor.names


def test_all_instances_of_a_namespace_share_a_folder(deployment: Deployment) -> None:
    with_share = configured(deployment)
    with_share.construct("Instance", "main", {})
    with_share.construct("Database", "shop", {})
    found = {deployment.monitor.find(f"{name}-store-preflight").inputs["folder"] for name in ("main", "shop")}
    assert found == {"default/postgres"}


@pytest.mark.parametrize("name", ["a" * 34, "a" * 35, "a" * 50])
def test_an_own_store_has_a_name_that_it_may_have(deployment: Deployment, name: str) -> None:
    configured(deployment).construct("Instance", "main", {"name": name})
    found = deployment.monitor.find("main-store-gateway").inputs["metadata"]["name"]
    assert len(found) <= 40
    assert found.endswith("-store")


def test_a_store_of_the_name_of_an_own_one_is_refused(deployment: Deployment) -> None:
    with_share = configured(deployment)
    with_share.construct("BackupStore", "nas", {"name": "postgres-main-store"})
    assert "is already created by the resource" in with_share.refused("Instance", "main", {}).problems["name"]


@pytest.mark.parametrize("first_has_its_own", [True, False])
def test_two_servers_of_one_name_on_one_store_are_refused_whoever_made_it(
    deployment: Deployment, first_has_its_own: bool
) -> None:
    with_share = configured(deployment)
    place = {"endpoint": "http://postgres-main-store.default.svc:7070", "bucket": "postgres"}
    keys = {name: STORE[name] for name in ("accessKeyId", "secretAccessKey")}
    given: list[dict[str, Any]] = [{}, {"namespace": "other", "backup": {"store": place | keys}}]
    one, two = given if first_has_its_own else reversed(given)
    with_share.construct("Instance", "one", one | {"name": "postgres-main"})
    refused = with_share.refused("Instance", "two", two | {"name": "postgres-main"})
    assert refused.problems["name"].endswith("'one'; choose another name")
    assert "postgres-main-store" in refused.problems["name"]
