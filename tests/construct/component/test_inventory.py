"""Whose the objects of a component are, and in which cluster: what comes before the first and after the last."""

from typing import Any

import pytest
from pulumi.runtime import proto

from testbed.drive import property_map
from testbed.drive.deployment import STACK, Deployment
from tests.construct import order
from tests.construct.backup.test_component import STORE
from tests.construct.fake_kubernetes import FakeKubernetes

INPUTS: dict[str, dict[str, Any]] = {
    "BackupStore": {"volumeClaim": {"name": "nas"}},
    "Database": {"backup": {"store": STORE}},
    "Instance": {"backup": {"store": STORE}},
    "TauApplication": {"image": "shop:1", "ports": [{"port": 80}], "database": {}, "namespace": "shop"},
}


def looking_after(deployment: Deployment, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the resources before the first object and after the last one are given."""
    return tuple(deployment.monitor.find(f"{name}-{one}").inputs for one in ("ownership", "deletion-guard"))  # type: ignore[return-value]


def construct(deployment: Deployment, kind: str, name: str, **options: Any) -> proto.ConstructResponse:
    return deployment.construct(kind, name, INPUTS[kind], **options)


@pytest.mark.parametrize("kind", sorted(INPUTS))
def test_every_object_names_its_owner_and_is_looked_after(deployment: Deployment, kind: str) -> None:
    response = construct(deployment, kind, "shop")
    first, last = looking_after(deployment, "shop")
    assert first == last
    assert first["owner"] == response.urn
    listed = {(one["kind"], one.get("namespace"), one["name"]) for one in first["objects"]}
    for one in deployment.monitor.registered:
        if not one.request.type.startswith("kubernetes:"):
            continue
        about, kind_of_object = one.inputs["metadata"], one.inputs["kind"]
        assert about["annotations"]["tau/owner"] == response.urn, one.urn
        assert about["annotations"]["pulumi.com/patchFieldManager"] == "tau", one.urn
        # The name of a base backup is that of an archive generation, which is only decided later.
        assert (kind_of_object, about.get("namespace"), about["name"]) in listed or kind_of_object == "Backup"
        assert order.comes_after(deployment.monitor, one.request.name, "shop-ownership"), one.urn
        assert order.comes_after(deployment.monitor, "shop-deletion-guard", one.request.name), one.urn


def test_the_owner_is_the_outermost_component_with_its_parents(deployment: Deployment) -> None:
    parent = "urn:pulumi:dev::garden::my:index:Apps::all"
    response = construct(deployment, "Database", "shop", parent=parent)
    assert looking_after(deployment, "shop")[0]["owner"] == response.urn
    assert response.urn == "urn:pulumi:dev::garden::my:index:Apps$tau:postgres:Database::shop"


def test_only_what_a_deletion_empties_holds_data(deployment: Deployment) -> None:
    inputs = {
        "namespace": "shop",
        "image": "shop:1",
        "database": {},
        "volumes": [
            {"mountPath": "/data", "size": "1Gi"},
            {"mountPath": "/media", "nfs": {"server": "nas.local", "path": "/media"}},
        ],
    }
    deployment.construct("TauApplication", "shop", inputs)
    found = {
        (one["kind"], one["name"]) for one in looking_after(deployment, "shop")[0]["objects"] if one.get("holdsData")
    }
    assert found == {("Cluster", "postgres-shop"), ("PersistentVolumeClaim", "shop-data")}
    kept = {one.request.name for one in deployment.monitor.registered if one.request.retainOnDelete}
    assert kept == {"shop-cluster", "shop-data"}


def test_what_is_replaced_is_deleted_first(deployment: Deployment) -> None:
    """The kubernetes package would delete the new object by the name of the old one."""
    construct(deployment, "TauApplication", "shop")
    found = [one for one in deployment.monitor.registered if one.request.type.startswith("kubernetes:")]
    assert [one.urn for one in found if not one.request.deleteBeforeReplace] == []


def test_a_volume_is_not_deleted_while_its_claim_is_there(deployment: Deployment) -> None:
    """It would wait for the claim, which waits for the gateway; another share has a volume of another name."""
    deployment.construct("BackupStore", "nas", {"nfs": {"server": "nas.local", "path": "/backups"}})
    for name in ("nas-volume", "nas-claim"):
        assert not deployment.monitor.find(name).request.deleteBeforeReplace


def test_components_share_one_identity_and_one_provider(deployment: Deployment, cluster: FakeKubernetes) -> None:
    cluster.put_storage_classes("longhorn")
    on = Deployment(
        deployment.plugin,
        deployment.monitor,
        config={"kubernetes:kubeconfig": cluster.kubeconfig, "kubernetes:namespace": "home", "garden:domain": "a.b"},
    )
    for name in ("one", "two"):
        on.construct("Instance", name, {})
    (identity,) = [one for one in on.monitor.everything if one.request.type.endswith(":ClusterIdentity")]
    (provider,) = [one for one in on.monitor.everything if one.request.type == "pulumi:providers:kubernetes"]
    assert identity.request.parent == provider.request.parent == STACK
    assert provider.inputs == {
        "clusterIdentifier": "uid-of-kube-system",
        "kubeconfig": cluster.kubeconfig,
        "namespace": "home",
    }
    assert property_map.is_secret(provider.request.object, "kubeconfig")
    assert identity.inputs == {"kubeconfig": cluster.kubeconfig}


def test_taus_own_kubeconfig_and_context_hold_for_the_children_too(
    deployment: Deployment, cluster: FakeKubernetes
) -> None:
    deployment.plugin.configure({"kubeconfig": cluster.kubeconfig, "context": "home"})
    on = Deployment(deployment.plugin, deployment.monitor, config={"kubernetes:context": "elsewhere"})
    on.construct("Instance", "one", {})
    found = on.monitor.find("tau-kubernetes").inputs
    assert (found["kubeconfig"], found["context"]) == (cluster.kubeconfig, "home")


def test_an_identifier_of_the_users_own_stays(deployment: Deployment) -> None:
    """Another one would make the kubernetes package replace everything."""
    on = Deployment(deployment.plugin, deployment.monitor, config={"kubernetes:clusterIdentifier": "home"})
    on.construct("Instance", "one", {})
    assert on.monitor.find("tau-kubernetes").inputs["clusterIdentifier"] == "home"


def test_an_explicit_provider_that_cannot_be_read_is_told(deployment: Deployment) -> None:
    given = {"kubernetes": "urn:pulumi:dev::garden::pulumi:providers:kubernetes::away::1a2b"}
    refused = deployment.refused("Instance", "one", {}, providers=given)
    assert (
        "the configuration of urn:pulumi:dev::garden::pulumi:providers:kubernetes::away cannot be read" in refused.text
    )


def test_a_kubeconfig_that_is_not_known_yet_asks_no_cluster(deployment: Deployment) -> None:
    urn = "urn:pulumi:dev::garden::pulumi:providers:kubernetes::new"
    deployment.monitor.states[urn] = {"kubeconfig": property_map.UNKNOWN}
    deployment.construct("Instance", "one", {}, providers={"kubernetes": f"{urn}::1a2b"})
    assert deployment.monitor.find("one-names").request.object["kubeconfig"]
