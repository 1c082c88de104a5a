"""`tau:postgres:Database`: arguments -> DatabaseRole, Database and connection Secret."""

from collections.abc import Sequence
from dataclasses import dataclass

from tau.desired import connection, instance, naming
from tau.fields import Input, lift
from tau.kinds import cluster, database, database_role, role, secret
from tau.kinds.manifest import Manifest, metadata
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


@dataclass(frozen=True, kw_only=True)
class DatabaseObjects:
    """The objects of one Database; `access` is the role that lets an owner of another name in."""

    secret: Manifest
    secret_reader: Manifest
    secret_reader_binding: Manifest
    access: Manifest | None
    role: Manifest
    database: Manifest


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
    """Arguments of the Instance that a Database without `instance` brings along."""
    return InstanceArgs(
        name=known_as.instance,
        namespace=args.namespace,
        version=args.version,
        resources=args.resources,
        storage=Storage(size=args.storage_size) if args.storage_size else None,
        backup=args.backup,
        restore=args.restore,
        cluster_spec=args.cluster_spec,
    )


def objects(
    known_as: DatabaseNames,
    args: DatabaseArgs,
    *,
    password: Input[str],
    ca_certificate: Input[str],
    known_extensions: Sequence[str] = (),
) -> DatabaseObjects:
    """What one Database consists of, beside its instance; of `known_extensions` those go that are not wanted."""
    labels = naming.labels(known_as.instance)

    def about(name: Input[str]) -> Manifest:
        return metadata(name=name, namespace=known_as.namespace, labels=labels)

    access = known_as.database if args.owner and args.owner != known_as.database else None
    return DatabaseObjects(
        access=_access(about(naming.role_object(known_as.instance, access)), known_as, access) if access else None,
        secret=_connection_secret(about(known_as.secret), known_as, password, ca_certificate),
        # The operator grants this too, but only after the instance has tried once and waits half a minute to retry.
        secret_reader=role.secret_reader(about(known_as.secret), secret=known_as.secret),
        secret_reader_binding=role.binding(
            about(known_as.secret), role=known_as.secret, service_account=known_as.instance
        ),
        role=database_role.login_role(
            about(naming.role_object(known_as.instance, known_as.owner)),
            cluster=known_as.instance,
            name=known_as.owner,
            secret=known_as.secret,
            member_of=access,
        ),
        database=database.database(
            about(naming.database_object(known_as.instance, known_as.database)),
            cluster=known_as.instance,
            name=known_as.database,
            owner=known_as.owner,
            extensions=args.extensions,
            known_extensions=known_extensions,
        ),
    )


def _access(about: Manifest, known_as: DatabaseNames, name: Input[str]) -> Manifest:
    """The role through which an owner of another name gets into the database."""
    return database_role.group_role(about, cluster=known_as.instance, name=name)


def _connection_secret(
    about: Manifest, known_as: DatabaseNames, password: Input[str], ca_certificate: Input[str]
) -> Manifest:
    data = connection.secret_data(
        host=known_as.host,
        port=instance.PORT,
        database=known_as.database,
        username=known_as.owner,
        password=password,
        ca_certificate=ca_certificate,
    )
    return secret.basic_auth(secret.reloaded(about), data)
