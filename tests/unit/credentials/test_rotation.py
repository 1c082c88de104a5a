"""`tau.credentials.rotation` and `role_credential`: turns of two logins, and what is wrong with their inputs."""

from collections.abc import Iterator
from typing import Any

import pytest

from tau import errors
from tau.credentials import objects as credentials
from tau.credentials import rotation
from tau.credentials.objects import Credential, Logins
from tau.database import inputs as database_inputs
from tau.database import objects as database
from tau.types.postgres import DatabaseArgs
from tests.unit.evaluation import evaluated

PASSWORDS = database.Passwords(username="ann_rotated", owner="old", second="new")


def passwords() -> Iterator[str]:
    return (f"password-{number}" for number in range(100))


def seen(known: Logins) -> tuple[str, str]:
    current = known.current("ann", "ann_rotated")
    return current.username, current.password


def test_each_rotation_makes_a_new_password_for_the_other_login() -> None:
    made = passwords()
    known = credentials.begun(None, "ann", "a", lambda: next(made))
    course = [seen(known)]
    for value in ("b", "b", "c", "d"):
        before = known
        known = credentials.continued(known, value, lambda: next(made))
        course.append(seen(known))
        untouched = "owner_password" if known.second_is_current else "second_password"
        assert known == before or getattr(known, untouched) == getattr(before, untouched)
    assert [username for username, _ in course] == ["ann", "ann_rotated", "ann_rotated", "ann", "ann_rotated"]
    assert course[1] == course[2]
    assert len({password for _, password in course}) == 4


def test_the_first_value_for_a_database_that_is_there_rotates_too() -> None:
    known = credentials.begun(None, "ann", None, lambda: "first")
    assert credentials.made_anew(known, {"rotation", "rotates"}) == {
        *("generation", "password", "rotation", "secondPassword", "username")
    }
    assert seen(credentials.continued(known, "a", lambda: "second")) == ("ann_rotated", "second")


@pytest.mark.parametrize(("username", "generation"), [("ann", 0), ("ann_rotated", 1)])
def test_what_is_taken_over_stays_the_current_login(username: str, generation: int) -> None:
    found = Credential(username=username, password="kept")
    known = credentials.begun(found, "ann", "a", lambda: "made")
    assert (known.generation, seen(known)) == (generation, (username, "kept"))
    assert {known.owner_password, known.second_password} == {"kept", "made"}


def test_the_input_can_be_taken_out_while_the_owner_is_the_login() -> None:
    known = Logins(generation=2, rotation="b", owner_password="o", second_password="s")
    assert credentials.made_anew(known, {"rotation", "rotates"}) == {"rotation", "secondPassword"}
    after = credentials.continued(known, None, lambda: "made")
    assert (after.generation, seen(after), after.second_password) == (2, ("ann", "o"), "")
    assert seen(credentials.continued(after, "b", lambda: "made")) == ("ann_rotated", "made")


def test_the_input_cannot_be_taken_out_while_the_second_login_is_current() -> None:
    known = Logins(generation=1, rotation="a", owner_password="o", second_password="s")
    found = Credential(username="ann_rotated", password="kept")
    refusals: list[Any] = [
        lambda: credentials.made_anew(known, {"rotation", "rotates"}),
        lambda: credentials.continued(known, None, lambda: "made"),
        lambda: credentials.begun(found, "ann", None, lambda: "made"),
    ]
    for refused in refusals:
        with pytest.raises(errors.TauError, match="set another value") as caught:
            refused()
        assert "kept" not in str(caught.value)


def test_a_change_of_anything_else_makes_nothing_anew() -> None:
    known = Logins(generation=1, rotation="a", owner_password="o", second_password="s")
    assert credentials.made_anew(known, {"kubeconfig", "secretName"}) == frozenset()


def test_the_server_takes_each_password_from_a_secret_of_its_own_and_applications_get_the_current_one() -> None:
    args = DatabaseArgs(instance="main", owner="ann", password_rotation="a")
    names = database.names("shop", args)
    wanted = database.completed(
        database.objects(names, args), names, args, password="new", ca_certificate="PEM", passwords=PASSWORDS
    )
    assert wanted.second_role
    assert wanted.owner_login
    assert wanted.second_login
    held = {one["metadata"]["name"]: one["stringData"] for one in (wanted.owner_login, wanted.second_login)}
    assert held == {
        "main-ann-login": {"username": "ann", "password": "old"},
        "main-ann-rotated-login": {"username": "ann_rotated", "password": "new"},
    }
    by_role = {one["spec"]["name"]: one["spec"]["passwordSecret"]["name"] for one in (wanted.role, wanted.second_role)}
    assert by_role == {"ann": "main-ann-login", "ann_rotated": "main-ann-rotated-login"}
    assert (wanted.role["spec"]["inRoles"], wanted.second_role["spec"]["inRoles"]) == (["shop"], ["ann"])
    readable = wanted.secret_reader["rules"][0]["resourceNames"]
    assert set(readable) == {"main-shop-connection", *held}
    assert wanted.secret["stringData"]["url"].startswith("postgresql://ann_rotated:new@")


def test_without_a_rotation_there_is_one_login_and_one_secret() -> None:
    args = DatabaseArgs(instance="main")
    wanted = database.objects(database.names("shop", args), args, password="pw", ca_certificate="PEM")
    assert wanted.of_rotation == []
    assert wanted.role["spec"]["passwordSecret"]["name"] == wanted.secret["metadata"]["name"]


def test_names_that_are_not_known_yet_are_computed_later() -> None:
    assert evaluated(rotation.second_login("ann")) == "ann_rotated"


def problems(resource: str = "shop", **inputs: Any) -> dict[str, str]:
    found = errors.Problems()
    database_inputs.check(resource, DatabaseArgs(instance="main", **inputs), found)
    return {one.path: one.reason for one in found}


@pytest.mark.parametrize(
    ("inputs", "path", "reason"),
    [
        ({"password_rotation": " "}, "passwordRotation", "is empty"),
        ({"password_rotation": "a", "password": "mine"}, "passwordRotation", "remove one of them"),
        ({"password_overlap": "1h"}, "passwordOverlap", "belongs to `passwordRotation`"),
        ({"password_rotation": "a", "password_overlap": "1 hour"}, "passwordOverlap", "is not a duration"),
        ({"password_rotation": "a", "owner": "o" * 56}, "owner", "55 at most"),
        ({"password_rotation": "a", "name": "n" * 56}, "name", "55 at most"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(inputs: dict[str, Any], path: str, reason: str) -> None:
    found = problems(**inputs)
    assert found.keys() == {path}
    assert reason in found[path]


def test_names_of_55_characters_and_every_unit_are_fine() -> None:
    assert problems("n" * 55, password_rotation="2026-11-24") == {}
    for overlap in ("0s", "30s", "15m", "1h", "2d", "1h30m", "1w"):
        assert problems(password_rotation="a", password_overlap=overlap) == {}


def test_names_are_quoted_in_sql() -> None:
    assert rotation.act_as_owner('a"b', "o'c") == "ALTER ROLE \"a\"\"b\" SET role = 'o''c'"
    assert rotation.hand_over("a-b_rotated", "a-b") == 'REASSIGN OWNED BY "a-b_rotated" TO "a-b"'
