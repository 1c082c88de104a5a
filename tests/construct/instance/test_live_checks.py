"""What the cluster that is there has against the inputs, asked before anything is registered."""

from typing import Any

import pytest

from testbed.drive.deployment import Deployment
from testbed.drive.fake_engine import FakeEngine
from tests.construct.fake_kubernetes import FakeKubernetes

NAMESPACE = "urn:pulumi:dev::garden::pulumi:pulumi:Stack$kubernetes:core/v1:Namespace::apps"
IMAGE = "ghcr.io/cloudnative-pg/postgresql:{}-standard-trixie"


def _spec(size: str = "10Gi", version: str = "15", **more: Any) -> dict[str, Any]:
    return {"storage": {"size": size}, "imageName": IMAGE.format(version), "instances": 1} | more


def _on(deployment: Deployment, cluster: FakeKubernetes) -> Deployment:
    return Deployment(deployment.plugin, deployment.monitor, config={"kubernetes:kubeconfig": cluster.kubeconfig})


@pytest.fixture
def up(deployment: Deployment, cluster: FakeKubernetes) -> Deployment:
    cluster.put_storage_classes("longhorn", "nas")
    return _on(deployment, cluster)


@pytest.fixture
def previewed(preview: Deployment, cluster: FakeKubernetes) -> Deployment:
    cluster.put_storage_classes("longhorn", "nas")
    return _on(preview, cluster)


@pytest.mark.parametrize(
    ("kind", "inputs", "path"),
    [
        ("Instance", {"storage": {"size": "5Gi"}}, "storage.size"),
        ("Instance", {"clusterSpec": {"storage": {"size": "9Gi"}}}, "storage.size"),
        ("Database", {"storageSize": "5Gi"}, "storageSize"),
    ],
)
def test_a_volume_cannot_shrink(
    up: Deployment, cluster: FakeKubernetes, kind: str, inputs: dict[str, Any], path: str
) -> None:
    cluster.put_cluster("postgres-main", spec=_spec(size="10Gi"))
    refused = up.refused(kind, "main", inputs)
    assert "is less than the '10Gi' that the volume has, and a volume cannot shrink" in refused.problems[path]


@pytest.mark.parametrize("size", ["10Gi", "10240Mi", "11Gi"])
def test_a_volume_may_stay_or_grow(up: Deployment, cluster: FakeKubernetes, size: str) -> None:
    cluster.put_cluster("postgres-main", spec=_spec(size="10Gi"))
    up.construct("Instance", "main", {"storage": {"size": size}})


def test_a_separate_volume_for_the_log_stays(up: Deployment, cluster: FakeKubernetes) -> None:
    cluster.put_cluster("postgres-main", spec=_spec(walStorage={"size": "5Gi"}))
    assert "cannot be removed again" in up.refused("Instance", "main", {}).problems["walStorage"]
    refused = up.refused("Instance", "main", {"walStorage": {"size": "4Gi"}})
    assert "a volume cannot shrink" in refused.problems["walStorage.size"]


@pytest.mark.parametrize("kind", ["Instance", "Database"])
def test_there_is_no_way_back_to_an_older_version(up: Deployment, cluster: FakeKubernetes, kind: str) -> None:
    cluster.put_cluster("postgres-newer", spec=_spec(version="17"))
    refused = up.refused(kind, "newer", {"version": "16"})
    assert refused.problems == {"version": "'16' is older than the running '17'; a downgrade is not possible"}
    up.construct(kind, "newer", {"version": "18"})


@pytest.mark.parametrize(
    ("kind", "inputs", "path"),
    [
        ("Instance", {"storage": {"storageClass": "longhron"}}, "storage.storageClass"),
        ("Instance", {"walStorage": {"storageClass": "longhron"}}, "walStorage.storageClass"),
        (
            "Database",
            {"clusterSpec": {"storage": {"storageClass": "longhron"}}},
            "clusterSpec.storage.storageClass",
        ),
    ],
)
def test_an_unknown_storage_class_is_refused_with_those_there_are(
    up: Deployment, kind: str, inputs: dict[str, Any], path: str
) -> None:
    refused = up.refused(kind, "main", inputs)
    assert refused.problems[path].startswith("'longhron' is not a StorageClass of this cluster")
    assert "longhorn, nas" in refused.problems[path]


