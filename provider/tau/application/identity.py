"""What an application is called, where it is, and which labels all of it has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau import naming
from tau.fields import Input
from tau.kubernetes.manifest import Manifest, metadata, union
from tau.types.app import TauApplicationArgs

# Pulumi's own waiting ends in a time-out where tau's says why: an Ingress may never get an address, a Service has no
# Pods before the Deployment of the user's own, a claim may be bound long ago. What matters is that Pods are ready.
UNWAITED = {"pulumi.com/skipAwait": "true"}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Name, namespace and labels of one application."""

    name: Input[str]
    namespace: Input[str]
    labels: Input[Mapping[str, Any]]

    def metadata(self, name: Input[str], annotations: Input[Mapping[str, Any]] | None = None) -> Manifest:
        """Metadata of one of its objects."""
        noted = union(UNWAITED, annotations)
        return metadata(name=name, namespace=self.namespace, labels=self.labels, annotations=noted)


def identity(resource: str, args: TauApplicationArgs) -> Identity:
    """Identity of an application, named after its resource where it has no name of its own."""
    name = args.name or resource
    return Identity(name=name, namespace=args.namespace, labels=union(naming.application_labels(name), args.labels))
