"""`tau.backup.objects`: when an Instance is backed up, to where, and the objects for it."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau import fields
from tau.backup import objects as backup
from tau.instance import objects as instance
from tau.settings import Settings
from tau.types.postgres import Backup, InstanceArgs, Restore, Store
from tests.unit import arguments
from tests.unit.evaluation import evaluated

STORE = Store(endpoint="http://nas:7070", bucket="postgres", access_key_id="id", secret_access_key="key")
SHARE = Settings(postgres_backup_nfs_path="nas.local:/volume1/backups")
NONE = Settings()


@pytest.mark.parametrize(
    ("given", "settings", "expected"),
    [
        (None, NONE, False),
        (None, SHARE, True),
        (Backup(), NONE, False),
        (Backup(store=STORE), NONE, True),
        (Backup(enabled=False, store=STORE), SHARE, False),
        (Backup(enabled=True), SHARE, True),
    ],
)
def test_an_instance_is_backed_up_where_a_store_is_known(
    given: Backup | None, settings: Settings, expected: bool
) -> None:
    assert backup.archives(InstanceArgs(backup=given), settings) is expected


def test_an_own_store_lies_on_the_share_in_the_folder_of_the_namespace() -> None:
    own = backup.own_store("postgres-main", InstanceArgs(namespace="shop"), SHARE)
    assert own is not None
    assert (own.name, own.namespace, own.folder) == ("postgres-main-store", "shop", "shop/postgres")
    assert own.nfs is not None
    assert (own.nfs.server, own.nfs.path) == ("nas.local", "/volume1/backups")


@pytest.mark.parametrize("given", [Backup(store=STORE), Backup(enabled=False)])
def test_an_instance_with_another_store_or_none_makes_no_own_one(given: Backup) -> None:
    assert backup.own_store("postgres-main", InstanceArgs(backup=given), SHARE) is None


@pytest.mark.parametrize(
    ("days", "settings", "expected"),
    [(None, NONE, "7d"), (None, Settings(postgres_backup_retention_days="30"), "30d"), (3, SHARE, "3d")],
)
def test_backups_are_kept_for_as_long_as_inputs_or_configuration_say(
    days: int | None, settings: Settings, expected: str
) -> None:
    args = InstanceArgs(backup=Backup(store=STORE, retention_days=days))
    found = backup.archive_objects(instance.metadata_of("main", args), args, settings, STORE)
    assert found.object_store["spec"]["retentionPolicy"] == expected


def test_each_store_has_keys_of_its_own_name() -> None:
    about = instance.metadata_of("main", InstanceArgs(namespace="shop"))
    archive = backup.archive_objects(about, InstanceArgs(), NONE, STORE)
    source = backup.source_objects(about, STORE)
    names = [(found.object_store["metadata"]["name"], found.keys["metadata"]["name"]) for found in (archive, source)]
    assert names == [
        ("postgres-main", "postgres-main-store"),
        ("postgres-main-source", "postgres-main-source-store"),
    ]
    for found in (archive, source):
        credentials = found.object_store["spec"]["configuration"]["s3Credentials"]
        assert {one["name"] for one in credentials.values()} == {found.keys["metadata"]["name"]}
        assert {one["key"] for one in credentials.values()} == found.keys["stringData"].keys()
        assert found.keys["metadata"]["namespace"] == "shop"


@given(args=arguments.INSTANCES, used=arguments.STORES, chosen=st.data())
def test_values_that_are_known_later_give_the_same_objects(
    args: InstanceArgs, used: Store, chosen: st.DataObject
) -> None:
    def objects(given: InstanceArgs, store: Store) -> list[Any]:
        about = instance.metadata_of("main", given)
        archive, source = backup.archive_objects(about, given, NONE, store), backup.source_objects(about, store)
        found = [archive.keys, archive.object_store, source.keys, source.object_store, backup.schedule(about, given)]
        return [*found, backup.generation(about, instance.image(given, NONE), given, store)]

    later = objects(arguments.deferred(args, chosen), arguments.deferred(used, chosen))
    assert evaluated(later) == evaluated(objects(args, used))


@pytest.mark.parametrize(
    ("inputs", "major"),
    [
        ({}, "15"),
        ({"version": "16.4"}, "16"),
        ({"image": "registry.example/postgres:17.2-trixie"}, "17"),
        ({"cluster_spec": {"imageName": "registry.example/postgres:14"}}, "14"),
        ({"cluster_spec": fields.Deferred(handle={"imageName": "registry.example/postgres:14"})}, "14"),
    ],
)
def test_the_generation_is_one_of_the_version_that_runs(inputs: dict[str, Any], major: str) -> None:
    args = InstanceArgs(**inputs)
    found = backup.generation(instance.metadata_of("main", args), instance.image(args, NONE), args, STORE)
    assert evaluated(found)["majorVersion"] == major


def test_a_restore_is_handed_on_as_it_is_given() -> None:
    restore = Restore(from_="postgres-old", target_lsn="0/1", store=dataclasses.replace(STORE, prefix="home"))
    args = InstanceArgs(restore=restore)
    found = backup.generation(instance.metadata_of("main", args), "postgresql:15", args, STORE)["restore"]
    assert isinstance(found, dict)
    assert found.keys() == {"from", "targetLsn", "store"}
    assert found["store"]["prefix"] == "home"
