"""Registers the children of one component, so that options reach all of them alike.

Children are plain `CustomResource`s with the type tokens of the kubernetes package: what a typed class of its SDK would
register, without the half second that importing it takes.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.resource import DependencyResource

from tau import fields
from tau.component import adoption
from tau.component.access import KUBERNETES_VERSION
from tau.component.context import Construction
from tau.engine import property_map
from tau.engine.child_resource import Child
from tau.fields import Input
from tau.kubernetes.kinds import cluster, database, database_role, deployment, persistent_volume_claim
from tau.kubernetes.manifest import Manifest, labelled
from tau.ownership import objects as ownership

# Kinds that a wait follows by their generation.
_OF_READINESS = ["caCertificate", "lastingCaCertificate"]
_FOLLOWED = {cluster.KIND.kind, database.KIND.kind, database_role.KIND.kind, deployment.KIND.kind}
_STORAGE = {"PersistentVolume", persistent_volume_claim.KIND.kind}
RANDOM_PASSWORD = "random:index/randomPassword:RandomPassword"
"""Type of what states of earlier versions have a password or key in."""


class Children:
    """The children of `parent`; they come after everything that its inputs and `dependsOn` name.

    Where they are to `keep`, a deletion leaves the objects, and `retained` are those.
    """

    def __init__(
        self,
        parent: pulumi.Resource,
        construction: Construction,
        options: pulumi.ResourceOptions,
        *,
        keep: bool = False,
    ) -> None:
        self.retained: list[Manifest] = []
        self._keep = keep
        self._parent = parent
        self._construction = construction
        self._timeouts = options.custom_timeouts
        dependencies = options.depends_on or []
        assert isinstance(dependencies, Sequence)
        self._after = [*dependencies, *construction.depended_on()]

    def object(
        self,
        name: str,
        manifest: Manifest,
        *,
        after: Sequence[pulumi.Resource] = (),
        ignore_changes: Sequence[str] = (),
        retain: bool | None = None,
        adopts: bool = False,
        aliases: Sequence[pulumi.Alias] = (),
        listed: bool = True,
    ) -> pulumi.CustomResource:
        """A Kubernetes object under a stable logical name; one that `adopts` was offered to the component's aliases.

        One whose name another child gives cannot be `listed` in the inventory, which comes before that child.
        """
        manifest = self._owned(labelled(manifest, self._construction.labels), listed=listed)
        secret = ["data", "stringData"] if manifest["kind"] == "Secret" else None
        token = adoption.type_of(manifest)
        options = self._options(
            after, version=KUBERNETES_VERSION, additional_secret_outputs=secret, ignore_changes=list(ignore_changes)
        )
        # The kubernetes package deletes by name, also for a replacement after which the same object is in use. What
        # holds data is deleted by tau; anything else is deleted before the new one is made. But for a volume, which
        # has another name for another share, and does not go while its claim is there.
        options.retain_on_delete = True if self._keep or ownership.holds_data(manifest) else retain
        options.delete_before_replace = None if manifest["kind"] in _STORAGE else True
        if not self._construction.settings.rendered:
            options.provider = self._construction.access().provider
        if self._keep:
            self.retained.append(manifest)
        options.aliases = [*aliases, *(self._construction.adoption.aliases.get(token, ()) if adopts else ())]
        outputs = ["metadata"] if manifest["kind"] in _FOLLOWED else []
        made = Child(token, name, property_map.output(manifest), options, outputs=outputs)
        self._construction.inventory.follow(made)
        return made

    def _owned(self, manifest: Manifest, *, listed: bool) -> Manifest:
        """The object with its owner, noted as one of the component's."""
        if self._construction.settings.rendered or not ownership.is_owned(manifest):
            return manifest
        if listed:
            self._construction.inventory.add(manifest)
        return ownership.marked(manifest, self._construction.inventory.owner)

    def kubernetes_access(self) -> dict[str, Input[Any]]:
        """Inputs with which a custom resource reaches the same cluster."""
        return self._construction.kubernetes_access()

    def readiness(self, name: str, made: pulumi.CustomResource, manifest: Manifest) -> pulumi.CustomResource:
        """Waits for a child, and again whenever its spec has changed."""
        metadata = manifest["metadata"]
        return self.readiness_of(
            name,
            api_version=manifest["apiVersion"],
            kind=manifest["kind"],
            namespace=metadata["namespace"],
            object_name=metadata["name"],
            followed=[made],
        )

    def readiness_of(
        self,
        name: str,
        *,
        api_version: str,
        kind: str,
        namespace: Input[str],
        object_name: Input[str],
        condition: str | None = None,
        followed: Sequence[pulumi.CustomResource] = (),
        after: Sequence[pulumi.Resource] = (),
    ) -> pulumi.CustomResource:
        """Waits for any object, or one condition of it, and again when the spec of a `followed` child has changed."""
        inputs: dict[str, Any] = property_map.output(
            {"apiVersion": api_version, "kind": kind, "namespace": namespace, "name": object_name}
            | self._construction.kubernetes_access()
        )
        if condition is not None:
            inputs["condition"] = condition
        if followed:
            seen = [item.metadata for item in followed]  # type: ignore[attr-defined]
            inputs["generation"] = pulumi.Output.all(*seen).apply(_generation)
        return self.own("Readiness", name, inputs, outputs=_OF_READINESS, after=[*after, *followed], acts=True)

    def own(
        self,
        kind: str,
        name: str,
        inputs: Mapping[str, Any],
        *,
        outputs: Sequence[str] = (),
        after: Sequence[pulumi.Resource] = (),
        module: str = "postgres",
        aliases: Sequence[pulumi.Alias] = (),
        ignore_changes: Sequence[str] = (),
        acts: bool = False,
    ) -> pulumi.CustomResource:
        """A custom resource of tau; `outputs` become attributes of it.

        One that `acts` on what is in the cluster, and makes no value, is left out where objects are written to files.
        """
        if acts and self._construction.settings.rendered:
            return self._left_out(outputs, after)
        options = self._options(after, aliases=list(aliases), ignore_changes=list(ignore_changes))
        # A lookup by package name and version would miss a plugin from a folder, and an explicit provider.
        options.provider = self._construction.own_provider
        made = Child(f"tau:{module}:{kind}", name, property_map.output(inputs), options, outputs=outputs)
        self._construction.inventory.follow(made)
        return made

    def _left_out(self, outputs: Sequence[str], after: Sequence[pulumi.Resource]) -> pulumi.CustomResource:
        """A stand-in with empty outputs, for resources that depend on one that is left out."""
        stand_in = DependencyResource("")
        stand_in.__dict__.update(dict.fromkeys(outputs, ""), urn=(after[-1] if after else self._parent).urn)
        return stand_in

    def _options(self, after: Sequence[pulumi.Resource], **more: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self._parent,
            depends_on=[*self._after, *self._construction.inventory.first, *after],
            custom_timeouts=self._timeouts,
            **more,
        )


