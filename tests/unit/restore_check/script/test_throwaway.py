"""`tau.restore_check.script.throwaway`: what the throw-away Cluster has of the living one, and what it must not."""

from typing import Any

import pytest

from tau.archive import clone
from tau.instance import objects as instance
from tau.kubernetes.kinds import object_store
from tau.restore_check.script import throwaway
from tau.restore_check.script.failure import CheckFailed
from tau.settings import Settings
from tau.types.postgres import InstanceArgs
from tests.contract import kubernetes_schemas

PLUGIN = object_store.use(store="postgres-main", server_name="postgres-main-15-1") | {"isWALArchiver": True}
LABELS = {"app.kubernetes.io/part-of": "postgres-main-restore-check"}


def _living(status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    wanted: Any = instance.objects("main", InstanceArgs(), Settings()).cluster
    return {**wanted, "spec": wanted["spec"] | {"plugins": [PLUGIN]} | spec, "status": status or {}}


def _made(living: dict[str, Any], **storage: str) -> dict[str, Any]:
    return throwaway.cluster(
        living,
        name="postgres-main-restore-check-abc12",
        secret={"name": "postgres-main-restore-check-run", "uid": "1"},
        backup="20261123T030000",
        labels=LABELS,
        storage=storage,
    )


def test_it_restores_the_chosen_backup_of_the_archive_that_is_written_now() -> None:
    spec = _made(_living())["spec"]
    assert spec["bootstrap"]["recovery"]["recoveryTarget"] == {"backupID": "20261123T030000"}
    [archive] = spec["externalClusters"]
    assert archive["plugin"]["parameters"] == {"barmanObjectName": "postgres-main", "serverName": "postgres-main-15-1"}
    assert spec["bootstrap"]["recovery"]["source"] == archive["name"]


def test_it_archives_nowhere_and_replicates_with_nobody() -> None:
    living = _living(
        backup={"retentionPolicy": "7d"},
        replica={"enabled": True, "source": "other"},
        externalClusters=[{"name": "other"}],
        managed={"roles": [{"name": "app"}]},
        postgresql={"synchronous": {"method": "any", "number": 1}, "parameters": {"max_connections": "300"}},
    )
    spec = _made(living)["spec"]
    assert not spec.keys() & {"plugins", "backup", "replica"}
    assert spec["instances"] == 1
    assert "roles" not in spec["managed"]
    assert "synchronous" not in spec["postgresql"]
    assert spec["postgresql"]["parameters"] == {"max_connections": "300", **clone.PARAMETERS}


def test_nobody_logs_in_but_the_superuser_and_the_role_of_this_run() -> None:
    assert _made(_living())["spec"]["postgresql"]["pg_hba"] == [
        'hostssl all "postgres" all scram-sha-256',
        'hostssl all "postgres-main-restore-check-abc12" all scram-sha-256',
        "host all all all reject",
    ]


def test_nothing_selects_it_that_selects_the_living_one() -> None:
    made = _made(_living())
    assert made["spec"]["inheritedMetadata"] == {"labels": LABELS}
    assert made["metadata"]["labels"] == LABELS


def test_libraries_that_begin_to_work_by_themselves_are_left_out() -> None:
    given = {"shared_preload_libraries": ["pg_cron", "timescaledb"], "parameters": {"cron.database_name": "app"}}
    assert _made(_living(postgresql=given))["spec"]["postgresql"]["shared_preload_libraries"] == ["timescaledb"]
    only_cron = {"shared_preload_libraries": ["pg_cron"]}
    assert "shared_preload_libraries" not in _made(_living(postgresql=only_cron))["spec"]["postgresql"]


def test_it_has_the_image_that_runs_and_the_volumes_of_the_living_server() -> None:
    volumes = {
        "storage": {"size": "10Gi", "storageClass": "longhorn"},
        "walStorage": {"size": "2Gi", "storageClass": "longhorn"},
        "tablespaces": [{"name": "cold", "storage": {"size": "1Gi"}}],
    }
    living = _living(status={"image": "registry.example/postgresql:15.14"}, **volumes)
    spec = _made(living)["spec"]
    assert spec["imageName"] == "registry.example/postgresql:15.14"
    assert {key: spec[key] for key in volumes} == volumes
    elsewhere = _made(living, storageClass="local", size="20Gi")["spec"]
    assert elsewhere["storage"] == {"size": "20Gi", "storageClass": "local"}
    assert elsewhere["walStorage"] == {"size": "2Gi", "storageClass": "local"}
    assert elsewhere["tablespaces"] == [{"name": "cold", "storage": {"size": "1Gi", "storageClass": "local"}}]


def test_it_may_use_as_much_as_the_living_server_and_reserves_next_to_nothing() -> None:
    resources = {"requests": {"cpu": "2", "memory": "4Gi"}, "limits": {"memory": "4Gi"}}
    made = _made(_living(resources=resources))["spec"]["resources"]
    assert made == {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "4Gi"}}


def test_it_goes_with_the_secret_and_the_secret_with_the_pod() -> None:
    [owner] = _made(_living())["metadata"]["ownerReferences"]
    assert owner == {"apiVersion": "v1", "kind": "Secret", "name": "postgres-main-restore-check-run", "uid": "1"}
    pod = {"apiVersion": "v1", "kind": "Pod", "name": "check-abc12", "uid": "2"}
    secret = throwaway.password_secret("postgres-main-restore-check-run", LABELS, pod, "hidden")
    assert secret["metadata"]["ownerReferences"] == [pod]
    assert kubernetes_schemas.problems(secret) == []


def test_the_operator_accepts_it() -> None:
    affinity = {"nodeSelector": {"disk": "ssd"}, "podAntiAffinityType": "required", "topologyKey": "zone"}
    made = _made(_living(walStorage={"size": "2Gi"}, affinity=affinity, imagePullSecrets=[{"name": "pull"}]))
    assert made["spec"]["affinity"] == {"nodeSelector": {"disk": "ssd"}}
    assert made["spec"]["imagePullSecrets"] == [{"name": "pull"}]
    assert kubernetes_schemas.problems(made) == []


@pytest.mark.parametrize("plugins", [[], [{"name": "other"}], [PLUGIN | {"enabled": False}]])
def test_a_server_without_an_archive_cannot_be_checked(plugins: list[Any]) -> None:
    with pytest.raises(CheckFailed, match="instance postgres-main is not backed up"):
        throwaway.source(_living(plugins=plugins))


def test_the_archive_has_the_name_of_the_server_unless_the_plugin_says_another() -> None:
    found = throwaway.source(
        _living(plugins=[{"name": object_store.PLUGIN, "parameters": {"barmanObjectName": "store"}}])
    )
    assert found == throwaway.Source("store", "postgres-main")
