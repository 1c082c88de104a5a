"""Database: children of dedicated and shared ones, in which order they go, and the outputs."""

import itertools
from typing import Any

import pytest

from testbed.drive import fake_monitor, property_map
from testbed.drive.deployment import Deployment
from tests.construct import order

DATABASE = {
    "shop-database-names": "tau:postgres:NameGuard",
    "shop-connection": "kubernetes:core/v1:Secret",
    "shop-connection-reader": "kubernetes:rbac.authorization.k8s.io/v1:Role",
    "shop-connection-reader-binding": "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    "shop-owner": "kubernetes:postgresql.cnpg.io/v1:DatabaseRole",
    "shop-owner-ready": "tau:postgres:Readiness",
    "shop-database": "kubernetes:postgresql.cnpg.io/v1:Database",
    "shop-database-ready": "tau:postgres:Readiness",
}
PASSWORD = {"shop-password": "tau:postgres:RoleCredential"}
INSTANCE = {
    "shop-bootstrap": "kubernetes:core/v1:Secret",
    "shop-network-policy": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "shop-cluster": "kubernetes:postgresql.cnpg.io/v1:Cluster",
    "shop-ready": "tau:postgres:Readiness",
    "shop-cluster-guard": "tau:postgres:CleanupGuard",
    "shop-guard": "tau:postgres:CleanupGuard",
    "shop-names": "tau:postgres:NameGuard",
    "shop-upgrade": "tau:postgres:MajorUpgrade",
}
SHARED = {"shop-instance-ready": "tau:postgres:Readiness"}
ACCESS = {
    "shop-access": "kubernetes:postgresql.cnpg.io/v1:DatabaseRole",
    "shop-access-ready": "tau:postgres:Readiness",
}
CASES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "dedicated": ({}, DATABASE | PASSWORD | INSTANCE),
    "shared": ({"instance": "main"}, DATABASE | PASSWORD | SHARED),
    "owner of another name": ({"instance": "main", "owner": "ann"}, DATABASE | PASSWORD | SHARED | ACCESS),
    "owner of the same name": ({"instance": "main", "owner": "shop"}, DATABASE | PASSWORD | SHARED),
    "given password": ({"instance": "main", "password": "mine"}, DATABASE | SHARED),
}


@pytest.mark.parametrize("case", CASES)
def test_children_have_stable_names_and_types(deployment: Deployment, case: str) -> None:
    inputs, expected = CASES[case]
    deployment.construct("Database", "shop", inputs)
    registered = [one.request for one in deployment.monitor.registered]
    assert {one.name: one.type for one in registered if one.custom} == expected


def test_the_password_of_an_older_state_is_carried_on_by_an_alias(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {})
    (alias,) = deployment.monitor.find("shop-password").request.aliases
    assert (alias.spec.type, alias.spec.name) == ("random:index/randomPassword:RandomPassword", "")


def test_a_dedicated_instance_is_a_component_of_its_own_below(deployment: Deployment) -> None:
    response = deployment.construct("Database", "shop", {})
    instance = deployment.monitor.find("shop", ":Instance")
    assert instance.request.parent == response.urn
    parents = {one.request.name: one.request.parent for one in deployment.monitor.registered if one.request.custom}
    assert {parents[name] for name in INSTANCE} == {instance.urn}
    assert {parents[name] for name in DATABASE | PASSWORD} == {response.urn}


def test_the_database_goes_before_its_role_its_secret_and_its_cluster(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {"owner": "ann"})
    order_of_deletion = ["shop-database", "shop-owner", "shop-access", "shop-connection", "shop-cluster"]
    for later, earlier in itertools.pairwise(order_of_deletion):
        assert order.comes_after(deployment.monitor, later, earlier), f"{later} does not come after {earlier}"


def test_a_role_is_waited_for_before_the_next_object(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {"owner": "ann"})
    for later, earlier in (
        ("shop-connection", "shop-ready"),
        ("shop-owner", "shop-access-ready"),
        ("shop-database", "shop-owner-ready"),
        ("shop-database-ready", "shop-database"),
    ):
        assert order.comes_after(deployment.monitor, later, earlier), f"{later} does not come after {earlier}"


