"""Rotation: what a Database with two logins consists of, and in which order a new password gets to whom it is for."""

import itertools
from typing import Any

import pytest

from testbed.drive import property_map
from testbed.drive.deployment import Deployment
from tests.construct import order

ROTATING: dict[str, Any] = {"instance": "main", "passwordRotation": "2026-11"}
ADDED = {
    "shop-owner-login": "kubernetes:core/v1:Secret",
    "shop-second-login": "kubernetes:core/v1:Secret",
    "shop-second": "kubernetes:postgresql.cnpg.io/v1:DatabaseRole",
    "shop-second-ready": "tau:postgres:Readiness",
    "shop-current-login": "tau:postgres:CurrentLogin",
    "shop-former-login": "tau:postgres:FormerLogin",
}


def types(deployment: Deployment) -> dict[str, str]:
    return {one.request.name: one.request.type for one in deployment.monitor.registered if one.request.custom}


def in_order(deployment: Deployment, *names: str) -> None:
    for earlier, later in itertools.pairwise(names):
        assert order.comes_after(deployment.monitor, later, earlier), f"{later} does not come after {earlier}"


def test_a_second_login_comes_with_the_input_and_everything_else_stays(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", ROTATING)
    with_rotation = types(deployment)
    assert ADDED.items() <= with_rotation.items()
    assert {"shop-connection", "shop-owner", "shop-database", "shop-password"} <= with_rotation.keys()


def test_the_children_are_the_same_while_the_value_is_unknown(preview: Deployment) -> None:
    preview.construct("Database", "shop", ROTATING | {"passwordRotation": property_map.UNKNOWN})
    assert ADDED.items() <= types(preview).items()
    assert preview.monitor.find("shop-password").inputs["rotates"] is True


def test_applications_are_given_a_login_that_the_server_lets_in_already(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", ROTATING)
    for secret in ("shop-owner-login", "shop-second-login"):
        in_order(deployment, "shop-password", secret, "shop-owner")
    in_order(deployment, "shop-connection-reader-binding", "shop-owner-ready", "shop-second", "shop-second-ready")
    in_order(deployment, "shop-second-ready", "shop-database-ready", "shop-current-login", "shop-connection")
    in_order(deployment, "shop-connection", "shop-former-login")


def test_the_current_login_is_what_outputs_and_the_connection_secret_say(deployment: Deployment) -> None:
    response = deployment.construct("Database", "shop", ROTATING)
    state = property_map.plain(response.state)
    held = deployment.monitor.find("shop-connection").inputs["stringData"]
    assert state["username"] == held["username"] == held["PGUSER"] == "shop_rotated"
    assert state["connectionString"] == held["url"]
    for name in ("shop-current-login", "shop-former-login"):
        inputs = deployment.monitor.find(name).inputs
        assert (inputs["username"], inputs["generation"], inputs["owner"]) == ("shop_rotated", 1, "shop")


def test_a_database_alone_gives_whoever_has_the_old_password_an_hour(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", ROTATING)
    assert deployment.monitor.find("shop-former-login").inputs["overlap"] == "1h"


@pytest.mark.parametrize(("given", "overlap"), [({}, "1m"), ({"passwordOverlap": "2h"}, "2h")])
def test_the_old_password_of_an_application_ends_after_its_new_pods_run(
    deployment: Deployment, given: dict[str, str], overlap: str
) -> None:
    database = {"passwordRotation": "2026-11", **given}
    deployment.construct(
        "TauApplication",
        "shop",
        {"image": "shop:1", "database": database},
    )
    in_order(deployment, "shop-connection", "shop-deployment", "shop-deployment-ready", "shop-former-login")
    assert deployment.monitor.find("shop-former-login").inputs["overlap"] == overlap
    parent = deployment.monitor.find("shop", ":Database").urn
    assert deployment.monitor.find("shop-former-login").request.parent == parent


def test_without_a_workload_an_application_is_like_a_database_alone(deployment: Deployment) -> None:
    response = deployment.construct("TauApplication", "shop", {"database": {"passwordRotation": "2026-11"}})
    assert deployment.monitor.find("shop-former-login").inputs["overlap"] == "1h"
    assert property_map.plain(response.state)["databases"]["default"]["username"] == "shop_rotated"


def test_passwords_are_shown_nowhere(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", ROTATING)
    hidden = ("former-password", "Generated0")
    for one in deployment.monitor.registered:
        text = property_map.open_text(one.request.object)
        assert not any(password in text for password in hidden), one.request.name


def test_two_databases_do_not_share_a_login(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", ROTATING)
    message = deployment.refused("Database", "other", {"instance": "main", "owner": "shop_rotated"})
    assert "main-shop-rotated is already created by the resource" in str(message)


def test_a_preview_knows_all_but_the_login_of_a_database(preview: Deployment) -> None:
    given = {"namespace": "apps", "database": {"passwordRotation": "2026-11"}}
    response = preview.construct("TauApplication", "shop", given)
    found = property_map.plain(response.state)["databases"]["default"]
    assert {name for name, value in found.items() if value == property_map.UNKNOWN} == {"username"}
    assert found["instanceName"] == "postgres-shop"
