"""The FAKE cluster does what the real one does, where a walk depends on it."""

import pathlib
from typing import Any

import pytest

from tests.walk.api_objects import Objects
from tests.walk.api_values import Key, Refused
from tests.walk.fake_cluster import FakeCluster, cluster_key
from tests.walk.operators import HIBERNATION
from tests.walk.served_kinds import CNPG
from tests.walk.simulated_store import SimulatedStore

_FILES = Key("v1", "data", "configmaps", "files")


@pytest.fixture
def cluster(tmp_path: pathlib.Path) -> FakeCluster:
    return FakeCluster("alpha", SimulatedStore(tmp_path))


@pytest.fixture
def objects(cluster: FakeCluster) -> Objects:
    return cluster.objects


def _config(**data: str) -> dict[str, Any]:
    return {"data": data}


def test_a_field_of_another_manager_with_another_value_is_a_conflict(objects: Objects) -> None:
    objects.apply(_FILES, _config(a="1", b="1"), "first", force=False)
    with pytest.raises(Refused, match=r'conflict with "first": .data.a') as refused:
        objects.apply(_FILES, _config(a="2"), "second", force=False)
    assert refused.value.code == 409
    assert objects.shown(_FILES)["data"] == {"a": "1", "b": "1"}


def test_a_field_with_the_same_value_is_shared_and_stays_until_nobody_wants_it(objects: Objects) -> None:
    objects.apply(_FILES, _config(a="1", b="1"), "first", force=False)
    objects.apply(_FILES, _config(a="1"), "second", force=False)
    objects.apply(_FILES, _config(), "first", force=False)
    assert objects.shown(_FILES)["data"] == {"a": "1"}
    objects.apply(_FILES, {}, "second", force=False)
    assert "data" not in objects.shown(_FILES)


def test_force_takes_a_field(objects: Objects) -> None:
    objects.apply(_FILES, _config(a="1"), "first", force=False)
    objects.apply(_FILES, _config(a="2"), "second", force=True)
    assert [one["manager"] for one in objects.shown(_FILES)["metadata"]["managedFields"]] == ["second"]


def test_an_update_takes_a_field_and_managed_fields_can_be_written(objects: Objects) -> None:
    objects.apply(_FILES, _config(a="1"), "first", force=False)
    objects.patch(_FILES, _config(a="2"), "kubectl")
    with pytest.raises(Refused, match='conflict with "kubectl"'):
        objects.apply(_FILES, _config(a="1"), "first", force=False)
    entry = {"manager": "tau", "operation": "Update", "fieldsV1": {"f:metadata": {"f:annotations": {"f:kept": {}}}}}
    objects.patch(_FILES, {"metadata": {"annotations": {"kept": "yes"}, "managedFields": [entry]}}, "kubectl")
    assert objects.apply(_FILES, _config(a="1"), "first", force=False)["data"] == {"a": "1"}


def test_a_dry_run_changes_nothing(objects: Objects) -> None:
    objects.apply(_FILES, _config(a="1"), "first", force=False)
    version = objects.shown(_FILES)["metadata"]["resourceVersion"]
    objects.apply(_FILES, _config(a="2"), "first", force=False, dry=True)
    objects.delete(_FILES, {}, dry=True)
    assert objects.shown(_FILES)["metadata"]["resourceVersion"] == version


def test_a_deletion_has_preconditions(objects: Objects) -> None:
    seen = objects.create(_FILES, _config(), "kubectl")["metadata"]
    objects.patch(_FILES, _config(a="1"), "kubectl")
    for wrong in ({"uid": "another"}, {"resourceVersion": seen["resourceVersion"]}):
        with pytest.raises(Refused, match="cannot be fulfilled"):
            objects.delete(_FILES, {"preconditions": wrong})
    objects.delete(_FILES, {"preconditions": {"uid": seen["uid"]}})
    assert objects.find(_FILES) is None


def test_finalizers_hold_an_object_until_the_last_is_gone(objects: Objects) -> None:
    objects.create(_FILES, {"metadata": {"finalizers": ["held"]}}, "kubectl")
    objects.delete(_FILES, {})
    assert "deletionTimestamp" in objects.shown(_FILES)["metadata"]
    objects.patch(_FILES, {"metadata": {"finalizers": []}}, "kubectl")
    assert objects.find(_FILES) is None


