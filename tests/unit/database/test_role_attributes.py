"""`tau.database.role_attributes`: what an owner may have beyond its login, and what a live role would lose."""

from typing import Any

import pytest

from tau import errors
from tau.database import objects as database
from tau.database import role_attributes
from tau.types.postgres import DatabaseArgs, RoleAttributes

EVERYTHING: dict[str, Any] = {
    "superuser": True,
    "createdb": True,
    "createrole": True,
    "replication": True,
    "bypassrls": True,
    "inherit": False,
    "connection_limit": 5,
    "in_roles": ["pg_monitor", "shop"],
    "comment": "of the shop",
}


def objects(attributes: RoleAttributes | None, **inputs: Any) -> database.DatabaseObjects:
    """The objects of a Database whose owner has these attributes."""
    args = DatabaseArgs(owner_attributes=attributes, **inputs)
    return database.objects(database.names("shop", args), args, password="pw", ca_certificate="PEM")


def test_each_attribute_is_a_field_of_the_role() -> None:
    spec = objects(RoleAttributes(**EVERYTHING), owner="ann").role["spec"]
    assert role_attributes.of_spec(spec) == {
        "superuser": True,
        "createdb": True,
        "createrole": True,
        "replication": True,
        "bypassrls": True,
        "inherit": False,
        "connectionLimit": 5,
        "inRoles": ["shop", "pg_monitor"],
        "comment": "of the shop",
    }


def test_a_default_is_not_written() -> None:
    plain = objects(None).role["spec"]
    defaults = RoleAttributes(
        superuser=False, createdb=False, inherit=True, connection_limit=-1, in_roles=[], comment=""
    )
    assert objects(defaults).role["spec"] == plain


def test_a_second_login_has_what_counts_before_it_acts_as_the_owner() -> None:
    second = objects(RoleAttributes(**EVERYTHING), password_rotation="a").second_role
    assert second is not None
    assert role_attributes.of_spec(second["spec"]) == {"replication": True, "connectionLimit": 5, "inRoles": ["shop"]}


@pytest.mark.parametrize(
    ("given", "path", "reason"),
    [
        ({"connection_limit": 0}, "connectionLimit", "out of range"),
        ({"connection_limit": -2}, "connectionLimit", "out of range"),
        ({"in_roles": ["Pg Monitor"]}, "inRoles[0]", "not the name of a role"),
        ({"in_roles": ["ann"]}, "inRoles[0]", "the owner itself"),
        ({"in_roles": ["a", "a"]}, "inRoles[1]", "twice"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], path: str, reason: str) -> None:
    problems = errors.Problems()
    role_attributes.check("ownerAttributes", RoleAttributes(**given), "ann", problems)
    assert [(one.path, reason in one.reason) for one in problems] == [(f"ownerAttributes.{path}", True)]


def test_only_what_nobody_says_a_word_about_is_lost() -> None:
    live = {"superuser": True, "createdb": True, "inherit": False, "connectionLimit": -1, "inRoles": ["b", "a", "shop"]}
    asked = role_attributes.explicit(RoleAttributes(createdb=False))
    found = role_attributes.lost(live, asked, granted=["shop"])
    assert found == {"superuser": True, "inherit": False, "inRoles": ["a", "b"]}
    assert role_attributes.written(found) == "ownerAttributes: { superuser: true, inherit: false, inRoles: [a, b] }"
    assert role_attributes.without(found) == "ownerAttributes: { superuser: false, inherit: true, inRoles: [] }"
    assert role_attributes.lost({}, {}) == {}
