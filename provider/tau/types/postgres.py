"""Arguments of the postgres resources. Generated from schema.json by `make generate`; do not edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tau.fields import Input, Json


@dataclass(frozen=True, kw_only=True)
class NetworkPolicy:
    """Who may connect to the instances. See
    https://kubernetes.io/docs/concepts/services-networking/network-policies/."""

    enabled: bool = True
    operator_namespace: Input[str] = "cnpg-system"


@dataclass(frozen=True, kw_only=True)
class ResourceRequirements:
    """Compute resources of each instance, in Kubernetes quantities. See
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/."""

    requests: Input[Mapping[str, str]] | None = None
    limits: Input[Mapping[str, str]] | None = None


@dataclass(frozen=True, kw_only=True)
class Storage:
    """A PersistentVolumeClaim of each instance of a Cluster. See
    https://cloudnative-pg.io/docs/1.30/storage/."""

    size: Input[str] | None = None
    storage_class: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """One PostgreSQL database with an owner role of its own and a Secret that an application connects with,
    on a shared Instance or on a dedicated one. Removing it leaves the data on a shared Instance and deletes
    a dedicated one. See https://cloudnative-pg.io/docs/1.30/declarative_database_management/."""

    cluster_spec: Input[Json] | None = None
    extensions: Input[list[str]] | None = None
    instance: Input[str] | None = None
    name: Input[str] | None = None
    namespace: Input[str] = "default"
    owner: str | None = None
    password: Input[str] | None = None
    resources: ResourceRequirements | None = None
    storage_size: Input[str] | None = None
    version: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class InstanceArgs:
    """One PostgreSQL server: a CloudNativePG Cluster with TLS, in-cluster Services and a NetworkPolicy,
    empty until a Database is put on it. Deleting it deletes its volumes. See
    https://cloudnative-pg.io/docs/1.30/cloudnative-pg.v1/#cluster."""

    annotations: Input[Mapping[str, str]] | None = None
    cluster_spec: Input[Json] | None = None
    image: Input[str] | None = None
    instances: Input[int] = 1
    labels: Input[Mapping[str, str]] | None = None
    name: Input[str] | None = None
    namespace: Input[str] = "default"
    network_policy: NetworkPolicy | None = None
    parameters: Input[Mapping[str, str]] | None = None
    resources: ResourceRequirements | None = None
    storage: Storage | None = None
    superuser_access: bool = False
    version: Input[str] | None = None
    wal_storage: Storage | None = None


@dataclass(frozen=True, kw_only=True)
class OperatorArgs:
    """CloudNativePG, the operator that runs every Instance, installed from its official release manifest:
    CustomResourceDefinitions, RBAC, Deployment and webhooks. It is ready when its admission webhook answers,
    so that Instances that depend on it come up in the same `pulumi up`. See
    https://cloudnative-pg.io/docs/1.30/installation_upgrade/."""

    install: bool = True
    manifest: str | None = None
    namespace: str = "cnpg-system"
    version: str = "1.30.0"


@dataclass(frozen=True, kw_only=True)
class ReadinessArgs:
    """Waits, when it is created and when the object has changed, until a Kubernetes object answers, and
    fails with the object's own message. Operator, Instance and Database make the ones they need; it changes
    nothing in the cluster."""

    api_version: Input[str]
    kind: Input[str]
    name: Input[str]
    namespace: Input[str]
    context: Input[str] | None = None
    generation: Input[int] | None = None
    kubeconfig: Input[str] | None = None


BY_TOKEN: Mapping[str, type] = {
    "tau:postgres:NetworkPolicy": NetworkPolicy,
    "tau:postgres:ResourceRequirements": ResourceRequirements,
    "tau:postgres:Storage": Storage,
    "tau:postgres:Database": DatabaseArgs,
    "tau:postgres:Instance": InstanceArgs,
    "tau:postgres:Operator": OperatorArgs,
    "tau:postgres:Readiness": ReadinessArgs,
}
