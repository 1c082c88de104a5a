"""`cleanup`: what guards a deletion, in which order, and what the engine leaves."""

import dataclasses
from typing import Any

import grpc
import pytest
from pulumi.runtime import proto

from testbed.drive import property_map
from testbed.drive.deployment import Deployment
from tests.construct import order
from tests.construct.backup.test_component import STORE
from tests.construct.fake_kubernetes import FakeKubernetes

NAS = {"postgres_backup_nfs_path": "nas.local:/volume1/backups"}
KEEPING = {"policy": "delayed", "after": "36h"}


def retained(deployment: Deployment) -> set[str]:
    """What the engine leaves."""
    return {one.request.name for one in deployment.monitor.registered if one.request.retainOnDelete}


def guard(deployment: Deployment, name: str = "shop-guard") -> dict[str, Any]:
    """Inputs of a guard."""
    return deployment.monitor.find(name).inputs


def test_the_guard_goes_before_everything_of_a_database(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {"backup": {"store": STORE}, "owner": "ann"})
    # These make nothing, or tell of what is done.
    apart = {"shop-guard", "shop-archiving", "shop-first-backup", "shop-upgrade"}
    others = {one.request.name for one in deployment.monitor.registered if one.request.custom} - apart
    for other in others:
        assert order.comes_after(deployment.monitor, "shop-guard", other), other


def test_a_server_that_never_became_ready_is_guarded_too(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {"backup": {"store": STORE}})
    assert order.comes_after(deployment.monitor, "shop-cluster-guard", "shop-cluster")
    assert not order.comes_after(deployment.monitor, "shop-cluster-guard", "shop-ready")


def test_whoever_uses_a_database_has_stopped_before_the_last_backup(deployment: Deployment) -> None:
    inputs = {"image": "app:1", "database": {"backup": {"store": STORE}}}
    deployment.construct("TauApplication", "shop", inputs)
    assert order.comes_after(deployment.monitor, "shop-deployment", "shop-guard")
    assert not order.comes_after(deployment.monitor, "shop-deployment", "shop-archiving")


def test_a_server_that_has_another_owner_now_is_not_deleted_with_the_former(
    deployment: Deployment, cluster: FakeKubernetes
) -> None:
    """The owner is in the cluster, so it does not matter which process deletes, or what its program is."""
    other = "urn:pulumi:dev::garden::tau:postgres:Instance::renamed"
    cluster.put_storage_classes("longhorn")
    about = {"annotations": {"tau/owner": other}}
    cluster.put("postgresql.cnpg.io/v1", "clusters", "postgres-shop", "default", metadata=about, spec={"instances": 1})
    on = dataclasses.replace(deployment, config={"kubernetes:kubeconfig": cluster.kubeconfig})
    on.construct("Instance", "shop", {"name": "postgres-other"})
    former = guard(deployment, "shop-guard") | {"instance": "postgres-shop"}
    request = proto.DeleteRequest(
        urn="urn:pulumi:dev::garden::tau:postgres:Instance$tau:postgres:CleanupGuard::shop-guard",
        id="default/postgres-shop",
        old_inputs=property_map.struct(former),
    )
    with pytest.raises(grpc.RpcError, match="now belongs to tau:postgres:Instance 'renamed'"):
        deployment.plugin.calls.Delete(request)
    request.old_inputs["resource"] = other
    deployment.plugin.calls.Delete(request)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"backup": {"store": STORE}}, True),
        ({}, False),
        ({"backup": {"store": STORE}, "cleanup": {"backup": False}}, False),
        ({"backup": {"store": STORE}, "cleanup": {"policy": "retain"}}, True),
    ],
)
def test_a_backup_is_the_default_where_there_is_a_store(
    deployment: Deployment, inputs: dict[str, Any], expected: bool
) -> None:
    deployment.construct("Instance", "shop", inputs)
    assert guard(deployment)["backup"] is expected
    # Only the one that stands right before the Cluster deletes it, unless it is kept.
    deleting = {} if "keep" in guard(deployment) else {"deletes": True}
    assert guard(deployment, "shop-cluster-guard") == guard(deployment) | deleting


def test_a_guard_knows_nothing_secret(deployment: Deployment) -> None:
    deployment.construct("Instance", "shop", {"backup": {"store": STORE}})
    assert guard(deployment) == {
        "instance": "postgres-shop",
        "namespace": "default",
        "backup": True,
        "backupTimeout": "1h",
        "onBackupFailure": "abort",
        "image": guard(deployment)["image"],
        "owner": "garden/dev/shop",
        "resource": "urn:pulumi:dev::garden::tau:postgres:Instance::shop",
    }


def test_by_default_only_the_server_is_left_to_the_guard(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {"backup": {"store": STORE}})
    assert retained(deployment) == {"shop-cluster"}
    assert "keep" not in guard(deployment)


def test_delayed_leaves_what_holds_data_or_leads_to_it_and_not_what_is_at_work(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {"owner": "ann", "backup": {"store": STORE}, "cleanup": KEEPING})
    server = {"shop-cluster", "shop-bootstrap", "shop-network-policy", "shop-archive", "shop-archive-keys"}
    database = {"shop-connection", "shop-connection-reader", "shop-connection-reader-binding"}
    database |= {"shop-access", "shop-owner", "shop-database"}
    assert retained(deployment) == server | database
    assert guard(deployment)["keepFor"] == "36h"


