"""`tau:postgres:Database`: registers a database, its role, its Secret, and an Instance if it needs one."""

from typing import Any

import pulumi

from tau import errors, fields
from tau.components import inspection, instance, name_guard
from tau.components.children import Children, anchored, translated
from tau.components.construction import Construction
from tau.desired import connection, database, database_inputs
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
    extensions = await inspection.database(construction, wanted.database, problems)
    construction.loaded[_extensions_of(known_as)] = [{"name": name} for name in extensions]
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
        known_as = database.names(name, args)
        guarded = {
            "namespace": known_as.namespace,
            "instance": known_as.instance,
            "database": known_as.database,
            "owner": known_as.owner,
        }
        options = name_guard.first(self, f"{name}-database-names", guarded, construction, options)
        self._children = Children(self, construction, options)
        self._name = name
        self._ignored = translated(options.ignore_changes, _DATABASE_FIELDS)
        server = self._server(known_as, args, construction, options)
        password = args.password or fields.Deferred(handle=self._children.password(f"{name}-password"))
        certificate = fields.Deferred(handle=server.caCertificate)  # type: ignore[attr-defined]
        known = [str(one["name"]) for one in construction.loaded.get(_extensions_of(known_as), [])]
        wanted = database.objects(known_as, args, password=password, ca_certificate=certificate, known_extensions=known)
        secret = self._children.object(f"{name}-connection", wanted.secret, after=[server])
        ready = self._ready(wanted, [server, secret, *self._secret_access(wanted, server)])
        self.connection_url: fields.Input[str] = wanted.secret["stringData"]["url"]
        self.made = [secret, *ready]
        self.outputs = _outputs(known_as, wanted, secret, ready)
        self.register_outputs(self.outputs)

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
            return instance.Instance(self._name, dedicated, construction, below).readiness
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


def _extensions_of(known_as: database.DatabaseNames) -> str:
    """Under what the extensions are kept that a living database has; an application may have several databases."""
    return f"extensions of {known_as.namespace}/{known_as.instance}/{known_as.database}"


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
