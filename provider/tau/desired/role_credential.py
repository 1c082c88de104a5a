"""`tau:postgres:RoleCredential`: which credential a connection Secret that is there already hands on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tau.desired import naming
from tau.kinds import secret


@dataclass(frozen=True, kw_only=True, repr=False)
class Credential:
    """With what one logs in."""

    username: str
    password: str


def handed_on(found: Mapping[str, Any] | None, database: str, logins: Collection[str]) -> Credential | None:
    """The credential of a Secret that tau made for this database and one of its logins; None for any other Secret."""
    if found is None or not naming.MANAGED_BY.items() <= (found["metadata"].get("labels") or {}).items():
        return None
    data = secret.text(found)
    username, password = data.get("username", ""), data.get("password", "")
    if data.get("database") != database or username not in logins or not password:
        return None
    return Credential(username=username, password=password)
