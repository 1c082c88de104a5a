"""Arguments of the postgres resources. Generated from schema.json by `make generate`; do not edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tau.fields import Input, Json


@dataclass(frozen=True, kw_only=True)
class Backup:
    """How an Instance is backed up: the write-ahead log continuously, the whole server on a schedule. See
    https://cloudnative-pg.io/plugin-barman-cloud/docs/usage/."""

    enabled: bool | None = None
    store: Store | None = None
    schedule: Input[str] = "0 3 * * *"
    retention_days: Input[int] | None = None
    compression: Input[str] = "snappy"
    client_namespaces: Input[list[str]] | None = None
    on_existing_archive: Input[str] = "fail"


@dataclass(frozen=True, kw_only=True)
class BarmanPlugin:
    """The Barman Cloud plugin, which backs up and restores. See
    https://cloudnative-pg.io/plugin-barman-cloud/docs/intro/."""

    enabled: bool = True
    version: str = "0.14.0"
    manifest: str | None = None
    image: Input[str] | None = None
    sidecar_image: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Cleanup:
    """What becomes of an Instance and its data when its resource is deleted. Changes hold once `up` has
    recorded them. See https://cloudnative-pg.io/docs/1.30/declarative_hibernation/ for `delayed`."""

    policy: str = "immediate"
    after: Input[str] = "7d"
    backup: Input[bool] = True
    on_backup_failure: Input[str] = "abort"
    backup_timeout: Input[str] = "1h"


@dataclass(frozen=True, kw_only=True)
class KeptObject:
    """An object that a deletion leaves."""

    api_version: Input[str]
    kind: Input[str]
    name: Input[str]


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """How an Instance is watched: objects for the Prometheus operator and Grafana. See
    https://cloudnative-pg.io/docs/1.30/monitoring/ and
    https://prometheus-operator.dev/docs/developer/getting-started/."""

    pod_monitor: bool = True
    prometheus_rule: bool = True
    dashboard: bool = True
    labels: Input[Mapping[str, str]] | None = None
    prometheus_namespace: Input[str] = "monitoring"
    interval: Input[str] = "30s"
    down_after: Input[str] = "5m"
    archive_max_delay: Input[str] = "15m"
    backup_max_age: Input[str] = "26h"
    restore_check_max_age: Input[str] = "8d"
    volume_max_used: Input[int] = 80


@dataclass(frozen=True, kw_only=True)
class NetworkPolicy:
    """Who may connect to the instances. See
    https://kubernetes.io/docs/concepts/services-networking/network-policies/."""

    enabled: bool = True
    operator_namespace: Input[str] = "cnpg-system"


@dataclass(frozen=True, kw_only=True)
class NfsShare:
    """A folder that a NAS exports over NFS. See https://kubernetes.io/docs/concepts/storage/volumes/#nfs."""

    server: Input[str]
    path: Input[str]
    mount_options: Input[list[str]] | None = None


@dataclass(frozen=True, kw_only=True)
class OwnedObject:
    """One Kubernetes object that belongs to a resource."""

    api_version: Input[str]
    kind: Input[str]
    name: Input[str]
    holds_data: Input[bool] | None = None
    namespace: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ResourceRequirements:
    """Compute resources of each instance, in Kubernetes quantities. See
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/."""

    requests: Input[Mapping[str, str]] | None = None
    limits: Input[Mapping[str, str]] | None = None


