"""`tau.application.database_ca`: how a container verifies the servers of its databases."""

import dataclasses
from typing import Any

import pytest

from tau import fields
from tau.application import database_ca
from tau.settings import Settings
from tau.types.app import Database, TauApplicationArgs
from tests.unit import application_arguments
from tests.unit.evaluation import evaluated

PATH = "/etc/tau/database-ca/ca.crt"
ITEMS = [{"key": "ca.crt", "path": "ca.crt"}]


def objects(settings: Settings | None = None, **inputs: Any) -> Any:
    args = TauApplicationArgs(**{"image": "shop:1", **inputs})
    return application_arguments.objects("shop", args, settings or Settings())


def pod(**inputs: Any) -> Any:
    return objects(**inputs).deployment["spec"]["template"]["spec"]


def variables(**inputs: Any) -> dict[str, Any]:
    entries = evaluated(pod(**inputs)["containers"][0]["env"])
    assert len({entry["name"] for entry in entries}) == len(entries)
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in entries}


def test_drivers_find_the_certificate_by_the_variables_that_they_read() -> None:
    found = variables(database=Database())
    assert {name: found[name] for name in database_ca.VARIABLES} == {
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": PATH,
        "PGSSL": "verify-full",
        "NODE_EXTRA_CA_CERTS": PATH,
    }
    assert found["JDBC_DATABASE_URL"].startswith("jdbc:postgresql://postgres-shop-rw.")
    assert found["JDBC_DATABASE_URL"].endswith(f":5432/shop?sslmode=verify-full&sslrootcert={PATH}")


def test_only_the_certificate_is_mounted_and_never_a_key() -> None:
    (volume,) = pod(database=Database())["volumes"]
    assert volume == {"name": "tau-database-ca", "configMap": {"name": "shop-database-ca", "items": ITEMS}}
    (mount,) = pod(database=Database())["containers"][0]["volumeMounts"]
    assert mount == {"name": "tau-database-ca", "mountPath": "/etc/tau/database-ca", "readOnly": True}


def test_each_database_has_a_url_for_java_and_all_have_one_certificate() -> None:
    found = variables(databases={"main": Database(instance="pg"), "old": Database(instance="pg")})
    assert {"MAIN_JDBC_DATABASE_URL", "OLD_JDBC_DATABASE_URL", "PGSSLMODE"} <= found.keys()
    assert "JDBC_DATABASE_URL" not in found


@pytest.mark.parametrize("name", [*database_ca.VARIABLES, "JDBC_DATABASE_URL"])
@pytest.mark.parametrize("kind", ["env", "secret_env"])
def test_a_variable_of_the_user_takes_precedence(name: str, kind: str) -> None:
    assert variables(database=Database(), **{kind: {name: "own"}})[name] != variables(database=Database())[name]


def test_variables_that_are_not_known_yet_take_precedence_too() -> None:
    later: Any = fields.Deferred(handle={"PGSSLMODE": "disable"})
    assert variables(database=Database(), env=later)["PGSSLMODE"] == "disable"


def test_nothing_is_added_without_a_database_or_a_container() -> None:
    assert "volumes" not in pod()
    assert "env" not in pod()["containers"][0]
    kept = objects(image=None, database=Database())
    assert {entry["name"] for entry in kept.environment}.isdisjoint(database_ca.VARIABLES)
    assert kept.mounts.volumes == []


def test_what_a_deployment_of_the_users_own_gets_needs_no_file() -> None:
    wanted = objects(database=Database())
    assert {entry["name"] for entry in wanted.environment}.isdisjoint(database_ca.VARIABLES)
    assert wanted.mounts.volume_mounts == []


def test_certificates_of_several_instances_are_in_one_file() -> None:
    wanted = objects(databases={"main": Database(), "old": Database()})
    later = fields.Deferred(handle="A\n")
    certificates: list[fields.Input[str]] = [later, "B\n", "A\n", fields.Deferred(handle=None)]
    complete = database_ca.completed(wanted.stored, certificates)
    assert evaluated(complete["ConfigMap", "tau-database-ca"]["data"]) == {"ca.crt": "A\nB\n"}


def test_files_without_a_cluster_refer_to_the_certificate_of_the_operator() -> None:
    rendered = dataclasses.replace(Settings(), rendered=True)
    found = objects(rendered, database=Database()).deployment["spec"]["template"]["spec"]
    assert evaluated(found["volumes"][0]["secret"]) == {"secretName": "postgres-shop-ca", "items": ITEMS}
    assert ("ConfigMap", "tau-database-ca") not in objects(rendered, database=Database()).stored
    several = objects(rendered, databases={"main": Database(), "old": Database()})
    assert "volumes" not in several.deployment["spec"]["template"]["spec"]
    assert ("ConfigMap", "tau-database-ca") not in several.stored
