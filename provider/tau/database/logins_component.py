"""The logins of a database under construction: who logs in, with which password, and which login is current."""

from dataclasses import dataclass
from typing import Any

import pulumi

from tau import fields
from tau.component.children import RANDOM_PASSWORD, Children
from tau.component.context import Construction
from tau.database import objects as database
from tau.fields import Input
from tau.types.postgres import DatabaseArgs

_OUTPUTS = ("digestKey", "generation", "ownerPassword", "password", "secondPassword", "username")


@dataclass(frozen=True, kw_only=True, repr=False)
class DatabaseLogins:
    """`password` is that of the current login, `digest_key` of digests of it where tau makes it; the rest says
    something where there are two of them."""

    password: Input[str]
    digest_key: Input[str] | None = None
    passwords: database.Passwords = database.NO_PASSWORDS
    generation: Input[int] = 0

    def about_current(self, known_as: database.DatabaseNames) -> dict[str, Input[Any]]:
        """Which login is current, for the resources that act on it."""
        return {
            "database": known_as.database,
            "generation": self.generation,
            "instance": known_as.instance,
            "namespace": known_as.namespace,
            "owner": known_as.owner,
            "username": self.passwords.username,
        }


def of(
    children: Children, name: str, args: DatabaseArgs, known_as: database.DatabaseNames, construction: Construction
) -> DatabaseLogins:
    """The user's own password, or those of a RoleCredential."""
    if args.password:
        return DatabaseLogins(password=args.password)
    inputs: dict[str, Input[Any]] = {
        "database": known_as.database,
        "namespace": known_as.namespace,
        "owner": known_as.owner,
        "secretName": known_as.secret,
        **construction.kubernetes_access(),
    }
    if args.password_rotation is not None:
        inputs |= {"rotation": args.password_rotation, "rotates": True}
    alias = pulumi.Alias(type_=RANDOM_PASSWORD)
    made: Any = children.own("RoleCredential", f"{name}-password", inputs, outputs=_OUTPUTS, aliases=[alias])
    passwords = database.Passwords(
        username=fields.Deferred(handle=made.username),
        owner=_hidden(made.ownerPassword),
        second=_hidden(made.secondPassword),
    )
    generation = fields.Deferred(handle=made.generation)
    return DatabaseLogins(
        password=_hidden(made.password),
        digest_key=_hidden(made.digestKey),
        passwords=passwords,
        generation=generation,
    )


def _hidden(value: pulumi.Output[Any]) -> fields.Deferred:
    # A preview does not know of an unknown output that it is a secret.
    return fields.Deferred(handle=pulumi.Output.secret(value))
