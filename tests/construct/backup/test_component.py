"""Instance with backups: what is registered beside the server, in which order, and what starts it from an archive."""

from collections.abc import Mapping
from typing import Any

import pytest

from testbed.drive import fake_monitor, property_map
from testbed.drive.deployment import Deployment
from tests.construct import order

KEY = "must-stay-hidden"
STORE: dict[str, Any] = {
    "endpoint": "http://nas:7070",
    "bucket": "postgres",
    "prefix": "home",
    "accessKeyId": property_map.secret("id"),
    "secretAccessKey": property_map.secret(KEY),
}
OTHER = STORE | {"bucket": "elsewhere"}
RECOVERY = fake_monitor.NO_RECOVERY | {"serverName": "postgres-old-15-2", "targetTime": "2026-11-23T02:59:00Z"}
EMPTY = {"database": "postgres", "owner": "postgres", "secret": {"name": "postgres-main-bootstrap"}}
NAMES = {
    "main-generation": "tau:postgres:ArchiveGeneration",
    "main-archive-keys": "kubernetes:core/v1:Secret",
    "main-archive": "kubernetes:barmancloud.cnpg.io/v1:ObjectStore",
    "main-archiving": "tau:postgres:Readiness",
    "main-first-backup": "kubernetes:postgresql.cnpg.io/v1:Backup",
    "main-backup": "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup",
}
SOURCE = {
    "main-source-keys": "kubernetes:core/v1:Secret",
    "main-source": "kubernetes:barmancloud.cnpg.io/v1:ObjectStore",
}


def spec(deployment: Deployment, name: str = "main-cluster") -> Any:
    """Spec of a child."""
    return deployment.monitor.find(name).inputs["spec"]


def restored(deployment: Deployment, inputs: Mapping[str, Any]) -> Any:
    """Spec of a Cluster whose generation says to restore."""
    deployment.monitor.answer("tau:postgres:ArchiveGeneration", recovery=RECOVERY)
    deployment.construct("Instance", "main", inputs)
    return spec(deployment)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"backup": {"store": STORE}}, NAMES),
        ({"backup": {"store": STORE}, "restore": {}}, NAMES),
        ({"backup": {"store": STORE}, "restore": {"store": OTHER}}, NAMES | SOURCE),
        (
            {"backup": {"enabled": False}, "restore": {"store": OTHER}},
            {"main-generation": NAMES["main-generation"]} | SOURCE,
        ),
        ({"backup": {"enabled": False, "store": STORE}}, {}),
        ({}, {}),
    ],
)
def test_plain_inputs_decide_what_is_registered(
    deployment: Deployment, inputs: dict[str, Any], expected: dict[str, str]
) -> None:
    deployment.construct("Instance", "main", inputs)
    always = {"main-names", "main-upgrade", "main-guard", "main-cluster-guard"}
    without = {"main", "main-bootstrap", "main-network-policy", "main-cluster", "main-ready", *always}
    found = {one.request.name: one.request.type for one in deployment.monitor.registered}
    assert {name: kind for name, kind in found.items() if name not in without} == expected


def test_the_server_comes_after_its_generation_and_its_store_and_backups_after_the_first_archived_log(
    deployment: Deployment,
) -> None:
    deployment.construct("Instance", "main", {"backup": {"store": STORE}})
    for later, earlier in (
        ("main-archive", "main-archive-keys"),
        ("main-archive-keys", "main-generation"),
        ("main-bootstrap", "main-generation"),
        ("main-network-policy", "main-generation"),
        ("main-cluster", "main-archive"),
        ("main-archiving", "main-ready"),
        ("main-backup", "main-ready"),
        ("main-first-backup", "main-archiving"),
    ):
        assert order.comes_after(deployment.monitor, later, earlier), f"{later} does not come after {earlier}"
    assert deployment.monitor.find("main-archiving").inputs["condition"] == "ContinuousArchiving"
    assert "condition" not in deployment.monitor.find("main-ready").inputs


def test_a_change_of_the_server_does_not_wait_for_the_archive_again(deployment: Deployment) -> None:
    deployment.construct("Instance", "main", {"backup": {"store": STORE}})
    assert "generation" in deployment.monitor.find("main-ready").inputs
    assert "generation" not in deployment.monitor.find("main-archiving").inputs


