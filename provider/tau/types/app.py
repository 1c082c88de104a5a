"""Arguments of the app resources. Generated from schema.json by `make generate`; do not edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tau.fields import Input, Json
from tau.types.postgres import (
    Backup,
    Cleanup,
    Monitoring,
    NetworkPolicy,
    NfsShare,
    ResourceRequirements,
    Restore,
    RoleAttributes,
)


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database of an application, with the inputs of tau:postgres:Database, all optional. Without
    `instance`, a dedicated Instance is created for it. See
    https://cloudnative-pg.io/docs/1.30/declarative_database_management/."""

    backup: Backup | None = None
    cluster_spec: Input[Json] | None = None
    extensions: Input[list[str]] | None = None
    instance: Input[str] | None = None
    name: Input[str] | None = None
    namespace: Input[str] | None = None
    owner: str | None = None
    owner_attributes: RoleAttributes | None = None
    password: Input[str] | None = None
    password_overlap: Input[str] | None = None
    password_rotation: Input[str] | None = None
    resources: ResourceRequirements | None = None
    restore: Restore | None = None
    storage_size: Input[str] | None = None
    version: Input[str] | None = None
    cleanup: Cleanup | None = None
    monitoring: Monitoring | None = None
    network_policy: NetworkPolicy | None = None


@dataclass(frozen=True, kw_only=True)
class EnvironmentFrom:
    """All keys of a Secret or a ConfigMap as environment variables; set exactly one of `secretRef` and
    `configMapRef`. See https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/."""

    secret_ref: NameReference | None = None
    config_map_ref: NameReference | None = None
    prefix: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class EnvironmentSource:
    """Source of an environment variable's value; set exactly one of `secretKeyRef` and `configMapKeyRef`.
    See https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/."""

    secret_key_ref: KeySelector | None = None
    config_map_key_ref: KeySelector | None = None


@dataclass(frozen=True, kw_only=True)
class Ingress:
    """HTTP access to the application from outside the cluster. Set at most one of `host`, `hosts` and
    `subdomain`. See https://kubernetes.io/docs/concepts/services-networking/ingress/."""

    host: Input[str] | None = None
    hosts: Input[list[str]] | None = None
    subdomain: Input[str] | None = None
    domain: Input[str] | None = None
    visibility: Input[str] | None = None
    class_name: Input[str] | None = None
    path: Input[str] = "/"
    port: Input[int] | None = None
    annotations: Input[Mapping[str, str]] | None = None
    tls: bool = True
    tls_secret_name: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class KeySelector:
    """One key of a Secret or a ConfigMap of the application's namespace. See
    https://kubernetes.io/docs/concepts/configuration/secret/."""

    name: Input[str]
    key: Input[str]


@dataclass(frozen=True, kw_only=True)
class NameReference:
    """A Secret or a ConfigMap of the application's namespace. See
    https://kubernetes.io/docs/concepts/configuration/configmap/."""

    name: Input[str]


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port that the application listens on and that its Service exposes. See
    https://kubernetes.io/docs/concepts/services-networking/service/."""

    port: Input[int]
    target_port: Input[int] | None = None
    name: Input[str] | None = None
    protocol: Input[str] = "TCP"