def _generation(metadata: Sequence[Mapping[str, Any]]) -> int | None:
    """One number that is another one after a change of any of the objects."""
    generations = [item["generation"] for item in metadata if item.get("generation")]
    return sum(generations) if generations else None


def anchored(value: Input[Any], resources: Sequence[pulumi.Resource]) -> Any:
    """An output that is known in a preview, and makes its users depend on `resources`."""
    placed = property_map.output(value)
    if not fields.contains_deferred(value):
        # The SDK would take the value apart, into an output for each leaf.
        return pulumi.Output(set(resources), _known(placed), _known(True), _known(False))
    held = pulumi.Output.from_input(placed)
    everything = asyncio.ensure_future(_with(held.resources(), resources))
    return pulumi.Output(everything, held.future(), held.is_known(), held.is_secret())


def _known(value: Any) -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future


async def _with(held: Any, more: Sequence[pulumi.Resource]) -> set[pulumi.Resource]:
    return set(await held) | set(more)


def translated(ignored: Sequence[str] | None, paths: Mapping[str, str]) -> list[str]:
    """`ignoreChanges` of a component as those of a child: input paths become paths of its object."""
    result = []
    for path in ignored or []:
        head = path.partition(".")[0].partition("[")[0]
        if head in paths:
            result.append(paths[head] + path.removeprefix(head))
    return result
