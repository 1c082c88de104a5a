"""`tau:app:TauApplication`: registers an application: namespace, databases, volumes, files, Deployment and network."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from tau import errors, fields
from tau.application import database_ca
from tau.application import databases as application_databases
from tau.application import identity as application_identity
from tau.application import inputs as application_inputs
from tau.application import live_checks as application_live_checks
from tau.application import objects as application
from tau.application.databases import NamedDatabase
from tau.component.children import Children, anchored, translated
from tau.component.context import Construction
from tau.credentials import rotation
from tau.database import component as database_component
from tau.engine import property_map
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import namespace, secret
from tau.kubernetes.manifest import Manifest, Parts, manifest, metadata
from tau.types.app import TauApplicationArgs

TOKEN = "tau:app:TauApplication"
_APPLICATION = Kind("tau/v1", "TauApplication", "tauapplications")
"""Stands for an application where names are claimed; no API server knows it."""

_POD = "spec.template.spec"
_CONTAINER = f"{_POD}.containers[0]"
_DEPLOYMENT_FIELDS = {
    "args": f"{_CONTAINER}.args",
    "command": f"{_CONTAINER}.command",
    "env": f"{_CONTAINER}.env",
    "envFrom": f"{_CONTAINER}.envFrom",
    "image": f"{_CONTAINER}.image",
    "podSpec": _POD,
    "replicas": "spec.replicas",
    "resources": f"{_CONTAINER}.resources",
    "secretEnv": f"{_CONTAINER}.env",
    "strategy": "spec.strategy",
}
_METADATA = {"labels": "metadata.labels"}


@dataclass(frozen=True, kw_only=True, repr=False)
class Plan:
    """What one application registers, before its credentials are known.

    `namespaces` are written to files, `foreign` is the content of Secrets and ConfigMaps that others make.
    """

    args: TauApplicationArgs
    identity: application_identity.Identity
    databases: Sequence[tuple[NamedDatabase, database_component.Plan]]
    objects: application.ApplicationObjects
    namespaces: Sequence[Manifest]
    foreign: Mapping[str, Any]


async def examine(
    resource: str, args: TauApplicationArgs, construction: Construction, problems: errors.Problems
) -> Plan | None:
    """Note what is wrong with the inputs, by themselves and for the cluster that is there."""
    application_inputs.check(resource, args, construction.settings, problems)
    identity = application_identity.identity(resource, args)
    named = application_databases.databases(resource, identity.name, args)
    args = await application_live_checks.with_storage_classes(args, identity, construction, problems)
    examined = [(entry, await _examine_database(entry, construction, problems)) for entry in named]
    if problems:
        return None
    wanted = application.objects(identity, named, args, construction.settings)
    construction.claim("name", [_reservation(identity), *wanted.all()], problems)
    namespaces = _own_namespace(args, construction) if construction.settings.rendered else []
    volumes = await application_live_checks.volumes(args, wanted.stored, construction, problems)
    await application_live_checks.taken_over(wanted, construction, problems)
    return Plan(
        args=args,
        identity=identity,
        databases=[(entry, planned) for entry, planned in examined if planned],
        objects=application.bound(wanted, identity, args, construction.settings, volumes) if volumes else wanted,
        namespaces=namespaces,
        foreign=await application_live_checks.foreign(args, construction),
    )


async def _examine_database(
    entry: NamedDatabase, construction: Construction, problems: errors.Problems
) -> database_component.Plan | None:
    own_problems = errors.Problems()
    # Two databases of one application must not share an object either.
    below = dataclasses.replace(construction, resource=f"{construction.resource} (`{entry.path}`)")
    planned = await database_component.examine(entry.resource, entry.args, below, own_problems)
    noted = {problem.path for problem in problems}
    for problem in own_problems:
        # A namespace is the application's own, and wrong for all of its databases at once.
        path = problem.path if problem.path == "namespace" else f"{entry.path}.{problem.path}"
        if path not in noted or path != "namespace":
            problems.add(path, problem.reason, secret=problem.secret)
    return planned


def _reservation(identity: application_identity.Identity) -> Manifest:
    """Stands for the name of the application, which two in a namespace must not share, regardless of their objects."""
    return manifest(_APPLICATION, metadata(name=identity.name, namespace=identity.namespace))


def _own_namespace(args: TauApplicationArgs, construction: Construction) -> list[Manifest]:
    """The Namespace to write to a file, unless another application of the program writes it."""
    written = namespace.namespace(args.namespace, args.namespace_labels)
    return [] if construction.claims.claim(written, construction.resource) else [written]


class TauApplication(pulumi.ComponentResource):
    """One application."""

    def __init__(self, name: str, plan: Plan, construction: Construction, options: pulumi.ResourceOptions) -> None:
        super().__init__(TOKEN, name, None, options)
        self._name, self._plan, self._args = name, plan, plan.args
        self._construction, self._options = construction, options
        construction.tell(self)
        self._children = Children(self, construction, options)
        before = self._namespaces()
        construction.inventory.open(self._children, name, after=before)
        databases = [(entry, self._database(entry, planned, before)) for entry, planned in plan.databases]
        self._usernames = {entry.key: made.username for entry, made in databases}
        credentials = {entry.key: made.connection_url for entry, made in databases}
        certificates = [made.lasting_ca_certificate for _, made in databases]
        checksum = self._checksum(credentials, self._digest_key(databases), certificates)
        wanted = application.rolled_by(checksum, plan.objects)
        complete = database_ca.completed(wanted.stored, certificates)
        stored = self._objects({key: _hidden(item) for key, item in complete.items()}, before)
        used = [*before, *stored, *(resource for _, made in databases for resource in made.made)]
        network = self._objects(wanted.network, before, adopts=True)
        running = self._workload(wanted, used)
        if running:
            for _, made in databases:
                made.end_former_login(running, rotation.OVERLAP_AFTER_A_ROLLOUT)
        self.outputs = self._outputs(wanted, [*used, *running], [*used, *running, *network])
        self.register_outputs(self.outputs)

    def _namespaces(self) -> list[pulumi.CustomResource]:
        derived = "namespace" in self._construction.derived
        if not application.creates_namespace(self._args, derived=derived):
            return []
        if not self._construction.settings.rendered:
            return [self._namespace()]
        # One name for all applications of a namespace: whichever comes first registers the same resource.
        name = self._args.namespace if isinstance(self._args.namespace, str) else self._name
        return [self._children.object(f"{name}-namespace", item) for item in self._plan.namespaces]

    def _namespace(self) -> pulumi.CustomResource:
        inputs = {
            "name": self._args.namespace,
            "user": application.namespace_user(self._name, self._args),
            "labels": self._args.namespace_labels,
            **self._construction.kubernetes_access(),
        }
        values = {key: value for key, value in inputs.items() if value is not None}
        return self._children.own("Namespace", f"{self._name}-namespace", values, module="app")

    def _database(
        self, entry: NamedDatabase, planned: database_component.Plan, before: Sequence[pulumi.Resource]
    ) -> database_component.Database:
        dependencies = self._options.depends_on or []
        assert isinstance(dependencies, Sequence)
        below = pulumi.ResourceOptions(
            parent=self,
            depends_on=[*dependencies, *before],
            custom_timeouts=self._options.custom_timeouts,
            ignore_changes=_below(entry.path, self._options.ignore_changes),
        )
        labelled = dataclasses.replace(self._construction, labels=self._plan.identity.labels)
        with_workload = self._args.image is not None
        return database_component.Database(entry.resource, planned, labelled, below, ended_by_user=with_workload)

    def _digest_key(
        self, databases: Sequence[tuple[NamedDatabase, database_component.Database]]
    ) -> fields.Input[str] | None:
        """The key for the digest of what is secret: that of a password which tau makes, else one of its own."""
        if not application.digests_secrets(self._args):
            return None
        known = next((made.digest_key for _, made in databases if made.digest_key is not None), None)
        if known is not None:
            return known
        made: Any = self._children.own("DigestKey", f"{self._name}-digest-key", {}, outputs=["value"], module="app")
        return fields.Deferred(handle=pulumi.Output.secret(made.value))

    def _checksum(
        self,
        credentials: Mapping[str, fields.Input[str]],
        key: fields.Input[str] | None,
        certificates: Sequence[fields.Input[str]],
    ) -> fields.Input[str] | None:
        digest = application.checksum(self._args, credentials, self._plan.foreign, key, certificates)
        if not isinstance(digest, fields.Deferred):
            return digest
        # Without the key it tells nothing of what it is made from, so a preview may show that it changes.
        return fields.Deferred(handle=pulumi.Output.unsecret(anchored(digest, [])))

    def _objects(
        self, wanted: Parts, before: Sequence[pulumi.Resource], *, adopts: bool = False
    ) -> list[pulumi.CustomResource]:
        ignored = translated(self._options.ignore_changes, _METADATA)
        made: list[pulumi.CustomResource] = []
        for (_, suffix), item in wanted.items():
            name = f"{self._name}-{suffix}"
            after = [*before, *made]
            takes = adopts and suffix in application_live_checks.ADOPTING
            made.append(self._children.object(name, item, after=after, ignore_changes=ignored, adopts=takes))
        return made

    def _workload(
        self, wanted: application.ApplicationObjects, after: Sequence[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        resources: list[pulumi.Resource] = []
        if wanted.deployment:
            ignored = translated(self._options.ignore_changes, _DEPLOYMENT_FIELDS | _METADATA)
            made = self._children.object(
                f"{self._name}-deployment", wanted.deployment, after=after, ignore_changes=ignored, adopts=True
            )
            resources = [made, self._children.readiness(f"{self._name}-deployment-ready", made, wanted.deployment)]
        if wanted.autoscaler:
            resources.append(
                self._children.object(f"{self._name}-autoscaler", wanted.autoscaler, after=resources or after)
            )
        return resources

    def _outputs(
        self,
        wanted: application.ApplicationObjects,
        running: Sequence[pulumi.Resource],
        everything: Sequence[pulumi.Resource],
    ) -> dict[str, Any]:
        identity = self._plan.identity
        outputs = {
            "environment": wanted.environment,
            "labels": identity.labels,
            "name": identity.name,
            "namespace": identity.namespace,
            "secretNames": wanted.secret_names,
            "volumeMounts": wanted.mounts.volume_mounts,
            "volumes": wanted.mounts.volumes,
        }
        # Each field for itself: a login that a preview does not know must not make the names around it unknown.
        databases = {
            entry.key: {
                name: anchored(value, running)
                for name, value in application_databases.connection_of(entry, self._usernames[entry.key]).items()
            }
            for entry, _ in self._plan.databases
        }
        reached = {"serviceName": wanted.service_name, "url": wanted.url}
        return {
            "databases": databases,
            **{key: anchored(value, running) for key, value in outputs.items()},
            **{key: anchored(value, everything) for key, value in reached.items()},
        }


def _hidden(item: Manifest) -> Manifest:
    """A Secret with its values marked as secret, however they were given.

    The schema does not mark `secretEnv` itself: one value that is unknown would make the whole map unknown.
    """
    if item["kind"] != secret.KIND.kind:
        return item
    data = {
        key: fields.Deferred(handle=pulumi.Output.secret(property_map.output(value)))
        for key, value in item["stringData"].items()
    }
    return {**item, "stringData": data}


def _below(path: str, ignored: Sequence[str] | None) -> list[str]:
    """`ignoreChanges` of an application as those of one of its databases."""
    return [
        ignored_path.removeprefix(f"{path}.") for ignored_path in ignored or [] if ignored_path.startswith(f"{path}.")
    ]
