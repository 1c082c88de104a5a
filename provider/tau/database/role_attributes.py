"""Attributes of the role that owns a database: what is asked for, what a live role has, and what would be lost.

CloudNativePG's `ALTER ROLE` names every attribute and revokes every membership that the DatabaseRole does not list, so
that a role taken over loses what nobody asks for. https://www.postgresql.org/docs/current/role-attributes.html
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tau import errors
from tau.types.postgres import RoleAttributes

Attributes = Mapping[str, Any]
"""Values by the name of the input, which is that of the field in a DatabaseRole too."""

DEFAULTS: Attributes = {
    "superuser": False,
    "createdb": False,
    "createrole": False,
    "replication": False,
    "bypassrls": False,
    "inherit": True,
    "connectionLimit": -1,
    "inRoles": [],
    "comment": "",
}
_AT_LOGIN = ("replication", "connectionLimit")
_ROLE = re.compile(r"[a-z_][a-z0-9_-]{0,62}")


def explicit(attributes: RoleAttributes | None) -> Attributes:
    """What the inputs say, without what they leave open."""
    known = attributes or RoleAttributes()
    values = {
        "superuser": known.superuser,
        "createdb": known.createdb,
        "createrole": known.createrole,
        "replication": known.replication,
        "bypassrls": known.bypassrls,
        "inherit": known.inherit,
        "connectionLimit": known.connection_limit,
        "inRoles": known.in_roles,
        "comment": known.comment,
    }
    return {name: value for name, value in values.items() if value is not None}


def fields_of(attributes: RoleAttributes | None) -> Attributes:
    """Fields of a DatabaseRole; a default is left out, since the operator omits most of them when it updates it."""
    return {name: value for name, value in explicit(attributes).items() if value != DEFAULTS[name]}


def fields_at_login(attributes: RoleAttributes | None) -> Attributes:
    """Those that PostgreSQL looks up before a second login acts as the owner."""
    return {name: value for name, value in fields_of(attributes).items() if name in _AT_LOGIN}


def check(path: str, attributes: RoleAttributes | None, owner: object, problems: errors.Problems) -> None:
    """Note what is wrong with the attributes of the owner."""
    known = explicit(attributes)
    # What is not of its type has been noted, and has a stand-in.
    limit, listed = known.get("connectionLimit"), known.get("inRoles")
    roles = listed if isinstance(listed, list) else []
    if isinstance(limit, int) and limit != -1 and not 1 <= limit < 2**31:
        problems.add(f"{path}.connectionLimit", f"{limit} is out of range; use 1 or more, or -1 for no limit")
    for index, role in enumerate(roles):
        if not isinstance(role, str):
            continue
        if not _ROLE.fullmatch(role):
            problems.add(
                f"{path}.inRoles[{index}]", f"{role!r} is not the name of a role; use for example `pg_monitor`"
            )
        elif role == owner:
            problems.add(f"{path}.inRoles[{index}]", f"{role!r} is the owner itself; remove it")
        elif role in roles[:index]:
            problems.add(f"{path}.inRoles[{index}]", f"{role!r} is listed twice; remove one")


def of_spec(spec: Mapping[str, Any]) -> Attributes:
    """Attributes that a DatabaseRole or an entry of `managed.roles` sets."""
    return {name: spec[name] for name in DEFAULTS if spec.get(name) is not None}


def lost(live: Attributes, asked: Attributes, *, granted: Iterable[str] = ()) -> Attributes:
    """What a live role has beyond the defaults and nobody says a word about; tau grants membership in `granted`."""
    changed = {}
    for name, default in DEFAULTS.items():
        value = live.get(name, default)
        if name == "inRoles":
            value = sorted(set(value) - set(granted))
        if value != default and name not in asked:
            changed[name] = value
    return changed


def written(attributes: Attributes) -> str:
    """Attributes as an input, in YAML's flow style."""
    parts = (f"{name}: {_value(value)}" for name, value in attributes.items())
    return f"ownerAttributes: {{ {', '.join(parts)} }}"


def without(attributes: Attributes) -> str:
    """The input with which these attributes are taken away."""
    return written({name: DEFAULTS[name] for name in attributes})


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    return json.dumps(value, ensure_ascii=False)