def test_retain_leaves_what_is_at_work_too(deployment: Deployment) -> None:
    home = Deployment(
        deployment.plugin, deployment.monitor, config={f"garden:{key}": value for key, value in NAS.items()}
    )
    home.construct("Instance", "shop", {"cleanup": {"policy": "retain"}})
    gateway = {"volume", "claim", "keys", "network-policy", "gateway", "service"}
    assert retained(home) >= {"shop-backup", *(f"shop-store-{part}" for part in gateway)}
    assert "keepFor" not in guard(home)


@pytest.mark.parametrize("policy", ["delayed", "retain"])
def test_the_guards_know_by_name_everything_that_is_left(deployment: Deployment, policy: str) -> None:
    inputs = {"backup": {"store": STORE}, "cleanup": {"policy": policy}, "owner": "ann"}
    deployment.construct("Database", "shop", inputs)
    left = [one for one in deployment.monitor.registered if one.request.retainOnDelete]
    expected = {(one.inputs["apiVersion"], one.inputs["kind"], one.inputs["metadata"]["name"]) for one in left}
    for name in ("shop-guard", "shop-cluster-guard"):
        known = {(one["apiVersion"], one["kind"], one["name"]) for one in guard(deployment, name)["keep"]}
        assert known == expected


@pytest.mark.parametrize(
    ("cleanup", "path", "reason"),
    [
        ({"policy": "later"}, "cleanup.policy", "'later' is not one of `immediate`, `delayed`, `retain`"),
        ({"after": "a week"}, "cleanup.after", "for example `1d12h`"),
        ({"after": "0s"}, "cleanup.after", "too short"),
        ({"after": "9999d"}, "cleanup.after", "too long"),
        ({"onBackupFailure": "ignore"}, "cleanup.onBackupFailure", "`abort`, `continue`"),
        ({"backupTimeout": "5s"}, "cleanup.backupTimeout", "use `1m` or more"),
    ],
)
@pytest.mark.parametrize("kind", ["Instance", "Database"])
def test_bad_values_are_refused_with_a_cure(
    deployment: Deployment, kind: str, cleanup: dict[str, Any], path: str, reason: str
) -> None:
    assert reason in deployment.refused(kind, "shop", {"cleanup": cleanup}).problems[path]


def test_on_a_shared_instance_it_is_the_instances_own(deployment: Deployment) -> None:
    refused = deployment.refused("Database", "shop", {"instance": "main", "cleanup": {"policy": "retain"}})
    assert "belongs to a dedicated instance" in refused.problems["cleanup"]


def test_what_is_kept_for_another_resource_is_not_taken(deployment: Deployment, cluster: FakeKubernetes) -> None:
    cluster.put_storage_classes("longhorn")
    labels = {"app.kubernetes.io/managed-by": "tau"}
    about: dict[str, Any] = {"labels": labels, "annotations": {"tau/kept-for": "garden/live/shop"}}
    spec = {"storage": {"size": "10Gi"}}
    cluster.put("postgresql.cnpg.io/v1", "clusters", "postgres-shop", "default", metadata=about, spec=spec)
    deployment.plugin.configure({"kubeconfig": cluster.kubeconfig})
    refused = deployment.refused("Instance", "shop", {})
    assert "is retained for garden/live/shop" in refused.problems["name"]
    about["annotations"]["tau/kept-for"] = "garden/dev/shop"
    cluster.put("postgresql.cnpg.io/v1", "clusters", "postgres-shop", "default", metadata=about, spec=spec)
    response = deployment.construct("Instance", "shop", {})
    assert property_map.plain(response.state)["name"] == "postgres-shop"


@pytest.mark.parametrize(
    ("kept_for", "diffs"), [("garden/dev/shop", ["message"]), ("garden/live/shop", []), (None, [])]
)
def test_an_unchanged_guard_sees_what_an_interrupted_deletion_left(
    deployment: Deployment, cluster: FakeKubernetes, kept_for: str | None, diffs: list[str]
) -> None:
    about = {"annotations": {"tau/kept-for": kept_for} if kept_for else {}}
    cluster.put("postgresql.cnpg.io/v1", "clusters", "postgres-shop", "default", metadata=about, spec={})
    deployment.plugin.configure({"kubeconfig": cluster.kubeconfig})
    given = {"instance": "postgres-shop", "namespace": "default", "backup": True, "owner": "garden/dev/shop"}
    given |= {"backupTimeout": "1h", "onBackupFailure": "abort", "image": "sidecar:1"}
    inputs = property_map.struct(given | {"kubeconfig": cluster.kubeconfig})
    request = proto.DiffRequest(
        id="default/postgres-shop",
        urn="urn:pulumi:dev::garden::tau:postgres:Instance$tau:postgres:CleanupGuard::shop-guard",
        olds=property_map.struct({"message": "a deletion deletes the server with its volumes and Secrets"}),
        old_inputs=inputs,
        news=inputs,
    )
    found = deployment.plugin.calls.Diff(request)
    assert list(found.diffs) == diffs
    assert found.changes == (proto.DiffResponse.DIFF_SOME if diffs else proto.DiffResponse.DIFF_NONE)
    cluster.away = True
    assert list(deployment.plugin.calls.Diff(request).diffs) == []
