"""Rotation of a database's password: two roles whose logins alternate, so that old and new passwords overlap.

PostgreSQL has one password for each role. The owner is one login, and `<owner>_rotated` the other: a member of the
owner whose sessions act as the owner. https://www.postgresql.org/docs/current/sql-alterrole.html for the latter.
"""

from tau import errors
from tau.fields import Input, lift
from tau.values import constraints, duration

DEFAULT_OVERLAP = "1h"
OVERLAP_AFTER_A_ROLLOUT = "1m"
"""Where tau has seen the new Pods run, only old ones that are about to end need the old password, for half a minute."""

_SUFFIX = "_rotated"
_LONGEST_OWNER = 63 - len(_SUFFIX)
overlap_rule = duration.between("0s", example="1h30m")


def second_login(owner: Input[str]) -> Input[str]:
    """The role whose login alternates with the owner's."""
    return lift(lambda name: f"{name}{_SUFFIX}", owner)


def other(login: str, owner: str) -> str:
    """The login that is not current while `login` is."""
    return str(second_login(owner)) if login == owner else owner


def check(
    problems: errors.Problems,
    *,
    rotation: object,
    overlap: object,
    password: object,
    owner: object,
    owner_path: str,
) -> None:
    """Note what is wrong with the inputs of a rotation; `owner_path` is the input that the owner's name comes from."""
    constraints.check(problems, "passwordRotation", rotation, occasion)
    constraints.check(problems, "passwordOverlap", overlap, overlap_rule)
    if rotation is None:
        if overlap is not None:
            problems.add("passwordOverlap", "belongs to `passwordRotation`, which is not set; set it, or remove this")
        return
    if password is not None:
        problems.add(
            "passwordRotation",
            "generates passwords, and `password` is set; remove one of them",
        )
    if isinstance(owner, str) and len(owner) > _LONGEST_OWNER:
        problems.add(
            owner_path,
            f"{owner!r} has {len(owner)} characters; with `passwordRotation` the owner has {_LONGEST_OWNER} at most, "
            f"since its second login is called `<owner>{_SUFFIX}`",
        )


def occasion(value: str) -> str | None:
    """Any text that is there."""
    if not value.strip():
        return "is empty; use any text, such as a date, or remove it"
    return None


def act_as_owner(login: str, owner: str) -> str:
    """SQL after which new sessions of the login make objects that belong to the owner."""
    return f"ALTER ROLE {_identifier(login)} SET role = {_literal(owner)}"


def hand_over(login: str, owner: str) -> str:
    """SQL for one database after which the owner has what the login made in its own name.

    `SET ROLE NONE` ends acting as the owner within a session.
    """
    return f"REASSIGN OWNED BY {_identifier(login)} TO {_identifier(owner)}"


def _identifier(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _literal(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))
