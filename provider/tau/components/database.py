"""`tau:postgres:Database`: registers a database, its role, its Secret, and an Instance if it needs one."""

from typing import Any

import pulumi

from tau import errors, fields
from tau.components import inspection, instance
from tau.components.children import RANDOM_PASSWORD, Children, anchored, translated
from tau.components.construction import Construction
from tau.desired import cleanup, connection, database, database_inputs
from tau.desired.instance import PORT
from tau.kinds import cluster
from tau.types.postgres import DatabaseArgs

TOKEN = "tau:postgres:Database"

_PATHS = {
    "storage.size": "storageSize",
    "storage.storageClass": "clusterSpec.storage.storageClass",
    "walStorage": "clusterSpec.walStorage",
    "walStorage.size": "clusterSpec.walStorage.size",
    "walStorage.storageClass": "clusterSpec.walStorage.storageClass",
    "version": "version",
}
_DATABASE_FIELDS = {"extensions": "spec.extensions"}


async def examine(resource: str, args: DatabaseArgs, construction: Construction, problems: errors.Problems) -> None:
    """Note what is wrong with the inputs, by themselves and for the cluster that is there."""
    database_inputs.check(resource, args, problems, construction.settings)
    if problems:
        return
    known_as = database.names(resource, args)
    wanted = database.objects(known_as, args, password="", ca_certificate="")
    construction.claim("name", [wanted.secret, wanted.database, *filter(None, [wanted.access])], problems)
    construction.claim("owner", [wanted.role], problems)
    if args.instance:
        await inspection.shared_instance(construction, args.instance, args.namespace, problems)
    else:
        dedicated = database.dedicated_instance(known_as, args)
        await instance.examine_objects(resource, dedicated, construction, problems, _PATHS)


class Database(pulumi.ComponentResource):
    """One database with its owner; what uses it comes after `made`, and starts anew with another `connection_url`."""

    def __init__(
        self, name: str, args: DatabaseArgs, construction: Construction, options: pulumi.ResourceOptions
    ) -> None:
        super().__init__(TOKEN, name, None, options)
        # On a shared instance it is the Instance that keeps or deletes what is in it.
        self._keep = not args.instance and cleanup.keeps(args.cleanup)
        self._children = Children(self, construction, options, keep=self._keep)
        self._construction = construction
        self._name = name
        self._dedicated: instance.Instance | None = None
        self._ignored = translated(options.ignore_changes, _DATABASE_FIELDS)
        known_as = database.names(name, args)
        server = self._server(known_as, args, construction, options)
        password = args.password or self._password(known_as)
        certificate = fields.Deferred(handle=server.caCertificate)  # type: ignore[attr-defined]
        wanted = database.objects(known_as, args, password=password, ca_certificate=certificate)
        secret = self._children.object(f"{name}-connection", wanted.secret, after=[server])
        access = self._secret_access(wanted, server)
        ready = self._ready(wanted, [server, secret, *access])
        self.connection_url: fields.Input[str] = wanted.secret["stringData"]["url"]
        if self._dedicated:
            # Whoever writes comes after this, so that it has stopped before the last backup is taken.
            ready.append(self._dedicated.guard([secret, *access, *ready]))
        self.made = [secret, *ready]
        self.outputs = _outputs(known_as, wanted, secret, ready)
        self.register_outputs(self.outputs)

    def _password(self, known_as: database.DatabaseNames) -> fields.Deferred:
        inputs = {
            "database": known_as.database,
            "namespace": known_as.namespace,
            "owner": known_as.owner,
            "secretName": known_as.secret,
            **self._construction.kubernetes_access(),
        }
        made = self._children.own(
            *("RoleCredential", f"{self._name}-password", inputs),
            outputs=["password"],
            aliases=[pulumi.Alias(type_=RANDOM_PASSWORD)],
        )
        # A preview does not know of an unknown output that it is a secret.
        return fields.Deferred(handle=pulumi.Output.secret(made.password))  # type: ignore[attr-defined]

    def _server(
        self,
        known_as: database.DatabaseNames,
        args: DatabaseArgs,
        construction: Construction,
        options: pulumi.ResourceOptions,
    ) -> pulumi.CustomResource:
        """Whatever tells that the server answers: a new Instance's, or one for an Instance that is there."""
        if not args.instance:
            dedicated = database.dedicated_instance(known_as, args)
            below = pulumi.ResourceOptions(
                parent=self,
                depends_on=options.depends_on,
                custom_timeouts=options.custom_timeouts,
                ignore_changes=_for_dedicated(options.ignore_changes),
            )
            named = database.objects(known_as, args, password="", ca_certificate="")
            along = named.all() if self._keep else []
            self._dedicated = instance.Instance(self._name, dedicated, construction, below, along=along)
            return self._dedicated.readiness
        return self._children.readiness_of(
            f"{self._name}-instance-ready",
            api_version=cluster.API_VERSION,
            kind=cluster.KIND,
            namespace=known_as.namespace,
            object_name=known_as.instance,
        )

    def _secret_access(self, wanted: database.DatabaseObjects, server: pulumi.Resource) -> list[pulumi.Resource]:
        role = self._children.object(f"{self._name}-connection-reader", wanted.secret_reader, after=[server])
        binding = wanted.secret_reader_binding
        return [role, self._children.object(f"{self._name}-connection-reader-binding", binding, after=[role])]

    def _ready(self, wanted: database.DatabaseObjects, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        """Roles, then the database, each waited for; the one that was made last comes first in time to go."""
        for suffix, manifest in (("access", wanted.access), ("owner", wanted.role), ("database", wanted.database)):
            if manifest:
                ignored = self._ignored if manifest is wanted.database else ()
                made = self._children.object(f"{self._name}-{suffix}", manifest, after=after, ignore_changes=ignored)
                after = [made, self._children.readiness(f"{self._name}-{suffix}-ready", made, manifest)]
        return after


def _for_dedicated(ignored: list[str] | None) -> list[str]:
    return ["storage.size" if path == "storageSize" else path for path in ignored or []]


def _outputs(
    known_as: database.DatabaseNames,
    wanted: database.DatabaseObjects,
    secret: pulumi.CustomResource,
    ready: list[pulumi.Resource],
) -> dict[str, Any]:
    data = wanted.secret["stringData"]
    found = {
        "host": known_as.host,
        "port": PORT,
        "database": known_as.database,
        "username": known_as.owner,
        "instanceName": known_as.instance,
        "secretName": known_as.secret,
        "environment": connection.environment(known_as.secret),
    }
    after = [secret, *ready]
    hidden = {"password": data["password"], "connectionString": data["url"]}
    return {
        **{key: anchored(value, after) for key, value in found.items()},
        **{key: pulumi.Output.secret(anchored(value, after)) for key, value in hidden.items()},
        "secret": secret,
    }
