"""`tau:postgres:Instance`: registers a Cluster, what it needs before it starts, and the wait until it serves."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from tau import errors, fields, naming
from tau.backup import component as backup_component
from tau.backup import live_checks as backup_live_checks
from tau.cleanup import objects as cleanup
from tau.component.children import Children, anchored, translated
from tau.component.context import Construction
from tau.fields import lift
from tau.instance import inputs as instance_inputs
from tau.instance import live_checks as instance_live_checks
from tau.instance import name_guard_component
from tau.instance import objects as instance
from tau.kubernetes.kinds import cluster
from tau.kubernetes.manifest import Manifest
from tau.monitoring import component as monitoring_component
from tau.monitoring import objects as monitoring
from tau.operator import namespace as operator_namespace
from tau.types.postgres import InstanceArgs
from tau.values import constraints

TOKEN = "tau:postgres:Instance"

_PATHS = {
    "storage.size": "storage.size",
    "storage.storageClass": "storage.storageClass",
    "walStorage": "walStorage",
    "walStorage.size": "walStorage.size",
    "walStorage.storageClass": "walStorage.storageClass",
    "version": "version",
}
_CLUSTER_FIELDS = {
    "annotations": "spec.inheritedMetadata.annotations",
    "clusterSpec": "spec",
    "image": "spec.imageName",
    "instances": "spec.instances",
    "labels": "spec.inheritedMetadata.labels",
    "parameters": "spec.postgresql.parameters",
    "resources": "spec.resources",
    "storage": "spec.storage",
    "version": "spec.imageName",
    "walStorage": "spec.walStorage",
}
_METADATA = {"annotations": "metadata.annotations", "labels": "metadata.labels"}


@dataclass(frozen=True, kw_only=True, repr=False)
class Plan:
    """What one Instance registers; its Cluster neither archives nor is restored before its `backups` are there."""

    args: InstanceArgs
    objects: instance.InstanceObjects
    backups: backup_live_checks.Plan
    monitoring: monitoring.MonitoringObjects

    @property
    def metadata(self) -> Manifest:
        """Metadata of the Cluster."""
        metadata: Manifest = self.objects.cluster["metadata"]
        return metadata


async def examine(
    resource: str, args: InstanceArgs, construction: Construction, problems: errors.Problems
) -> Plan | None:
    """Note what is wrong with the inputs, by themselves and for the cluster that is there."""
    instance_inputs.check(resource, args, problems, construction.settings)
    if problems:
        return None
    return await examine_objects(resource, args, construction, problems, _PATHS)


async def examine_objects(
    resource: str, args: InstanceArgs, construction: Construction, problems: errors.Problems, paths: Mapping[str, str]
) -> Plan | None:
    """Note what the program or the cluster has against the objects; `paths` are the inputs they come from."""
    policy = await operator_namespace.admitted(args.network_policy, construction, problems)
    args = dataclasses.replace(args, network_policy=policy)
    live = await instance_live_checks.look(construction, args.name or naming.instance(resource), args.namespace)
    args = instance_live_checks.with_storage_classes(args, live, construction, paths, problems)
    wanted = instance.objects(resource, args, construction.settings)
    construction.claim("name", [wanted.cluster], problems)
    construction.claims.manage(wanted.cluster["metadata"], cluster.managed_roles(wanted.cluster["spec"]))
    instance_live_checks.instance(construction, wanted.cluster, live, _owner(resource), paths, problems)
    offered = [wanted.cluster, *filter(None, [wanted.network_policy])]
    await construction.adoption.examine(construction.api, offered, "name", problems)
    backups = await backup_live_checks.examine(
        resource,
        args,
        construction,
        problems,
        metadata=wanted.cluster["metadata"],
        image=wanted.image,
        at_work=cleanup.keeps_running(args.cleanup),
    )
    watching = monitoring.objects(wanted.cluster["metadata"], args, construction.settings)
    await monitoring_component.examine(watching, construction, problems)
    return Plan(args=args, objects=wanted, backups=backups, monitoring=watching) if backups else None


class Instance(pulumi.ComponentResource):
    """One PostgreSQL server; its user passes the objects on it as `along`, and has it guarded after them."""

    def __init__(
        self,
        name: str,
        plan: Plan,
        construction: Construction,
        options: pulumi.ResourceOptions,
        *,
        along: Sequence[Manifest] | None = None,
    ) -> None:
        super().__init__(TOKEN, name, None, options)
        construction.tell(self)
        self._name = name
        self._keeps = cleanup.keeps(plan.args.cleanup)
        options, pinned = name_guard_component.of_instance(self, name, plan.objects, plan.args, construction, options)
        self._children = Children(self, construction, options, keep=self._keeps)
        backups = backup_component.Backups(self, name, plan.backups, construction, self._children, options)
        wanted = instance.completed(plan.objects, plan.args, construction.settings, backups.archive, pinned)
        made = self._cluster(wanted, backups.before, options)
        self.readiness = self._children.readiness(f"{name}-ready", made, wanted.cluster)
        image = None if instance.from_catalog(plan.args) else pinned or wanted.image
        self._upgrade(plan, image, construction, translated(options.ignore_changes, backup_component.VERSION))
        archiving, scheduled = backups.follow(made, wanted.cluster, self.readiness)
        # Alerts about a server that was deleted would fire as long as its data is retained.
        watching = Children(self, construction, options)
        monitoring_component.register(name, plan.monitoring, watching, [made], options.ignore_changes)
        retained = [*self._children.retained, *backups.retained, *(along or ())]
        self._guarding = _guarding(name, plan, construction, retained) | construction.kubernetes_access()
        serving: list[pulumi.Resource] = [made, self.readiness]
        # Where `up` comes no further than this, what is there must not be deleted unguarded either.
        deleting = {} if self._keeps else {"deletes": True}
        self._standing = [*serving, *scheduled, self._guard(f"{name}-cluster-guard", [made], deleting)]
        if along is None:
            serving.append(self.guard([]))
        archive = {key: anchored(value, [*serving, *archiving]) for key, value in backups.outputs().items()}
        self.outputs = {**_outputs(wanted, serving), **archive}
        self.register_outputs(self.outputs)

    def _cluster(
        self, wanted: instance.InstanceObjects, before: Sequence[pulumi.Resource], options: pulumi.ResourceOptions
    ) -> pulumi.CustomResource:
        ignored_metadata = translated(options.ignore_changes, _METADATA)
        after = list(before)
        for suffix, manifest in (("bootstrap", wanted.bootstrap_secret), ("network-policy", wanted.network_policy)):
            if manifest:
                made = self._children.object(
                    f"{self._name}-{suffix}",
                    manifest,
                    after=before,
                    ignore_changes=ignored_metadata,
                    adopts=manifest is wanted.network_policy,
                )
                after.append(made)
        ignored = [*translated(options.ignore_changes, _CLUSTER_FIELDS), *ignored_metadata]
        return self._children.object(
            f"{self._name}-cluster", wanted.cluster, after=after, ignore_changes=ignored, adopts=True
        )

    def _upgrade(
        self, plan: Plan, image: fields.Input[str] | None, construction: Construction, ignored: Sequence[str]
    ) -> None:
        """What is left to do after another image, once the server is back; a catalog does not tell which it is."""
        major = lift(lambda image: constraints.image_major(image) or "", plan.objects.image)
        inputs = {"namespace": plan.metadata["namespace"], "instance": plan.metadata["name"], "majorVersion": major}
        if image is not None:
            inputs["image"] = image
        self._children.own(
            "MajorUpgrade",
            f"{self._name}-upgrade",
            inputs | construction.kubernetes_access(),
            after=[self.readiness],
            ignore_changes=ignored,
            acts=True,
        )

    def guard(self, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
        """Register what is deleted before all of the Instance and all that comes before it in `after`."""
        return self._guard(f"{self._name}-guard", [*self._standing, *after])

    def _guard(
        self, name: str, after: Sequence[pulumi.Resource], more: Mapping[str, Any] | None = None
    ) -> pulumi.Resource:
        return self._children.own("CleanupGuard", name, {**self._guarding, **(more or {})}, after=after, acts=True)


def _owner(resource: str) -> str:
    """The owner that can resume what a deletion of this resource retains."""
    return f"{pulumi.get_project()}/{pulumi.get_stack()}/{resource}"


def _guarding(
    name: str, plan: Plan, construction: Construction, retained: Sequence[Manifest]
) -> dict[str, fields.Input[Any]]:
    return cleanup.guard(
        plan.metadata,
        plan.args.cleanup,
        archives=plan.backups.archives,
        owner=_owner(name),
        resource=construction.inventory.owner,
        retained=retained,
    )


def _outputs(wanted: instance.InstanceObjects, made: list[pulumi.Resource]) -> dict[str, Any]:
    name, namespace = (wanted.cluster["metadata"][key] for key in ("name", "namespace"))
    outputs = {
        "name": name,
        "namespace": namespace,
        "host": naming.host(cluster.read_write_service, name, namespace),
        "readOnlyHost": naming.host(cluster.read_only_service, name, namespace),
        "port": instance.PORT,
        "caSecretName": lift(cluster.ca_secret, name),
        "clusterSpec": wanted.cluster["spec"],
    }
    return {key: anchored(value, made) for key, value in outputs.items()}
