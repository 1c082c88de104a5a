"""The way of one component to its cluster: which cluster it is, and the kubernetes provider of its children.

The kubernetes package replaces every object when the address of the cluster changes, unless its provider is told an
identity in `clusterIdentifier`. So the children get a provider of tau's own, which has the configuration of the stack's
or the explicit one, and the identity that a ClusterIdentity has found. Custom resources use the same access.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.resource import DependencyResource

from tau import fields
from tau.engine import property_map, sdk_internals
from tau.engine.child_resource import Child
from tau.fields import Input

KUBERNETES_VERSION = "4.25.0"
PACKAGE = "kubernetes"
_IDENTIFIER = "clusterIdentifier"
_TOKEN = "tau:postgres:ClusterIdentity"


# What belongs to the provider resource itself.
_NOT_PASSED_ON = {"version", "pluginDownloadURL", "__internal", "__defaults"}


def of_stack(config: Mapping[str, str], secret: Collection[str], own: Mapping[str, str]) -> dict[str, Input[Any]]:
    """Configuration of the stack's kubernetes provider; `own` is tau's, whose kubeconfig and context go before."""
    prefix = f"{PACKAGE}:"
    properties: dict[str, Input[Any]] = {}
    for key, value in config.items():
        if key.startswith(prefix):
            name = key.removeprefix(prefix)
            hidden = key in secret or name == "kubeconfig"
            properties[name] = fields.Secret(handle=pulumi.Output.secret(value), value=value) if hidden else value
    if own.get("kubeconfig"):
        value = own["kubeconfig"]
        properties["kubeconfig"] = fields.Secret(handle=pulumi.Output.secret(value), value=value)
    return properties | ({"context": own["context"]} if own.get("context") else {})


def passed_on(properties: Mapping[str, Input[Any]]) -> dict[str, Input[Any]]:
    """The properties of a provider that another one for the same cluster needs."""
    return {key: value for key, value in properties.items() if key not in _NOT_PASSED_ON}


@dataclass(frozen=True, kw_only=True)
class Configured:
    """How a kubernetes provider is configured.

    `name` tells it from others of the stack, `properties` are its inputs, and `stack` is the URN of the stack.
    """

    name: str
    properties: Mapping[str, Input[Any]] = field(repr=False)
    stack: str

    def text(self, key: str) -> str | None:
        """One setting as plain text; None where it is not set, or not known yet."""
        recorded = self.properties.get(key)
        value = recorded.value if isinstance(recorded, fields.Secret) else recorded
        return value if isinstance(value, str) and value else None

    def known(self) -> bool:
        """Whether the way to the cluster is known already."""
        values = [self.properties.get(key) for key in ("kubeconfig", "context", "cluster")]
        return not any(isinstance(value, fields.Deferred) and not isinstance(value, fields.Secret) for value in values)


@dataclass(frozen=True)
class Access:
    """The identity of a cluster, and the kubernetes provider for it."""

    identity: pulumi.CustomResource
    provider: pulumi.ProviderResource

    @property
    def cluster_id(self) -> Input[str]:
        """uid of the cluster."""
        return fields.Deferred(handle=self.identity.uid)  # type: ignore[attr-defined]


def register(
    configured: Configured, own_inputs: Mapping[str, Input[Any]], own_provider: pulumi.ProviderResource | None
) -> Access:
    """Register both, below the stack, for every component with this configuration.

    `own_inputs` are those with which tau's resources reach the cluster.
    """
    stack = DependencyResource(configured.stack)
    sdk_internals.leave_protection_open(stack)
    options = pulumi.ResourceOptions(parent=stack, provider=own_provider)
    identity = Child(_TOKEN, configured.name, property_map.output(own_inputs), options, outputs=["uid"])
    properties = {_IDENTIFIER: fields.Deferred(handle=identity.uid)} | dict(configured.properties)  # type: ignore[attr-defined]
    provider = pulumi.ProviderResource(
        PACKAGE,
        f"tau-{configured.name}",
        property_map.output(properties),
        pulumi.ResourceOptions(parent=stack, version=KUBERNETES_VERSION),
    )
    return Access(identity, provider)
