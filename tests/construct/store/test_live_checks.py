"""Nobody who uses the gateway of a store is shut out by the policy of the next `up`."""

import dataclasses
from typing import Any

import pytest

from testbed.drive.deployment import Deployment
from tests.construct.fake_kubernetes import FakeKubernetes

NAS = {"nfs": {"server": "nas.local", "path": "/volume1/backups"}}
TRIED = {"flags": [], "freeBytes": 1024, "message": "the share is writable"}


@pytest.fixture(params=["http", "https"])
def used(deployment: Deployment, cluster: FakeKubernetes, request: pytest.FixtureRequest) -> Deployment:
    """A cluster where a server of the namespace `media` archives through two gateways of `default`.

    Those of an earlier version of tau were reached over plain HTTP.
    """
    deployment.monitor.answer("tau:postgres:SharePreflight", **TRIED)
    cluster.put("apiextensions.k8s.io/v1", "customresourcedefinitions", "objectstores.barmancloud.cnpg.io")
    for name in ("backups", "postgres-main-store"):
        configuration = {
            "endpointURL": f"{request.param}://{name}.default.svc:7070",
            "destinationPath": "s3://postgres",
        }
        store: Any = {"configuration": configuration}
        cluster.put("barmancloud.cnpg.io/v1", "objectstores", f"of-{name}", "media", spec=store)
    cluster.put_storage_classes("longhorn")
    config = {
        "garden:postgres_backup_nfs_path": "nas.local:/volume1/backups",
        "kubernetes:kubeconfig": cluster.kubeconfig,
    }
    return dataclasses.replace(deployment, config=config)


def test_a_namespace_that_uses_the_store_has_to_be_named(used: Deployment) -> None:
    refusal = used.refused("BackupStore", "backups", NAS)
    assert list(refusal.problems) == ["clientNamespaces"]
    assert "has to name 'media', where the store is used already (ObjectStores: media/of-backups)" in refusal.text
    used.construct("BackupStore", "backups", NAS | {"clientNamespaces": ["media"]})


def test_an_instance_with_a_store_of_its_own_names_it_too(used: Deployment) -> None:
    refusal = used.refused("Instance", "main", {})
    assert list(refusal.problems) == ["backup.clientNamespaces"]
    used.construct("Instance", "main", {"backup": {"clientNamespaces": ["media"]}})
    policy = used.monitor.find("main-store-network-policy").inputs["spec"]["ingress"][0]["from"][0]
    assert policy["namespaceSelector"]["matchExpressions"][0]["values"] == ["default", "media"]


def test_another_store_is_not_its_business(used: Deployment) -> None:
    used.construct("BackupStore", "others", NAS)


def test_a_cluster_that_does_not_let_one_look_is_no_obstacle(used: Deployment, cluster: FakeKubernetes) -> None:
    cluster.forbidden = {"objectstores"}
    used.construct("BackupStore", "backups", NAS)
