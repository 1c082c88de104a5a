"""The databases of an application: how each is called, and what it is made from."""

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau import errors, naming
from tau.database import connection
from tau.database import objects as database
from tau.fields import Input
from tau.instance import objects as instance
from tau.types import app
from tau.types.postgres import DatabaseArgs

DEFAULT_KEY = "default"


@dataclass(frozen=True, kw_only=True)
class NamedDatabase:
    """One database: its key among the application's, the property path and the resource name that it has."""

    key: str
    path: str
    resource: str
    args: DatabaseArgs

    @functools.cached_property
    def names(self) -> database.DatabaseNames:
        """Names on its instance and in Kubernetes."""
        return database.names(self.resource, self.args)

    @property
    def environment(self) -> list[Mapping[str, Any]]:
        """`env` entries, whose names start with the key where there may be several databases."""
        prefix = "" if self.key == DEFAULT_KEY else naming.variable_prefix(self.key)
        return connection.environment(self.names.secret, prefix)


def databases(resource: str, name: Input[str], args: app.TauApplicationArgs) -> list[NamedDatabase]:
    """All databases of an application, in an order that does not change."""
    found = []
    if args.database:
        single = _arguments(args.database, name, args)
        found = [NamedDatabase(key=DEFAULT_KEY, path="database", resource=resource, args=single)]
    for key, given in sorted(args.databases.items()) if isinstance(args.databases, Mapping) else ():
        found.append(
            NamedDatabase(
                key=key,
                path=errors.below("databases", key),
                resource=f"{resource}-{key}",
                args=_arguments(given, naming.application_part(name, key), args),
            )
        )
    return found


def _arguments(given: app.Database, name: Input[str], args: app.TauApplicationArgs) -> DatabaseArgs:
    parts = {one.name: getattr(given, one.name) for one in dataclasses.fields(given)}
    return DatabaseArgs(**parts | {"name": given.name or name, "namespace": args.namespace})


def connection_of(one: NamedDatabase, username: Input[str]) -> Mapping[str, Any]:
    """What an application's output says about a database; credentials are in the Secret."""
    names = one.names
    return {
        "database": names.database,
        "host": names.host,
        "instanceName": names.instance,
        "port": instance.PORT,
        "secretName": names.secret,
        "username": username,
    }