@dataclass(frozen=True, kw_only=True)
class Restore:
    """What a new Instance starts from instead of an empty server; without a target, the latest moment. It is
    used when the Instance is created and ignored, with a warning, afterwards. In a clone, restored from the
    archive of another Instance, pg_cron jobs and subscriptions are off unless `parameters` turn them on. At
    most one of `targetTime`, `targetName` and `targetLsn`. See
    https://cloudnative-pg.io/docs/1.30/recovery/."""

    from_: Input[str] | None = None
    server_name: Input[str] | None = None
    store: Store | None = None
    backup_id: Input[str] | None = None
    target_time: Input[str] | None = None
    target_name: Input[str] | None = None
    target_lsn: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class RoleAttributes:
    """Attributes of a role in the server. One that is left out has its default in a new role; where the role
    exists already with another value, nothing is changed before you say which one you want. See
    https://www.postgresql.org/docs/current/role-attributes.html."""

    superuser: bool | None = None
    createdb: bool | None = None
    createrole: bool | None = None
    replication: bool | None = None
    bypassrls: bool | None = None
    inherit: bool | None = None
    connection_limit: int | None = None
    in_roles: list[str] | None = None
    comment: str | None = None


@dataclass(frozen=True, kw_only=True)
class Storage:
    """A PersistentVolumeClaim of each instance of a Cluster. See
    https://cloudnative-pg.io/docs/1.30/storage/."""

    size: Input[str] | None = None
    storage_class: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Store:
    """Where an S3 service keeps backups, and the key to it: what a BackupStore gives out and an Instance
    takes. See https://cloudnative-pg.io/plugin-barman-cloud/docs/object_stores/."""

    endpoint: Input[str]
    bucket: Input[str]
    access_key_id: Input[str]
    secret_access_key: Input[str]
    prefix: Input[str] | None = None
    region: Input[str] = "us-east-1"
    ca_certificate: Input[str] | None = None
    location: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class VolumeClaim:
    """A PersistentVolumeClaim that is there already. See
    https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims."""

    name: Input[str]


@dataclass(frozen=True, kw_only=True)
class ArchiveGenerationArgs:
    """Decides which archive generation an Instance writes to, when the Instance is created and when its
    store changes, and from which one it is restored; checks both against what the store holds. Before a
    major upgrade it takes a base backup and finds it in the store, else the server is not upgraded. Beside
    that it writes one small file there, `tau.json` in the folder of a new generation, which says whose it
    is."""

    image: Input[str]
    instance: Input[str]
    major_version: Input[str]
    namespace: Input[str]
    on_existing_archive: Input[str]
    store: Store
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None
    restore: Restore | None = None
    restore_only: Input[bool] | None = None


@dataclass(frozen=True, kw_only=True)
class BackupStoreArgs:
    """A place for the backups of any number of Instances: a share of the NAS, a volume, or an S3 service.
    For the first two it runs an S3 gateway that keeps plain files on the share; deleting it leaves every
    file where it is. Give exactly one of `nfs`, `volumeClaim` and `s3`."""

    client_namespaces: Input[list[str]] | None = None
    folder: Input[str] | None = None
    image: Input[str] = "ghcr.io/versity/versitygw:v1.8.0"
    key_rotation: Input[str] | None = None
    labels: Input[Mapping[str, str]] | None = None
    name: Input[str] | None = None
    namespace: Input[str] = "default"
    nfs: NfsShare | None = None
    resources: ResourceRequirements | None = None
    run_as_group: Input[int] = 65532
    run_as_user: Input[int] = 65532
    s3: Store | None = None
    volume_claim: VolumeClaim | None = None


