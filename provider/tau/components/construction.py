"""What one Construct gives to its component beside the arguments."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.resource import DependencyProviderResource

from tau import claims, errors, fields, kubernetes_api
from tau.components.adoption import Adoption
from tau.desired import settings
from tau.kinds.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class Construction:
    """One component under construction, within one deployment of one stack.

    `resource` names it to the user, `dependencies` are URNs that its inputs come from,
    `ordered` says that it comes after others through them or `dependsOn`, `provider` is a reference to
    the provider instance that constructs it, `preview` says that nothing will be changed; `loaded` is what an
    examination read from elsewhere for the component to use, by what it is, and `warnings` is what the
    user is to hear of all the same; `derived` are the inputs that come from other resources, and `labels` those of
    every object in addition to its own; `adoption` is what it takes over.
    """

    resource: str
    settings: settings.Settings
    api: kubernetes_api.KubernetesApi
    claims: claims.Claims
    dependencies: Iterable[str]
    ordered: bool
    provider: str | None
    preview: bool
    loaded: dict[str, list[Manifest]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    derived: frozenset[str] = frozenset()
    labels: fields.Input[Mapping[str, Any]] = field(default_factory=dict)
    adoption: Adoption = field(default_factory=Adoption)

    @functools.cached_property
    def own_provider(self) -> pulumi.ProviderResource | None:
        """The provider instance that constructs it, which also makes the custom resources of tau in it."""
        return DependencyProviderResource(self.provider) if self.provider else None

    def claim(self, path: str, manifests: Iterable[Manifest], problems: errors.Problems) -> None:
        """Note a problem for every object that another resource of the program makes already."""
        for manifest in manifests:
            other = self.claims.claim(manifest, self.resource)
            if other:
                what = f"{manifest['kind']} {manifest['metadata'].get('namespace', '')}/{manifest['metadata']['name']}"
                problems.add(path, f"{what} is made by the resource {other} already; choose another name")

    def depended_on(self) -> list[pulumi.Resource]:
        """The resources that the inputs come from."""
        return [pulumi.resource.DependencyResource(urn) for urn in sorted(self.dependencies)]

    def kubernetes_access(self) -> dict[str, fields.Input[str]]:
        """Inputs with which a custom resource reaches the same cluster; a kubeconfig stays secret."""
        if self.settings.rendered:
            return {"kubeconfig": kubernetes_api.NO_CLUSTER}
        given = {"kubeconfig": self.settings.kubeconfig, "context": self.settings.context}
        found: dict[str, fields.Input[str]] = {key: value for key, value in given.items() if value}
        if self.settings.kubeconfig:
            found["kubeconfig"] = fields.Deferred(handle=pulumi.Output.secret(self.settings.kubeconfig))
        return found
