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
    def prefix(self) -> str:
        """What names of variables start with: the key where there may be several databases."""
        return variable_prefix(self.key)

    @property
    def environment(self) -> list[Mapping[str, Any]]:
        """`env` entries of any container."""
        return connection.environment(self.names.secret, self.prefix)


def variable_prefix(key: str) -> str:
    """What the variables of the database with this key start with."""
    return "" if key == DEFAULT_KEY else naming.variable_prefix(key)


def databases(resource: str, name: Input[str], args: app.TauApplicationArgs) -> list[NamedDatabase]:
    """All databases of an application, in an order that does not change."""
    entries = []
    if args.database:
        single = _arguments(args.database, name, args)
        entries = [NamedDatabase(key=DEFAULT_KEY, path="database", resource=resource, args=single)]
    for key, options in sorted(args.databases.items()) if isinstance(args.databases, Mapping) else ():
        entries.append(
            NamedDatabase(
                key=key,
                path=errors.below("databases", key),
                resource=f"{resource}-{key}",
                args=_arguments(options, naming.application_part(name, key), args),
            )
        )
    return entries


def _arguments(options: app.Database, name: Input[str], args: app.TauApplicationArgs) -> DatabaseArgs:
    parts = {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    return DatabaseArgs(**parts | {"name": options.name or name, "namespace": args.namespace})


def connection_of(entry: NamedDatabase, username: Input[str]) -> Mapping[str, Any]:
    """What an application's output says about a database; credentials are in the Secret."""
    names = entry.names
    return {
        "database": names.database,
        "host": names.host,
        "instanceName": names.instance,
        "port": instance.PORT,
        "secretName": names.secret,
        "username": username,
    }