def test_a_database_on_an_unknown_instance_is_refused_with_the_nearest_one(
    up: Deployment, cluster: FakeKubernetes
) -> None:
    cluster.put_cluster("postgres-main", spec=_spec())
    refused = up.refused("Database", "shop", {"instance": "postgres-mian"})
    assert "is not an instance in namespace 'default'; did you mean 'postgres-main'?" in refused.problems["instance"]


def test_a_database_on_no_instance_at_all_is_told_so(up: Deployment) -> None:
    refused = up.refused("Database", "shop", {"instance": "postgres-main"})
    assert "there is none" in refused.problems["instance"]
    assert "use its `name` output" in refused.problems["instance"]


def test_a_database_in_another_namespace_than_its_instance_is_refused(up: Deployment, cluster: FakeKubernetes) -> None:
    cluster.put_cluster("postgres-main", namespace="databases", spec=_spec())
    refused = up.refused("Database", "shop", {"instance": "postgres-main", "namespace": "apps"})
    assert refused.problems == {
        "namespace": "'apps' is not the namespace of instance 'postgres-main', which is in 'databases'; "
        "a database, its instance and its application live in one namespace"
    }


def test_a_database_on_an_instance_that_is_there_is_made(up: Deployment, cluster: FakeKubernetes) -> None:
    cluster.put_cluster("postgres-main", spec=_spec())
    up.construct("Database", "shop", {"instance": "postgres-main"})


def test_a_preview_refuses_the_same(previewed: Deployment, cluster: FakeKubernetes) -> None:
    cluster.put_cluster("postgres-main", spec=_spec(size="10Gi"))
    assert "storage.size" in previewed.refused("Instance", "main", {"storage": {"size": "5Gi"}}).problems
    assert "instance" in previewed.refused("Database", "shop", {"instance": "typo"}).problems


def test_in_a_preview_what_comes_first_may_yet_make_the_instance(previewed: Deployment) -> None:
    previewed.construct("Database", "shop", {"instance": "postgres-main"}, dependencies=[NAMESPACE])
    previewed.construct("Instance", "main", {"storage": {"storageClass": "new"}}, dependencies=[NAMESPACE])


def test_all_that_the_cluster_objects_to_comes_at_once(up: Deployment, cluster: FakeKubernetes) -> None:
    cluster.put_cluster("postgres-main", spec=_spec(version="17", walStorage={"size": "5Gi"}))
    inputs = {"storage": {"size": "1Gi", "storageClass": "none"}, "version": "15"}
    assert up.refused("Instance", "main", inputs).problems.keys() == {
        "storage.size",
        "storage.storageClass",
        "version",
        "walStorage",
    }


def test_a_cluster_that_is_away_has_no_objections(up: Deployment, cluster: FakeKubernetes) -> None:
    """What is wrong with it shows when the Kubernetes resources are made."""
    cluster.away = True
    up.construct("Instance", "main", {})
    up.construct("Database", "shop", {"instance": "postgres-main"})


def test_a_user_who_may_not_look_has_no_objections(up: Deployment, cluster: FakeKubernetes) -> None:
    """StorageClasses, and clusters of all namespaces, take rights that a user of one namespace lacks."""
    cluster.forbidden = {"storageclasses", "clusters"}
    up.construct("Instance", "main", {})
    up.construct("Database", "shop", {"instance": "postgres-main"})


def test_a_cluster_without_the_operator_has_no_objections(up: Deployment) -> None:
    up.construct("Instance", "main", {})