@dataclass(frozen=True, kw_only=True)
class Probe:
    """How the kubelet checks the container: an HTTP request with `path`, a command with `command`, a TCP
    connection otherwise. See
    https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/."""

    enabled: bool = True
    path: Input[str] | None = None
    scheme: Input[str] = "HTTP"
    command: Input[list[str]] | None = None
    port: Input[int] | None = None
    initial_delay_seconds: Input[int] = 0
    period_seconds: Input[int] | None = None
    timeout_seconds: Input[int] = 5
    failure_threshold: Input[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Probes:
    """How the kubelet determines whether the application works. See
    https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/."""

    startup: Probe | None = None
    readiness: Probe | None = None
    liveness: Probe | None = None


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Compute resources of the container, in Kubernetes quantities. See
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/."""

    requests: Input[Mapping[str, str]] | None = None
    limits: Input[Mapping[str, str]] | None = None


@dataclass(frozen=True, kw_only=True)
class SecurityContext:
    """User, group and privileges of the container. The defaults satisfy the Pod Security Standard
    `restricted`. See https://kubernetes.io/docs/concepts/security/pod-security-standards/."""

    restricted: bool = True
    run_as_user: Input[int] | None = None
    run_as_group: Input[int] | None = None
    fs_group: Input[int] | None = None
    read_only_root_filesystem: Input[bool] = False
    add_capabilities: Input[list[str]] | None = None


@dataclass(frozen=True, kw_only=True)
class VerticalPodAutoscaler:
    """Automatic resource requests based on usage; the cluster needs the Vertical Pod Autoscaler. See
    https://github.com/kubernetes/autoscaler/tree/master/vertical-pod-autoscaler."""

    update_mode: Input[str] = "Initial"


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A volume and its mount path; set exactly one of `size`, `nfs`, `existingClaim` and `emptyDir`. See
    https://kubernetes.io/docs/concepts/storage/persistent-volumes/."""

    mount_path: str
    name: str | None = None
    sub_path: Input[str] | None = None
    read_only: Input[bool] = False
    size: Input[str] | None = None
    storage_class: Input[str] | None = None
    access_modes: Input[list[str]] | None = None
    nfs: NfsShare | None = None
    existing_claim: Input[str] | None = None
    empty_dir: bool = False


@dataclass(frozen=True, kw_only=True)
class DigestKeyArgs:
    """A random key for the digest of an application's credentials, which its Pods carry so that a changed
    credential restarts them. Only the state holds the key, so the digest does not reveal the credentials.
    TauApplication creates one if none of its database passwords comes from tau. See
    https://csrc.nist.gov/pubs/fips/198-1/final."""


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """Ensures that a namespace exists; several applications can share it. It is created if missing, and
    deleted with its last user only if tau created it and it is empty. TauApplication creates the one it
    needs. See https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/."""

    name: Input[str]
    user: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None
    labels: Input[Mapping[str, str]] | None = None


@dataclass(frozen=True, kw_only=True)
class TauApplicationArgs:
    """An application with everything it needs: namespace, databases, volumes, files, Deployment, Service and
    Ingress, each only if requested. Without `image` there is no Deployment, and the outputs are for one of
    your own. See https://kubernetes.io/docs/concepts/workloads/controllers/deployment/."""

    args: Input[list[str]] | None = None
    command: Input[list[str]] | None = None
    config_files: Input[Mapping[str, str]] | None = None
    create_namespace: bool | None = None
    database: Database | None = None
    databases: Mapping[str, Database] | None = None
    env: Input[Mapping[str, str | EnvironmentSource]] | None = None
    env_from: Input[list[EnvironmentFrom]] | None = None
    image: Input[str] | None = None
    ingress: Ingress | None = None
    ingresses: Mapping[str, Ingress] | None = None
    labels: Input[Mapping[str, str]] | None = None
    name: Input[str] | None = None
    namespace: Input[str] = "default"
    namespace_labels: Input[Mapping[str, str]] | None = None
    pod_spec: Input[Json] | None = None
    ports: list[Port] | None = None
    probes: Probes | None = None
    replicas: Input[int] = 1
    resources: Resources | None = None
    secret_env: Input[Mapping[str, str]] | None = None
    secret_files: Input[Mapping[str, str]] | None = None
    security_context: SecurityContext | None = None
    strategy: Input[str] | None = None
    vertical_pod_autoscaler: VerticalPodAutoscaler | None = None
    volumes: list[Volume] | None = None


BY_TOKEN: Mapping[str, type] = {
    "tau:app:Database": Database,
    "tau:app:EnvironmentFrom": EnvironmentFrom,
    "tau:app:EnvironmentSource": EnvironmentSource,
    "tau:app:Ingress": Ingress,
    "tau:app:KeySelector": KeySelector,
    "tau:app:NameReference": NameReference,
    "tau:app:Port": Port,
    "tau:app:Probe": Probe,
    "tau:app:Probes": Probes,
    "tau:app:Resources": Resources,
    "tau:app:SecurityContext": SecurityContext,
    "tau:app:VerticalPodAutoscaler": VerticalPodAutoscaler,
    "tau:app:Volume": Volume,
    "tau:app:DigestKey": DigestKeyArgs,
    "tau:app:Namespace": NamespaceArgs,
    "tau:app:TauApplication": TauApplicationArgs,
}