@dataclass(frozen=True, kw_only=True)
class CleanupGuardArgs:
    """Holds up the deletion of an Instance until a last backup of it is in the store, or what is to be kept
    is safe. An Instance makes two: the second is deleted before anything else of it, the first before its
    Cluster, for the case that `up` never came as far as the second. Both work from the state alone."""

    backup: Input[bool]
    backup_timeout: Input[str]
    image: Input[str]
    instance: Input[str]
    namespace: Input[str]
    on_backup_failure: Input[str]
    owner: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    deletes: Input[bool] | None = None
    keep: Input[list[KeptObject]] | None = None
    keep_for: Input[str] | None = None
    kubeconfig: Input[str] | None = None
    resource: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ClusterIdentityArgs:
    """Records which Kubernetes cluster a stack is deployed to, by the uid of its namespace kube-system, and
    refuses another one during preview. The same cluster at another address changes nothing. Components make
    the one they need, and a kubernetes provider with the uid as its `clusterIdentifier`."""

    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class CurrentLoginArgs:
    """Sees to it that the current one of a database's two logins is let in with the password of its Secret,
    and that what the second one makes belongs to the owner; comes before the connection Secret names it. See
    https://www.postgresql.org/docs/current/sql-alterrole.html."""

    database: Input[str]
    generation: Input[int]
    instance: Input[str]
    namespace: Input[str]
    owner: Input[str]
    username: Input[str]
    certificate: Input[str] | None = None
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """One PostgreSQL database with an owner role of its own and a Secret that an application connects with,
    on a shared Instance or on a dedicated one. Removing it leaves the data on a shared Instance and deletes
    a dedicated one. See https://cloudnative-pg.io/docs/1.30/declarative_database_management/."""

    backup: Backup | None = None
    cleanup: Cleanup | None = None
    cluster_spec: Input[Json] | None = None
    extensions: Input[list[str]] | None = None
    instance: Input[str] | None = None
    monitoring: Monitoring | None = None
    name: Input[str] | None = None
    namespace: Input[str] = "default"
    owner: str | None = None
    owner_attributes: RoleAttributes | None = None
    password: Input[str] | None = None
    password_overlap: Input[str] | None = None
    password_rotation: Input[str] | None = None
    resources: ResourceRequirements | None = None
    restore: Restore | None = None
    storage_size: Input[str] | None = None
    version: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class DeletionGuardArgs:
    """Refuses to delete a component as long as one of its Kubernetes objects belongs to another owner, or
    the cluster is not the one that it was made in. Nothing of the component is deleted then. Components make
    the one they need, after their last object."""

    objects: Input[list[OwnedObject]]
    owner: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class FormerLoginArgs:
    """Ends the password of the login that was current before; comes after everything that has to have the
    new one. See https://www.postgresql.org/docs/current/sql-alterrole.html."""

    database: Input[str]
    generation: Input[int]
    instance: Input[str]
    namespace: Input[str]
    overlap: Input[str]
    owner: Input[str]
    username: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class GatewayKeyArgs:
    """One of the two keys of a BackupStore's gateway: the one in the gateway's Secret where tau has made
    that before, so that it outlives a lost state, else 32 random letters and digits. Another `rotation`
    makes another one. It writes nothing to the cluster. See https://github.com/versity/versitygw/wiki."""

    key: Input[str]
    namespace: Input[str]
    secret_name: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None
    rotation: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class InstanceArgs:
    """One PostgreSQL server: a CloudNativePG Cluster with TLS, in-cluster Services and a NetworkPolicy,
    empty until a Database is put on it. Deleting it deletes its volumes. See
    https://cloudnative-pg.io/docs/1.30/cloudnative-pg.v1/#cluster."""

    annotations: Input[Mapping[str, str]] | None = None
    backup: Backup | None = None
    cleanup: Cleanup | None = None
    cluster_spec: Input[Json] | None = None
    image: Input[str] | None = None
    instances: Input[int] = 1
    labels: Input[Mapping[str, str]] | None = None
    monitoring: Monitoring | None = None
    name: Input[str] | None = None
    namespace: Input[str] = "default"
    network_policy: NetworkPolicy | None = None
    parameters: Input[Mapping[str, str]] | None = None
    resources: ResourceRequirements | None = None
    restore: Restore | None = None
    storage: Storage | None = None
    superuser_access: bool = False
    version: Input[str] | None = None
    wal_storage: Storage | None = None


