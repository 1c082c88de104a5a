"""`tau:postgres:Instance`: registers a Cluster, what it needs before it starts, and the wait until it serves."""

from collections.abc import Mapping
from typing import Any

import pulumi

from tau import errors
from tau.components import inspection, instance_backup, name_guard
from tau.components.children import Children, anchored, translated
from tau.components.construction import Construction
from tau.desired import constraints, instance, instance_inputs, naming
from tau.fields import lift
from tau.kinds import cluster
from tau.types.postgres import InstanceArgs

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


async def examine(resource: str, args: InstanceArgs, construction: Construction, problems: errors.Problems) -> None:
    """Note what is wrong with the inputs, by themselves and for the cluster that is there."""
    instance_inputs.check(resource, args, problems, construction.settings)
    if not problems:
        await examine_objects(resource, args, construction, problems, _PATHS)


async def examine_objects(
    resource: str, args: InstanceArgs, construction: Construction, problems: errors.Problems, paths: Mapping[str, str]
) -> None:
    """Note what the program or the cluster has against the objects; `paths` are the inputs they come from."""
    wanted = instance.objects(resource, args, construction.settings)
    construction.claim("name", [wanted.cluster], problems)
    await inspection.instance(construction, wanted.cluster, paths, problems)
    offered = [wanted.cluster, *filter(None, [wanted.network_policy])]
    await construction.adoption.examine(construction.api, offered, "name", problems)
    await instance_backup.examine(resource, args, construction, problems)


class Instance(pulumi.ComponentResource):
    """One PostgreSQL server."""

    def __init__(
        self, name: str, args: InstanceArgs, construction: Construction, options: pulumi.ResourceOptions
    ) -> None:
        super().__init__(TOKEN, name, None, options)
        for warning in construction.warnings:
            pulumi.log.warn(warning, self)
        about = instance.about(name, args)
        guarded = {"namespace": about["namespace"], "instance": about["name"]}
        options = name_guard.first(self, f"{name}-names", guarded, construction, options)
        children = Children(self, construction, options)
        backups = instance_backup.Backups(self, name, args, construction, children, options)
        wanted = instance.objects(name, args, construction.settings, backups.archive)
        unwatched = translated(options.ignore_changes, _METADATA)
        before = list(backups.before)
        for suffix, manifest in (("bootstrap", wanted.bootstrap_secret), ("network-policy", wanted.network_policy)):
            if manifest:
                made = children.object(
                    f"{name}-{suffix}",
                    manifest,
                    after=backups.before,
                    ignore_changes=unwatched,
                    adopts=manifest is wanted.network_policy,
                )
                before.append(made)
        ignored = [*translated(options.ignore_changes, _CLUSTER_FIELDS), *unwatched]
        made = children.object(f"{name}-cluster", wanted.cluster, after=before, ignore_changes=ignored, adopts=True)
        self.readiness = children.readiness(f"{name}-ready", made, wanted.cluster)
        self._upgrade(name, args, construction, children)
        archiving = backups.follow(made, wanted.cluster, self.readiness)
        serving: list[pulumi.Resource] = [made, self.readiness]
        archive = {key: anchored(value, [*serving, *archiving]) for key, value in backups.outputs().items()}
        self.outputs = {**_outputs(wanted, serving), **archive}
        self.register_outputs(self.outputs)

    def _upgrade(self, name: str, args: InstanceArgs, construction: Construction, children: Children) -> None:
        """What is left to do after another major version, once the server is back."""
        about = instance.about(name, args)
        major = lift(lambda image: constraints.image_major(image) or "", instance.image(args, construction.settings))
        inputs = {"namespace": about["namespace"], "instance": about["name"], "majorVersion": major}
        children.own(
            "MajorUpgrade",
            f"{name}-upgrade",
            {**inputs, **construction.kubernetes_access()},
            outputs=["message", "upgradedTo"],
            after=[self.readiness],
        )


def _outputs(wanted: instance.InstanceObjects, made: list[pulumi.Resource]) -> dict[str, Any]:
    name, namespace = (wanted.cluster["metadata"][key] for key in ("name", "namespace"))
    found = {
        "name": name,
        "namespace": namespace,
        "host": naming.host(cluster.read_write_service, name, namespace),
        "readOnlyHost": naming.host(cluster.read_only_service, name, namespace),
        "port": instance.PORT,
        "caSecretName": lift(cluster.ca_secret, name),
        "clusterSpec": wanted.cluster["spec"],
    }
    return {key: anchored(value, made) for key, value in found.items()}
