"""`tau:postgres:RoleCredential`: which passwords the logins of a database have, and which login is current.

The owner is current in even generations, its second login in odd ones; each rotation is a generation.
"""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.kubernetes.kinds import secret
from tau.kubernetes.manifest import made_by_tau

# What a RandomPassword has its password in; states of earlier versions record one instead of a RoleCredential.
OLD_PASSWORD = "result"


@dataclass(frozen=True, kw_only=True, repr=False)
class Credential:
    """With what one logs in."""

    username: str
    password: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Logins:
    """The logins of one database; `rotation` is empty, and so is `second_password`, where there is no second one."""

    generation: int
    rotation: str
    owner_password: str
    second_password: str

    @property
    def second_is_current(self) -> bool:
        """Whether it is the second login that applications use."""
        return self.generation % 2 == 1

    def current(self, owner: str, second: str) -> Credential:
        """What applications use, with the two logins called like this."""
        if self.second_is_current:
            return Credential(username=second, password=self.second_password)
        return Credential(username=owner, password=self.owner_password)


def handed_on(live_secret: Mapping[str, Any] | None, database: str, logins: Collection[str]) -> Credential | None:
    """The credential of a Secret that tau made for this database and one of its logins; None for any other Secret."""
    if live_secret is None or not made_by_tau(live_secret):
        return None
    data = secret.text(live_secret)
    username, password = data.get("username", ""), data.get("password", "")
    if data.get("database") != database or username not in logins or not password:
        return None
    return Credential(username=username, password=password)


def begun(credential: Credential | None, owner: str, rotation: str | None, make: Callable[[], str]) -> Logins:
    """The first logins: with what was found, or with what `make` gives."""
    second = make() if rotation is not None else ""
    if credential is None:
        return Logins(generation=0, rotation=rotation or "", owner_password=make(), second_password=second)
    if credential.username == owner:
        return Logins(generation=0, rotation=rotation or "", owner_password=credential.password, second_password=second)
    if rotation is None:
        raise _second_without_rotation(credential.username)
    return Logins(generation=1, rotation=rotation, owner_password=make(), second_password=credential.password)


def continued(known: Logins, rotation: str | None, make: Callable[[], str]) -> Logins:
    """The logins after a change of inputs: another value of `rotation` makes the other login current."""
    if rotation is None:
        if known.second_is_current:
            raise _second_without_rotation("the second login")
        return dataclasses.replace(known, rotation="", second_password="")
    if rotation == known.rotation:
        return known
    changed = "owner_password" if known.second_is_current else "second_password"
    renewed: dict[str, Any] = {changed: make(), "generation": known.generation + 1, "rotation": rotation}
    return dataclasses.replace(known, **renewed)


def _second_without_rotation(current: str) -> errors.TauError:
    return errors.TauError(
        f"`passwordRotation` is not set, but applications log in as {current}; set another value, "
        "`pulumi up`, which makes the owner the login again, then remove it"
    )


def recorded(outputs: Mapping[str, Any]) -> Logins:
    """What the state knows, also that of an earlier version."""
    if OLD_PASSWORD in outputs:
        return Logins(generation=0, rotation="", owner_password=outputs[OLD_PASSWORD], second_password="")
    return Logins(
        generation=int(outputs["generation"]),
        rotation=outputs["rotation"],
        owner_password=outputs["ownerPassword"],
        second_password=outputs["secondPassword"],
    )


def made_anew(known: Logins, changed: Collection[str]) -> frozenset[str]:
    """The outputs that a change of these inputs regenerates; raises where the change is refused."""
    if "rotation" not in changed:
        return frozenset({"username"} if "owner" in changed else ())
    if known.second_is_current and "rotates" in changed:
        raise _second_without_rotation("the second login")
    if known.rotation and "rotates" in changed:
        return frozenset({"rotation", "secondPassword"})
    renewed = "ownerPassword" if known.second_is_current else "secondPassword"
    return frozenset({"generation", "password", "rotation", "username", renewed})