def test_what_counts_is_the_version_of_the_data_so_that_a_failed_upgrade_can_be_taken_back(
    up: Deployment, cluster: FakeKubernetes
) -> None:
    cluster.put_cluster("postgres-main", spec=_spec(version="17"), pgDataImageInfo={"majorVersion": 15})
    up.construct("Instance", "main", {"version": "15"})
    assert "older than the running '15'" in up.refused("Instance", "main", {"version": "14"}).problems["version"]


def test_what_cloudnativepg_does_not_upgrade_to_is_refused(up: Deployment, cluster: FakeKubernetes) -> None:
    cluster.put_cluster("postgres-main", spec=_spec(version="14"))
    assert "use `16` or later" in up.refused("Instance", "main", {"version": "15"}).problems["version"]


def test_an_upgrade_without_backups_is_warned_of(up: Deployment, cluster: FakeKubernetes, engine: FakeEngine) -> None:
    cluster.put_cluster("postgres-unsaved", spec=_spec(version="15"))
    response = up.construct("Instance", "unsaved", {"version": "17"})
    (told,) = engine.messages_of(response.urn)
    assert told.startswith("PostgreSQL 15 is upgraded to 17 without a backup before")


def test_a_volume_whose_class_cannot_grow_is_not_asked_to(up: Deployment, cluster: FakeKubernetes) -> None:
    grown = {"storage": {"size": "11Gi"}}
    storage = {"storage": {"size": "10Gi", "storageClass": "longhorn"}}
    cluster.put_cluster("postgres-main", spec=_spec() | storage)
    assert "does not let volumes grow" in up.refused("Instance", "main", grown).problems["storage.size"]
    cluster.put("storage.k8s.io/v1", "storageclasses", "longhorn", allowVolumeExpansion=True)
    up.construct("Instance", "main", grown)


def _put_database(cluster: FakeKubernetes, *, made: bool = True, **spec: Any) -> None:
    cluster.put_cluster("main", spec=_spec())
    given = {"name": "shop", "owner": "shop"} | spec
    status = {"applied": True, "observedGeneration": 1} if made else {"applied": False, "message": "no such role"}
    cluster.put("postgresql.cnpg.io/v1", "databases", "main-shop", "default", spec=given, status=status)


def test_an_owner_stays(up: Deployment, cluster: FakeKubernetes) -> None:
    _put_database(cluster)
    refused = up.refused("Database", "shop", {"instance": "main", "owner": "ann"})
    assert "whose tables belong to 'shop'" in refused.problems["owner"]


def test_the_owner_of_a_database_that_could_not_be_made_may_be_another(up: Deployment, cluster: FakeKubernetes) -> None:
    _put_database(cluster, made=False)
    up.construct("Database", "shop", {"instance": "main", "owner": "ann"})


def test_what_is_taken_over_is_not_upgraded_in_the_same_step(up: Deployment, cluster: FakeKubernetes) -> None:
    kept = {"tau/kept-for": "garden/dev/main", "cnpg.io/hibernation": "on"}
    labels = {"app.kubernetes.io/managed-by": "tau"}
    about = {"annotations": kept, "labels": labels}
    cluster.put("postgresql.cnpg.io/v1", "clusters", "postgres-main", "default", metadata=about, spec=_spec())
    refused = up.refused("Instance", "main", {"version": "17"})
    assert "use '15' (`version`) first, and upgrade it with the next `pulumi up`" in refused.problems["version"]
    up.construct("Instance", "main", {"version": "15"})


def test_an_extension_that_is_taken_out_is_dropped_and_stays_so(up: Deployment, cluster: FakeKubernetes) -> None:
    known = [{"name": "hstore", "ensure": "present"}, {"name": "citext", "ensure": "absent"}]
    _put_database(cluster, extensions=known)
    up.construct("Database", "shop", {"instance": "main", "extensions": ["pg_trgm"]})
    assert up.monitor.find("shop-database").inputs["spec"]["extensions"] == [
        {"name": "pg_trgm", "ensure": "present"},
        {"name": "hstore", "ensure": "absent"},
        {"name": "citext", "ensure": "absent"},
    ]