@dataclass(frozen=True, kw_only=True)
class MajorUpgradeArgs:
    """Does within a server what `pg_upgrade` leaves to do when the major version has risen: updates the
    extensions of every database, then collects statistics, since without them queries are slow. An Instance
    makes the one it needs."""

    instance: Input[str]
    major_version: Input[str]
    namespace: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class NameGuardArgs:
    """Remembers the names by which data is found, and refuses, in a preview too, to change one: Pulumi would
    make something new and empty and delete what has the data. Where the server never came up, or the
    database was never made, a change is accepted. Instance and Database make the ones they need. Where the
    Cluster is gone, `pulumi refresh` forgets the names."""

    instance: Input[str]
    namespace: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    database: Input[str] | None = None
    kubeconfig: Input[str] | None = None
    owner: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class OperatorArgs:
    """CloudNativePG, the operator that runs every Instance, and the Barman Cloud plugin, installed from
    their official release manifests: CustomResourceDefinitions, RBAC, Deployments and webhooks. It is ready
    when its admission webhook answers and the plugin is registered, so that Instances that depend on it come
    up in the same `pulumi up`. See https://cloudnative-pg.io/docs/1.30/installation_upgrade/."""

    barman_plugin: BarmanPlugin | None = None
    install: bool = True
    manifest: str | None = None
    namespace: str = "cnpg-system"
    version: str = "1.30.0"


@dataclass(frozen=True, kw_only=True)
class OwnershipArgs:
    """Refuses, during preview too, to take over Kubernetes objects that belong to another resource or
    another stack, and to drop a server or a claim with data from the program without a word. Deletes the
    claims of an application itself, after everything that uses them. The owner is in the annotation
    `tau/owner` of every object. Components make the one they need."""

    objects: Input[list[OwnedObject]]
    owner: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ReadinessArgs:
    """Waits, when it is created and when the object has changed, until a Kubernetes object answers, and
    fails with the object's own message. Operator, Instance and Database make the ones they need; it changes
    nothing in the cluster."""

    api_version: Input[str]
    kind: Input[str]
    name: Input[str]
    namespace: Input[str]
    cluster_id: Input[str] | None = None
    condition: Input[str] | None = None
    context: Input[str] | None = None
    generation: Input[int] | None = None
    kubeconfig: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class RestoreCheckArgs:
    """A CronJob that proves that an Instance can be restored: it restores the newest backup into a
    throw-away Cluster, reads every table and index of it, runs a query, and removes it. The instance itself
    is not touched. See https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/."""

    instance: Input[str]
    database: Input[str] = "postgres"
    labels: Input[Mapping[str, str]] | None = None
    name: Input[str] | None = None
    namespace: Input[str] = "default"
    network_policy: NetworkPolicy | None = None
    query: Input[str] = "SELECT 1"
    schedule: Input[str] = "0 5 * * 0"
    storage: Storage | None = None
    timeout_minutes: Input[int] = 120


@dataclass(frozen=True, kw_only=True)
class RoleCredentialArgs:
    """The passwords of a database's logins. It begins with the credential in the connection Secret where tau
    has made that for this database before, so that it outlives a lost state, else with a strong random
    password. Another `rotation` makes a password for the login that was not current. It writes nothing to
    the cluster. See https://www.postgresql.org/docs/current/auth-password.html."""

    database: Input[str]
    namespace: Input[str]
    owner: Input[str]
    secret_name: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None
    rotates: Input[bool] | None = None
    rotation: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class SelfSignedCertificateArgs:
    """A certificate that is its own authority, with its key: the pair in a Secret where tau has made that
    before, so that it outlives a lost state, else a new one. It is renewed by the `pulumi up` that comes
    within `renewBeforeDays` of its end. The Operator makes two, for the Barman Cloud plugin, and a
    BackupStore one, for its gateway. It writes nothing to the cluster. See
    https://cloudnative-pg.io/plugin-barman-cloud/docs/installation/."""

    common_name: Input[str]
    dns_names: Input[list[str]]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None
    namespace: Input[str] | None = None
    renew_before_days: Input[int] = 365
    rotation: Input[str] | None = None
    secret_name: Input[str] | None = None
    validity_days: Input[int] = 3650