@pytest.mark.parametrize(("policy", "left"), [("Background", False), ("Foreground", False), ("Orphan", True)])
def test_what_an_object_owns_goes_with_it(objects: Objects, policy: str, left: bool) -> None:
    uid = objects.create(_FILES, _config(), "kubectl")["metadata"]["uid"]
    owned = Key("v1", "data", "secrets", "owned")
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "files", "uid": uid}
    objects.create(owned, {"metadata": {"ownerReferences": [owner]}}, "kubectl")
    objects.delete(_FILES, {"propagationPolicy": policy})
    assert (objects.find(owned) is not None) == left


def test_a_namespace_takes_everything_along_and_nothing_is_made_in_one_that_is_not_there(objects: Objects) -> None:
    objects.create(_FILES, _config(), "kubectl")
    objects.delete(Key("v1", "", "namespaces", "data"), {})
    assert objects.find(_FILES) is None
    with pytest.raises(Refused, match='namespaces "data" not found'):
        objects.create(_FILES, _config(), "kubectl")


def test_a_definition_takes_all_objects_of_its_kind_along(objects: Objects) -> None:
    objects.create(cluster_key("data", "shop"), _server(), "kubectl")
    objects.delete(Key("apiextensions.k8s.io/v1", "", "customresourcedefinitions", "clusters.postgresql.cnpg.io"), {})
    assert objects.of("clusters") == []


def _server(*, archives: bool = False) -> dict[str, Any]:
    parameters = {"barmanObjectName": "shop", "serverName": "shop-15-1"}
    plugins = [{"name": "barman-cloud.cloudnative-pg.io", "parameters": parameters}] if archives else []
    return {"spec": {"instances": 1, "imageName": "registry.test/postgresql:15", "plugins": plugins}}


def _back_up(cluster: FakeCluster, name: str) -> dict[str, Any]:
    key = Key(CNPG, "data", "backups", name)
    cluster.objects.create(key, {"spec": {"cluster": {"name": "shop"}}}, "kubectl")
    status: dict[str, Any] = cluster.objects.shown(key)["status"]
    return status


@pytest.fixture
def archived(cluster: FakeCluster) -> FakeCluster:
    """A server with one row and an archive."""
    configuration = {"destinationPath": "s3://archive/home", "endpointURL": "http://127.0.0.1:9000"}
    store = Key("barmancloud.cnpg.io/v1", "data", "objectstores", "shop")
    cluster.objects.create(store, {"spec": {"configuration": configuration}}, "kubectl")
    cluster.objects.create(cluster_key("data", "shop"), _server(archives=True), "kubectl")
    (server,) = cluster.operators.servers.values()
    server.rows.add(1)
    return cluster


def test_a_backup_holds_the_rows_of_its_moment_and_outlives_the_server(archived: FakeCluster) -> None:
    (server,) = archived.operators.servers.values()
    assert _back_up(archived, "one")["phase"] == "completed"
    server.rows.add(2)
    archived.objects.delete(cluster_key("data", "shop"), {})
    assert not archived.operators.servers
    assert archived.operators.store.rows() == {1}


def test_a_new_server_does_not_archive_into_what_another_one_left(archived: FakeCluster) -> None:
    _back_up(archived, "one")
    archived.objects.delete(cluster_key("data", "shop"), {})
    archived.objects.create(cluster_key("data", "shop"), _server(archives=True), "kubectl")
    assert _back_up(archived, "two")["error"] == "Expected empty archive"


def test_a_server_that_hibernates_cannot_be_backed_up(archived: FakeCluster) -> None:
    archived.annotate(cluster_key("data", "shop"), {HIBERNATION: "on"})
    assert _back_up(archived, "one")["phase"] == "failed"
    archived.wake(cluster_key("data", "shop"))
    assert _back_up(archived, "two")["phase"] == "completed"


def test_both_clusters_have_an_identity_of_their_own(tmp_path: pathlib.Path) -> None:
    system = Key("v1", "", "namespaces", "kube-system")
    found = {FakeCluster(name, SimulatedStore(tmp_path)).objects.shown(system)["metadata"]["uid"] for name in "ab"}
    assert len(found) == 2


def test_a_json_patch_gives_fields_to_another_manager(objects: Objects) -> None:
    (entry,) = objects.apply(_FILES, _config(a="1"), "first", force=False)["metadata"]["managedFields"]
    renamed = [{"op": "replace", "path": "/metadata/managedFields", "value": [{**entry, "manager": "second"}]}]
    objects.patch_by_steps(_FILES, renamed, "pulumi")
    assert objects.apply(_FILES, _config(a="2"), "second", force=False)["data"] == {"a": "2"}
    objects.patch_by_steps(_FILES, [{"op": "remove", "path": "/data/a"}], "kubectl")
    assert objects.shown(_FILES)["data"] == {}