def test_a_database_waits_for_its_server_and_not_for_the_archive(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {"backup": {"store": STORE, "schedule": "30 1 * * *"}, "restore": {}})
    assert order.comes_after(deployment.monitor, "shop-database", "shop-ready")
    assert not order.comes_after(deployment.monitor, "shop-database", "shop-archiving")
    assert spec(deployment, "shop-backup")["schedule"] == "0 30 1 * * *"
    assert deployment.monitor.find("shop-generation").inputs["restore"] == {}


def test_the_generation_hears_of_everything_that_decides_it(deployment: Deployment) -> None:
    restore = {"from": "postgres-old", "targetTime": "2026-11-23T02:59:00Z", "store": OTHER}
    inputs = {"namespace": "shop", "version": "16.4", "backup": {"store": STORE, "onExistingArchive": "newGeneration"}}
    deployment.construct("Instance", "main", inputs | {"restore": restore})
    found = deployment.monitor.find("main-generation").inputs
    assert found.pop("image").startswith("ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:")
    opened = {"region": "us-east-1", "accessKeyId": "id", "secretAccessKey": KEY}
    assert found == {
        "instance": "postgres-main",
        "namespace": "shop",
        "majorVersion": "16",
        "onExistingArchive": "newGeneration",
        "store": STORE | opened,
        "restore": restore | {"store": OTHER | opened},
    }


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"backup": {"store": STORE}, "restore": {"store": OTHER}}, None),
        ({"backup": {"enabled": False}, "restore": {"store": OTHER}}, True),
    ],
)
def test_the_generation_hears_where_nothing_is_archived(
    deployment: Deployment, inputs: dict[str, Any], expected: bool | None
) -> None:
    deployment.construct("Instance", "main", inputs)
    assert deployment.monitor.find("main-generation").inputs.get("restoreOnly") is expected


def test_the_plugin_archives_from_the_first_start_under_the_generations_name(deployment: Deployment) -> None:
    deployment.construct("Instance", "main", {"backup": {"store": STORE}})
    assert spec(deployment)["plugins"] == [
        {
            "name": "barman-cloud.cloudnative-pg.io",
            "isWALArchiver": True,
            "parameters": {"barmanObjectName": "postgres-main", "serverName": fake_monitor.GENERATED_SERVER_NAME},
        }
    ]
    assert spec(deployment)["postgresql"]["parameters"]["archive_timeout"] == "5min"
    assert spec(deployment)["bootstrap"]["initdb"].items() >= EMPTY.items()
    assert spec(deployment)["externalClusters"] == []


def test_a_server_is_restored_where_its_generation_says_so(deployment: Deployment) -> None:
    found = restored(deployment, {"backup": {"store": STORE}})
    assert found["bootstrap"] == {
        "recovery": EMPTY | {"source": "archive", "recoveryTarget": {"targetTime": "2026-11-23T02:59:00Z"}}
    }
    parameters = {"barmanObjectName": "postgres-main", "serverName": "postgres-old-15-2"}
    assert found["externalClusters"] == [
        {"name": "archive", "plugin": {"name": "barman-cloud.cloudnative-pg.io", "parameters": parameters}}
    ]


def test_another_store_is_restored_from_and_nothing_is_removed_there(deployment: Deployment) -> None:
    found = restored(deployment, {"backup": {"store": STORE}, "restore": {"store": OTHER}})
    assert found["externalClusters"][0]["plugin"]["parameters"]["barmanObjectName"] == "postgres-main-source"
    assert "retentionPolicy" not in spec(deployment, "main-source")
    assert spec(deployment, "main-source")["configuration"]["destinationPath"] == "s3://elsewhere/home"
    assert spec(deployment, "main-archive")["retentionPolicy"] == "7d"


def test_a_restore_without_backups_has_no_archiver(deployment: Deployment) -> None:
    found = restored(deployment, {"backup": {"enabled": False}, "restore": {"store": OTHER}})
    assert "plugins" not in found
    assert found["externalClusters"][0]["plugin"]["parameters"]["barmanObjectName"] == "postgres-main-source"


def test_superuser_access_stays_with_its_own_secret_after_a_restore(deployment: Deployment) -> None:
    found = restored(deployment, {"backup": {"store": STORE}, "superuserAccess": True})
    assert found["bootstrap"]["recovery"]["secret"] == {"name": "postgres-main-superuser"}