@dataclass(frozen=True, kw_only=True)
class SharePreflightArgs:
    """Tries out a share with a Job on the volume itself (write, rename, fsync, extended attributes,
    O_TMPFILE, copy_file_range, free space), makes the folders of a BackupStore, and chooses the flags of its
    gateway, or fails with what the NAS lacks. Deleting it leaves everything on the share."""

    claim_name: Input[str]
    folder: Input[str]
    image: Input[str]
    name: Input[str]
    namespace: Input[str]
    run_as_group: Input[int]
    run_as_user: Input[int]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class GetHealthArgs:
    """Tells how an Instance is: its servers, its archive, its last base backup and its last restore check,
    as the cluster knows them now. It reads objects only, so it needs no Job and no password, unless
    `checkArchive` is set."""

    instance: Input[str]
    namespace: Input[str] = "default"
    backup_max_age: Input[str] = "26h"
    check_archive: Input[bool] = False
    restore_check: Input[str] | None = None
    restore_check_max_age: Input[str] = "8d"


@dataclass(frozen=True, kw_only=True)
class GetRecoveryWindowArgs:
    """Reads what a store holds of an Instance: the first and the last moment that can be restored, the base
    backups, and the age of the log. It looks with a short Job in the cluster, so the store is seen as the
    servers see it."""

    instance: Input[str]
    namespace: Input[str] = "default"
    server_name: Input[str] | None = None
    store: Store | None = None


BY_TOKEN: Mapping[str, type] = {
    "tau:postgres:Backup": Backup,
    "tau:postgres:BarmanPlugin": BarmanPlugin,
    "tau:postgres:Cleanup": Cleanup,
    "tau:postgres:KeptObject": KeptObject,
    "tau:postgres:Monitoring": Monitoring,
    "tau:postgres:NetworkPolicy": NetworkPolicy,
    "tau:postgres:NfsShare": NfsShare,
    "tau:postgres:OwnedObject": OwnedObject,
    "tau:postgres:ResourceRequirements": ResourceRequirements,
    "tau:postgres:Restore": Restore,
    "tau:postgres:RoleAttributes": RoleAttributes,
    "tau:postgres:Storage": Storage,
    "tau:postgres:Store": Store,
    "tau:postgres:VolumeClaim": VolumeClaim,
    "tau:postgres:ArchiveGeneration": ArchiveGenerationArgs,
    "tau:postgres:BackupStore": BackupStoreArgs,
    "tau:postgres:CleanupGuard": CleanupGuardArgs,
    "tau:postgres:ClusterIdentity": ClusterIdentityArgs,
    "tau:postgres:CurrentLogin": CurrentLoginArgs,
    "tau:postgres:Database": DatabaseArgs,
    "tau:postgres:DeletionGuard": DeletionGuardArgs,
    "tau:postgres:FormerLogin": FormerLoginArgs,
    "tau:postgres:GatewayKey": GatewayKeyArgs,
    "tau:postgres:Instance": InstanceArgs,
    "tau:postgres:MajorUpgrade": MajorUpgradeArgs,
    "tau:postgres:NameGuard": NameGuardArgs,
    "tau:postgres:Operator": OperatorArgs,
    "tau:postgres:Ownership": OwnershipArgs,
    "tau:postgres:Readiness": ReadinessArgs,
    "tau:postgres:RestoreCheck": RestoreCheckArgs,
    "tau:postgres:RoleCredential": RoleCredentialArgs,
    "tau:postgres:SelfSignedCertificate": SelfSignedCertificateArgs,
    "tau:postgres:SharePreflight": SharePreflightArgs,
    "tau:postgres:getHealth": GetHealthArgs,
    "tau:postgres:getRecoveryWindow": GetRecoveryWindowArgs,
}
