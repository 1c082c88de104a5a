"""What one Construct passes to its component in addition to the arguments."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.resource import DependencyProviderResource

from tau import errors, fields, settings
from tau.component import access, claims
from tau.component.adoption import Adoption
from tau.component.inventory import Inventory
from tau.component.lookups import Lookups
from tau.engine import property_map
from tau.kubernetes import api as kubernetes_api
from tau.kubernetes.manifest import Manifest
from tau.ownership import objects as ownership


@dataclass(frozen=True, kw_only=True)
class Construction:
    """One component under construction, within one deployment of one stack.

    `resource` names it to the user, `dependencies` are URNs that its inputs come from,
    `ordered` says that it comes after others through them or `dependsOn`, `provider` is a reference to
    the provider instance that constructs it, `preview` says that nothing will be changed; `warnings` is what the
    user is to hear of all the same, `notes` what was chosen for the user; `derived` are the inputs that come from other
    resources, and `labels` those of every object in addition to its own; `adoption` is what it takes over. `inventory`
    are the objects that it registers, `configured` is how the kubernetes provider is configured that it is to use,
    `accesses` are those of the deployment that are registered already, by name, and `lookups` what its components have
    asked the cluster.
    """

    resource: str
    settings: settings.Settings
    api: kubernetes_api.KubernetesApi
    claims: claims.Claims
    dependencies: Iterable[str]
    ordered: bool
    provider: str | None
    preview: bool
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    derived: frozenset[str] = frozenset()
    labels: fields.Input[Mapping[str, Any]] = field(default_factory=dict)
    adoption: Adoption = field(default_factory=Adoption)
    inventory: Inventory
    configured: access.Configured
    accesses: dict[str, access.Access] = field(default_factory=dict)
    lookups: Lookups = field(default_factory=Lookups)

    @functools.cached_property
    def own_provider(self) -> pulumi.ProviderResource | None:
        """The provider instance that constructs it, which also makes the custom resources of tau in it."""
        return DependencyProviderResource(self.provider) if self.provider else None

    def claim(
        self,
        path: str,
        manifests: Iterable[Manifest],
        problems: errors.Problems,
        remedy: str = "choose another name",
    ) -> None:
        """Note a problem for each resource of the program that makes some of the objects already."""
        taken: dict[str, list[str]] = {}
        for manifest in manifests:
            other = self.claims.claim(manifest, self.resource)
            if other:
                what = f"{manifest['kind']} {manifest['metadata'].get('namespace', '')}/{manifest['metadata']['name']}"
                taken.setdefault(other, []).append(what)
        for other, objects in taken.items():
            verb = "is" if len(objects) == 1 else "are"
            problems.add(path, f"{' and '.join(objects)} {verb} already created by the resource {other}; {remedy}")

    def tell(self, resource: pulumi.Resource) -> None:
        """Print what the user is to hear, under the first component that is registered."""
        for warning in self.warnings:
            pulumi.log.warn(warning, resource)
        for note in self.notes:
            pulumi.log.info(note, resource)
        self.warnings.clear()
        self.notes.clear()

    def depended_on(self) -> list[pulumi.Resource]:
        """The resources that the inputs come from."""
        return [pulumi.resource.DependencyResource(urn) for urn in sorted(self.dependencies)]

    def access(self) -> access.Access:
        """The cluster's identity and the kubernetes provider of the children, which all components share."""
        name = self.configured.name
        if name not in self.accesses:
            self.accesses[name] = access.register(self.configured, self._way(), self.own_provider)
        return self.accesses[name]

    def kubernetes_access(self) -> dict[str, fields.Input[Any]]:
        """Inputs with which a custom resource reaches the cluster of the children, and knows it again."""
        if self.settings.rendered:
            return {"kubeconfig": kubernetes_api.NO_CLUSTER}
        return self._way() | {ownership.CLUSTER_ID: self.access().cluster_id}

    def _way(self) -> dict[str, fields.Input[Any]]:
        """Kubeconfig and context, as far as they are given; a kubeconfig stays secret."""
        properties = {key: self.configured.properties.get(key) for key in ("kubeconfig", "context")}
        result: dict[str, fields.Input[Any]] = {key: value for key, value in properties.items() if value}
        if "kubeconfig" in result:
            result["kubeconfig"] = fields.Deferred(
                handle=pulumi.Output.secret(property_map.output(result["kubeconfig"]))
            )
        return result