def test_cluster_spec_keeps_its_place_beside_a_restore(deployment: Deployment) -> None:
    given = {
        "bootstrap": {"initdb": {"localeCollate": "C"}, "recovery": {"recoveryTarget": {"targetTLI": "2"}}},
        "externalClusters": [{"name": "other", "connectionParameters": {"host": "h"}}],
        "plugins": [{"name": "own"}],
    }
    found = restored(deployment, {"backup": {"store": STORE}, "clusterSpec": given})
    assert found["bootstrap"]["recovery"]["recoveryTarget"]["targetTLI"] == "2"
    assert list(found["bootstrap"]) == ["recovery"]
    assert [one["name"] for one in found["externalClusters"]] == ["other", "archive"]
    assert [one["name"] for one in found["plugins"]] == ["own", "barman-cloud.cloudnative-pg.io"]


def test_a_source_that_is_no_longer_named_is_no_longer_referred_to(deployment: Deployment) -> None:
    # The plugin holds a Cluster's reconciliation up for as long as it refers to an ObjectStore that is gone.
    found = restored(deployment, {"backup": {"store": STORE}})
    assert "main-source" not in deployment.monitor.names
    assert found["externalClusters"][0]["plugin"]["parameters"]["barmanObjectName"] == "postgres-main"


def test_each_generation_begins_with_a_base_backup_of_its_own(deployment: Deployment) -> None:
    deployment.construct("Instance", "main", {"backup": {"store": STORE}})
    first = deployment.monitor.find("main-first-backup").inputs
    assert first["metadata"]["name"] == f"{fake_monitor.GENERATED_SERVER_NAME}-first"
    assert (first["spec"]["cluster"], first["spec"]["method"]) == ({"name": "postgres-main"}, "plugin")


def test_outputs_name_archive_and_store_and_hide_the_key(deployment: Deployment) -> None:
    response = deployment.construct("Instance", "main", {"backup": {"store": STORE}})
    state = property_map.plain(response.state)
    assert state["serverName"] == fake_monitor.GENERATED_SERVER_NAME
    assert state["store"] == STORE | {"region": "us-east-1", "accessKeyId": "id", "secretAccessKey": KEY}
    assert property_map.is_secret(response.state, "store")
    assert KEY not in property_map.open_text(response.state)
    for one in deployment.monitor.registered:
        assert KEY not in property_map.open_text(one.request.object)
    assert deployment.monitor.find("main-archiving").urn in response.stateDependencies["serverName"].urns


def test_where_archives_lie_is_no_secret(deployment: Deployment) -> None:
    deployment.construct("Instance", "main", {"backup": {"store": property_map.secret(STORE)}})
    assert "http://nas:7070" in property_map.open_text(deployment.monitor.find("main-archive").request.object)


def test_a_preview_knows_all_but_the_generation(preview: Deployment) -> None:
    preview.construct("Instance", "main", {"backup": {"store": property_map.output()}})
    assert NAMES.keys() <= preview.monitor.names
    found = spec(preview)
    assert found["bootstrap"] == property_map.UNKNOWN
    assert found["externalClusters"] == property_map.UNKNOWN
    assert found["storage"] == {"size": "10Gi", "storageClass": "longhorn"}


@pytest.mark.parametrize(
    ("ignored", "child", "expected"),
    [
        ("backup.schedule", "main-backup", ["spec.schedule"]),
        ("backup.retentionDays", "main-archive", ["spec.retentionPolicy"]),
        ("backup", "main-backup", ["spec.schedule"]),
        ("labels", "main-archive-keys", ["metadata.labels"]),
        ("backup.schedule", "main-archive", []),
    ],
)
def test_ignored_inputs_become_those_of_the_objects(
    deployment: Deployment, ignored: str, child: str, expected: list[str]
) -> None:
    deployment.construct("Instance", "main", {"backup": {"store": STORE}}, ignoreChanges=[ignored])
    assert list(deployment.monitor.find(child).request.ignoreChanges) == expected


def test_two_servers_of_one_name_do_not_share_an_archive(deployment: Deployment) -> None:
    inputs = {"name": "shop", "namespace": "blue", "backup": {"store": STORE}}
    deployment.construct("Instance", "first", inputs)
    refused = deployment.refused("Instance", "second", inputs | {"namespace": "green"})
    assert refused.problems["name"].startswith("archive nas:7070/postgres/home/shop is already created by the resource")
    deployment.construct("Instance", "third", inputs | {"namespace": "red", "backup": {"store": OTHER}})
