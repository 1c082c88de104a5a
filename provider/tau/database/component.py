"""`tau:postgres:Database`: registers a database, its role, its Secret, and an Instance if it needs one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from tau import errors, fields
from tau.cleanup import objects as cleanup
from tau.component import live_checks as component_live_checks
from tau.component.children import Children, anchored, translated
from tau.component.context import Construction
from tau.credentials import rotation
from tau.database import connection, logins_component
from tau.database import inputs as database_inputs
from tau.database import live_checks as database_live_checks
from tau.database import objects as database
from tau.instance import component as instance_component
from tau.instance import name_guard_component
from tau.instance.objects import PORT
from tau.kubernetes.kinds import cluster
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
_FIELDS = {"database": {"extensions": "spec.extensions"}, "owner": {"ownerAttributes": "spec"}}
# It has one password, in one connection Secret, and one set of memberships.
_ROLE_OF_ANOTHER = (
    "a role belongs to one database: remove `owner`, or choose another one. For one login to both databases set "
    "`ownerAttributes: { inRoles: [<owner of the other>] }` on this one, and use its login for both"
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Plan:
    """What one Database registers, its Secrets without passwords; `server` is None on an Instance that is there."""

    args: DatabaseArgs
    names: database.DatabaseNames
    objects: database.DatabaseObjects
    server: instance_component.Plan | None


async def examine(
    resource: str, args: DatabaseArgs, construction: Construction, problems: errors.Problems
) -> Plan | None:
    """Note what is wrong with the inputs, by themselves and for the cluster that is there."""
    database_inputs.check(resource, args, problems, construction.settings)
    if problems:
        return None
    known_as = database.names(resource, args)
    wanted = database.objects(known_as, args)
    construction.claim("name", [wanted.secret, wanted.database, *filter(None, [wanted.access])], problems)
    construction.claim("owner", [wanted.role], problems, _ROLE_OF_ANOTHER)
    construction.claim("passwordRotation", wanted.of_rotation, problems)
    live = await component_live_checks.database(construction, wanted.database, problems)
    extensions = (live["spec"].get("extensions") or []) if live else []
    if extensions:
        wanted = database.dropping(wanted, known_as, args, [str(extension["name"]) for extension in extensions])
    server = None
    if args.instance:
        await component_live_checks.shared_instance(construction, args.instance, args.namespace, problems)
    else:
        dedicated = database.dedicated_instance(known_as, args)
        server = await instance_component.examine_objects(resource, dedicated, construction, problems, _PATHS)
    await database_live_checks.examine(construction, args, wanted, live, problems)
    return Plan(args=args, names=known_as, objects=wanted, server=server)


class Database(pulumi.ComponentResource):
    """One database with its owner; what uses it comes after `made`, and restarts with another `connection_url`.

    `username` is its current login; `ended_by_user` leaves it to the user to `end_former_login` after a rotation.
    """

    def __init__(
        self,
        name: str,
        plan: Plan,
        construction: Construction,
        options: pulumi.ResourceOptions,
        *,
        ended_by_user: bool = False,
    ) -> None:
        super().__init__(TOKEN, name, None, options)
        construction.tell(self)
        args, known_as = plan.args, plan.names
        options = name_guard_component.of_database(self, name, _guarded(known_as), construction, options)
        # On a shared instance it is the Instance that keeps or deletes what is in it.
        self._keep = not args.instance and cleanup.keeps(args.cleanup)
        self._children = Children(self, construction, options, keep=self._keep)
        self._name, self._construction = name, construction
        self._args, self._names, self._ignored = args, known_as, options.ignore_changes
        self._dedicated: instance_component.Instance | None = None
        self._server_ready = server = self._server(plan, construction, options)
        self._logins = logins = logins_component.of(self._children, name, args, known_as, construction)
        certificate = fields.Deferred(handle=server.caCertificate)  # type: ignore[attr-defined]
        wanted = database.completed(
            plan.objects,
            known_as,
            args,
            password=logins.password,
            ca_certificate=certificate,
            passwords=logins.passwords,
        )
        secret, self.made = self._make(wanted, server, certificate)
        self.connection_url: fields.Input[str] = wanted.secret["stringData"]["url"]
        self.username: fields.Input[str] = wanted.secret["stringData"]["username"]
        if self._dedicated:
            # The writers depend on this, so that they have stopped before the final backup is taken.
            self.made.append(self._dedicated.guard(self.made))
        if not ended_by_user:
            self.end_former_login(self.made, rotation.DEFAULT_OVERLAP)
        self.outputs = _outputs(known_as, wanted, secret, self.made)
        self.register_outputs(self.outputs)

    @property
    def lasting_ca_certificate(self) -> fields.Input[str]:
        """What clients verify the server with, for as long as its CA has the same key."""
        return fields.Deferred(handle=self._server_ready.lastingCaCertificate)  # type: ignore[attr-defined]

    @property
    def digest_key(self) -> fields.Input[str] | None:
        """The key for digests of the connection URL; None where the password is given."""
        return self._logins.digest_key

    def end_former_login(self, after: Sequence[pulumi.Resource], overlap: str) -> list[pulumi.Resource]:
        """See to the end of the password from before the last rotation, `overlap` after all this unless one is given.

        There is nothing to end where nothing rotates.
        """
        if self._args.password_rotation is None:
            return []
        inputs = self._logins.about_current(self._names) | {"overlap": self._args.password_overlap or overlap}
        own_inputs = inputs | self._construction.kubernetes_access()
        name = f"{self._name}-former-login"
        return [self._children.own("FormerLogin", name, own_inputs, after=after, acts=True)]

    def _make(
        self, wanted: database.DatabaseObjects, server: pulumi.CustomResource, certificate: fields.Deferred
    ) -> tuple[pulumi.CustomResource, list[pulumi.Resource]]:
        """The connection Secret, and everything that makes what is in it true."""
        if self._args.password_rotation is None:
            secret = self._children.object(f"{self._name}-connection", wanted.secret, after=[server])
            return secret, [secret, *self._ready(wanted, [server, secret, *self._secret_access(wanted, server)])]
        after = [server, *self._login_secrets(wanted, server), *self._secret_access(wanted, server)]
        ready = self._ready(wanted, after)
        inputs = self._logins.about_current(self._names) | {"certificate": certificate}
        own_inputs = inputs | self._construction.kubernetes_access()
        current = self._children.own("CurrentLogin", f"{self._name}-current-login", own_inputs, after=ready, acts=True)
        # Its readers must be able to log in immediately.
        secret = self._children.object(f"{self._name}-connection", wanted.secret, after=[*ready, current])
        return secret, [*ready, current, secret]

    def _login_secrets(self, wanted: database.DatabaseObjects, server: pulumi.Resource) -> list[pulumi.Resource]:
        logins = (("owner-login", wanted.owner_login), ("second-login", wanted.second_login))
        return [
            self._children.object(f"{self._name}-{suffix}", manifest, after=[server])
            for suffix, manifest in logins
            if manifest
        ]

    def _server(self, plan: Plan, construction: Construction, options: pulumi.ResourceOptions) -> pulumi.CustomResource:
        """The resource that waits for the server: a new Instance's, or a separate one for an existing Instance."""
        if plan.server:
            below = pulumi.ResourceOptions(
                parent=self,
                depends_on=options.depends_on,
                custom_timeouts=options.custom_timeouts,
                ignore_changes=_for_dedicated(options.ignore_changes),
            )
            along = plan.objects.all() if self._keep else []
            self._dedicated = instance_component.Instance(self._name, plan.server, construction, below, along=along)
            return self._dedicated.readiness
        return self._children.readiness_of(
            f"{self._name}-instance-ready",
            api_version=cluster.KIND.api_version,
            kind=cluster.KIND.kind,
            namespace=plan.names.namespace,
            object_name=plan.names.instance,
        )

    def _secret_access(self, wanted: database.DatabaseObjects, server: pulumi.Resource) -> list[pulumi.Resource]:
        role = self._children.object(f"{self._name}-connection-reader", wanted.secret_reader, after=[server])
        binding = wanted.secret_reader_binding
        return [role, self._children.object(f"{self._name}-connection-reader-binding", binding, after=[role])]

    def _ready(self, wanted: database.DatabaseObjects, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        """Roles, then the database, each waited for; the one that was made last comes first in time to go."""
        wanted_in_order = (
            ("access", wanted.access),
            ("owner", wanted.role),
            ("second", wanted.second_role),
            ("database", wanted.database),
        )
        for suffix, manifest in wanted_in_order:
            if manifest:
                ignored = translated(self._ignored, _FIELDS.get(suffix, {}))
                made = self._children.object(f"{self._name}-{suffix}", manifest, after=after, ignore_changes=ignored)
                after = [made, self._children.readiness(f"{self._name}-{suffix}-ready", made, manifest)]
        return after


def _for_dedicated(ignored: list[str] | None) -> list[str]:
    return ["storage.size" if path == "storageSize" else path for path in ignored or []]


def _guarded(known_as: database.DatabaseNames) -> dict[str, fields.Input[str]]:
    return {
        "namespace": known_as.namespace,
        "instance": known_as.instance,
        "database": known_as.database,
        "owner": known_as.owner,
    }


def _outputs(
    known_as: database.DatabaseNames,
    wanted: database.DatabaseObjects,
    secret: pulumi.CustomResource,
    after: list[pulumi.Resource],
) -> dict[str, Any]:
    data = wanted.secret["stringData"]
    outputs = {
        "host": known_as.host,
        "port": PORT,
        "database": known_as.database,
        "username": data["username"],
        "instanceName": known_as.instance,
        "secretName": known_as.secret,
        "environment": connection.environment(known_as.secret),
    }
    hidden = {"password": data["password"], "connectionString": data["url"]}
    return {
        **{key: anchored(value, after) for key, value in outputs.items()},
        **{key: pulumi.Output.secret(anchored(value, after)) for key, value in hidden.items()},
        "secret": secret,
    }
