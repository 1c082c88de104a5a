"""`tau:postgres:Database`: arguments -> DatabaseRole, Database and connection Secret."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from tau import naming
from tau.credentials import rotation
from tau.database import connection, role_attributes
from tau.fields import Input, lift
from tau.instance import objects as instance
from tau.kubernetes.kinds import cluster, database, database_role, rbac, secret
from tau.kubernetes.manifest import Manifest, metadata
from tau.types.postgres import DatabaseArgs, InstanceArgs, Storage


@dataclass(frozen=True, kw_only=True)
class DatabaseNames:
    """Names that one Database goes by, on its instance and in Kubernetes."""

    database: Input[str]
    owner: Input[str]
    instance: Input[str]
    namespace: Input[str]
    host: Input[str]
    secret: Input[str]


@dataclass(frozen=True, kw_only=True, repr=False)
class Passwords:
    """What a Database with two alternating logins is named by; `username` is the current one."""

    username: Input[str]
    owner: Input[str]
    second: Input[str]


NO_PASSWORDS = Passwords(username="", owner="", second="")
"""The parts of a database that its users need."""


@dataclass(frozen=True, kw_only=True)
class DatabaseObjects:
    """The objects of one Database; `access` is the role that lets an owner of another name in.

    With two logins each has a Secret for the server, and the connection Secret has that of the current one.
    """

    secret: Manifest
    secret_reader: Manifest
    secret_reader_binding: Manifest
    access: Manifest | None
    role: Manifest
    database: Manifest
    owner_login: Manifest | None = None
    second_login: Manifest | None = None
    second_role: Manifest | None = None

    @property
    def of_rotation(self) -> list[Manifest]:
        """What there is for the sake of a second login only."""
        return [item for item in (self.owner_login, self.second_login, self.second_role) if item]

    def all(self) -> list[Manifest]:
        """Every object that there is."""
        access = [self.access] if self.access else []
        reading = [self.secret_reader, self.secret_reader_binding]
        return [self.secret, *reading, *access, self.role, self.database, *self.of_rotation]


def names(resource: str, args: DatabaseArgs) -> DatabaseNames:
    """Names of a Database, derived where they are not given."""
    name = args.name or resource
    on: Input[str] = lift(naming.instance, name) if args.instance is None else args.instance
    return DatabaseNames(
        database=name,
        owner=args.owner or name,
        instance=on,
        namespace=args.namespace,
        host=naming.host(cluster.read_write_service, on, args.namespace),
        secret=naming.connection_secret(on, name),
    )


def dedicated_instance(known_as: DatabaseNames, args: DatabaseArgs) -> InstanceArgs:
    """Arguments of the Instance that a Database without `instance` creates."""
    return InstanceArgs(
        name=known_as.instance,
        namespace=args.namespace,
        version=args.version,
        resources=args.resources,
        storage=Storage(size=args.storage_size) if args.storage_size else None,
        backup=args.backup,
        restore=args.restore,
        cleanup=args.cleanup,
        monitoring=args.monitoring,
        network_policy=args.network_policy,
        cluster_spec=args.cluster_spec,
    )


def objects(
    known_as: DatabaseNames,
    args: DatabaseArgs,
    *,
    password: Input[str] = "",
    ca_certificate: Input[str] = "",
    passwords: Passwords = NO_PASSWORDS,
    known_extensions: Sequence[str] = (),
) -> DatabaseObjects:
    """What one Database consists of, without its instance; `passwords` are for one with two logins.

    Of the `known_extensions` those that are not wanted are dropped.
    """
    access = known_as.database if args.owner and args.owner != known_as.database else None
    base = _metadata(known_as, known_as.secret)
    secrets = _secrets(known_as, args, password, ca_certificate, passwords)
    login_secrets = [item["metadata"]["name"] for key, item in secrets.items() if key != "secret"]
    return DatabaseObjects(
        access=_access_role(known_as, access) if access else None,
        # The operator grants this too, but only after the instance has tried once and waits half a minute to retry.
        secret_reader=rbac.secret_reader(base, known_as.secret, *login_secrets),
        secret_reader_binding=rbac.binding(base, role=known_as.secret, service_account=known_as.instance),
        role=_login_role(
            known_as,
            known_as.owner,
            [*login_secrets, known_as.secret][0],
            access,
            role_attributes.fields_of(args.owner_attributes),
        ),
        database=_database(known_as, args, known_extensions),
        second_role=_second_role(known_as, args, login_secrets[-1]) if login_secrets else None,
        **secrets,
    )


def dropping(
    wanted: DatabaseObjects, known_as: DatabaseNames, args: DatabaseArgs, known_extensions: Sequence[str]
) -> DatabaseObjects:
    """The same objects, with those of the `known_extensions` dropped that are not wanted."""
    return dataclasses.replace(wanted, database=_database(known_as, args, known_extensions))


def completed(
    wanted: DatabaseObjects,
    known_as: DatabaseNames,
    args: DatabaseArgs,
    *,
    password: Input[str],
    ca_certificate: Input[str],
    passwords: Passwords,
) -> DatabaseObjects:
    """The same objects, with what is known in their Secrets once the server answers."""
    return dataclasses.replace(wanted, **_secrets(known_as, args, password, ca_certificate, passwords))


def _database(known_as: DatabaseNames, args: DatabaseArgs, known_extensions: Sequence[str]) -> Manifest:
    return database.database(
        _metadata(known_as, naming.database_object(known_as.instance, known_as.database)),
        cluster=known_as.instance,
        name=known_as.database,
        owner=known_as.owner,
        extensions=args.extensions,
        known_extensions=known_extensions,
    )


def _metadata(known_as: DatabaseNames, name: Input[str]) -> Manifest:
    return metadata(name=name, namespace=known_as.namespace, labels=naming.labels(known_as.instance))


def _access_role(known_as: DatabaseNames, name: Input[str]) -> Manifest:
    """Through which an owner of another name gets into the database."""
    base = _metadata(known_as, naming.role_object(known_as.instance, name))
    return database_role.group_role(base, cluster=known_as.instance, name=name)


def _login_role(
    known_as: DatabaseNames,
    name: Input[str],
    secret_name: Input[str],
    member_of: Input[str] | None,
    attributes: role_attributes.Attributes,
) -> Manifest:
    return database_role.login_role(
        _metadata(known_as, naming.role_object(known_as.instance, name)),
        cluster=known_as.instance,
        name=name,
        secret=secret_name,
        member_of=member_of,
        attributes=attributes,
    )


def _secrets(
    known_as: DatabaseNames,
    args: DatabaseArgs,
    password: Input[str],
    ca_certificate: Input[str],
    passwords: Passwords,
) -> dict[str, Manifest]:
    """The connection Secret, and those of both logins where there are two."""
    rotates = args.password_rotation is not None
    username = passwords.username if rotates else known_as.owner
    base = _metadata(known_as, known_as.secret)
    connecting = {"secret": _connection_secret(base, known_as, username, password, ca_certificate)}
    if not rotates:
        return connecting
    second = rotation.second_login(known_as.owner)
    return connecting | {
        "owner_login": _login_secret(known_as, known_as.owner, passwords.owner),
        "second_login": _login_secret(known_as, second, passwords.second),
    }


def _login_secret(known_as: DatabaseNames, username: Input[str], password: Input[str]) -> Manifest:
    base = _metadata(known_as, naming.login_secret(known_as.instance, username))
    return secret.basic_auth(secret.reloaded(base), {"username": username, "password": password})


def _second_role(known_as: DatabaseNames, args: DatabaseArgs, secret_name: Input[str]) -> Manifest:
    # Its sessions act as the owner, so the owner's other attributes are those of the session.
    at_login = role_attributes.fields_at_login(args.owner_attributes)
    return _login_role(known_as, rotation.second_login(known_as.owner), secret_name, known_as.owner, at_login)


def _connection_secret(
    base: Manifest,
    known_as: DatabaseNames,
    username: Input[str],
    password: Input[str],
    ca_certificate: Input[str],
) -> Manifest:
    data = connection.secret_data(
        host=known_as.host,
        port=instance.PORT,
        database=known_as.database,
        username=username,
        password=password,
        ca_certificate=ca_certificate,
    )
    return secret.basic_auth(secret.reloaded(base), data)