def test_on_a_shared_instance_the_wait_is_for_that_instance(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {"instance": "main", "namespace": "apps"})
    waited = deployment.monitor.find("shop-instance-ready").inputs
    assert waited == {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "name": "main",
        "namespace": "apps",
    }
    for name in ("shop-owner", "shop-database"):
        assert deployment.monitor.find(name).inputs["spec"]["cluster"] == {"name": "main"}


def test_owner_and_database_are_what_the_inputs_say(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {"name": "shop_eu", "owner": "ann", "extensions": ["pg_trgm"]})
    role = deployment.monitor.find("shop-owner").inputs["spec"]
    assert (role["name"], role["inRoles"], role["login"]) == ("ann", ["shop_eu"], True)
    database = deployment.monitor.find("shop-database").inputs["spec"]
    assert (database["name"], database["owner"]) == ("shop_eu", "ann")
    assert [one["name"] for one in database["extensions"]] == ["pg_trgm"]
    assert database["databaseReclaimPolicy"] == role["databaseRoleReclaimPolicy"] == "retain"


def test_outputs_say_how_to_connect(deployment: Deployment) -> None:
    response = deployment.construct("Database", "shop", {"namespace": "apps", "password": property_map.secret("p:@/ä")})
    state = property_map.plain(response.state)
    state.pop("environment"), state.pop("secret")
    assert state == {
        "connectionString": "postgresql://shop:p%3A%40%2F%C3%A4@postgres-shop-rw.apps.svc:5432/shop?sslmode=require",
        "host": "postgres-shop-rw.apps.svc",
        "port": 5432,
        "database": "shop",
        "username": "shop",
        "password": "p:@/ä",
        "instanceName": "postgres-shop",
        "secretName": "postgres-shop-shop-connection",
    }
    assert property_map.plain(response.state) == deployment.monitor.outputs[response.urn]


def test_the_secret_output_refers_to_the_kubernetes_secret(deployment: Deployment) -> None:
    response = deployment.construct("Database", "shop", {})
    reference = property_map.plain(response.state)["secret"]
    assert reference["urn"] == deployment.monitor.find("shop-connection").urn
    assert reference["id"] == "id-of-shop-connection"


def test_every_output_comes_after_the_database_is_there(deployment: Deployment) -> None:
    response = deployment.construct("Database", "shop", {"instance": "main"})
    ready = deployment.monitor.find("shop-database-ready").urn
    without = {name for name, one in response.stateDependencies.items() if ready not in one.urns}
    assert without <= {"secret"}
    assert response.stateDependencies.keys() == set(response.state.fields)


def test_the_environment_refers_to_the_secret_and_holds_no_value(deployment: Deployment) -> None:
    response = deployment.construct("Database", "shop", {"instance": "main"})
    environment = property_map.plain(response.state)["environment"]
    assert {one["name"]: one["valueFrom"]["secretKeyRef"]["key"] for one in environment} == {
        "DATABASE_URL": "url",
        "DB_HOST": "host",
        "DB_PORT": "port",
        "DB_NAME": "database",
        "DB_USER": "username",
        "DB_PASSWORD": "password",
    }
    assert {one["valueFrom"]["secretKeyRef"]["name"] for one in environment} == {"main-shop-connection"}
    assert all(one.keys() == {"name", "valueFrom"} for one in environment)
    keys = deployment.monitor.find("shop-connection").inputs["stringData"].keys()
    assert {one["valueFrom"]["secretKeyRef"]["key"] for one in environment} <= keys


def test_the_secret_holds_everything_that_clients_look_for(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {"instance": "main"})
    secret = deployment.monitor.find("shop-connection").inputs
    assert secret["type"] == "kubernetes.io/basic-auth"
    assert secret["metadata"]["labels"]["cnpg.io/reload"] == "true"
    data = secret["stringData"]
    assert data["password"] == data["PGPASSWORD"] == fake_monitor.GENERATED_PASSWORD
    assert data["ca.crt"] == fake_monitor.CA_CERTIFICATE
    assert data.keys() == {
        *("url", "jdbc-url", "host", "port", "database", "username", "password", "ca.crt"),
        *("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSSLMODE"),
    }
