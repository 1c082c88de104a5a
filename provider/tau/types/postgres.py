"""Arguments of the postgres resources. Generated from schema.json by `make generate`; do not edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tau.fields import Input, Json


@dataclass(frozen=True, kw_only=True)
class Backup:
    """Backups of an Instance: WAL is archived continuously, base backups are taken on a schedule. See
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
    """The Barman Cloud plugin, which takes backups and restores them. See
    https://cloudnative-pg.io/plugin-barman-cloud/docs/intro/."""

    enabled: bool = True
    version: str = "0.14.0"
    manifest: str | None = None
    image: Input[str] | None = None
    sidecar_image: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Cleanup:
    """What happens to an Instance and its data when its resource is deleted. Changes take effect once
    `pulumi up` has recorded them. See https://cloudnative-pg.io/docs/1.30/declarative_hibernation/ for
    `delayed`."""

    policy: str = "immediate"
    after: Input[str] = "7d"
    backup: Input[bool] = True
    on_backup_failure: Input[str] = "abort"
    backup_timeout: Input[str] = "1h"


@dataclass(frozen=True, kw_only=True)
class KeptObject:
    """An object that a deletion retains."""

    api_version: Input[str]
    kind: Input[str]
    name: Input[str]


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """Monitoring of an Instance: objects for the Prometheus operator and Grafana. See
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
    """Network access to the servers. See
    https://kubernetes.io/docs/concepts/services-networking/network-policies/."""

    enabled: bool = True
    from_cidrs: Input[list[str]] | None = None
    from_namespaces: Input[list[str]] | None = None
    operator_namespace: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class NfsShare:
    """A folder that a NAS exports over NFS. See https://kubernetes.io/docs/concepts/storage/volumes/#nfs."""

    server: Input[str]
    path: Input[str]
    mount_options: Input[list[str]] | None = None


@dataclass(frozen=True, kw_only=True)
class OwnedObject:
    """A Kubernetes object that belongs to a resource."""

    api_version: Input[str]
    kind: Input[str]
    name: Input[str]
    holds_data: Input[bool] | None = None
    namespace: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ResourceRequirements:
    """Compute resources of each server, in Kubernetes quantities. See
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/."""

    requests: Input[Mapping[str, str]] | None = None
    limits: Input[Mapping[str, str]] | None = None


@dataclass(frozen=True, kw_only=True)
class Restore:
    """The archive that a new Instance is restored from, to the latest moment unless a target is set. It
    applies only when the Instance is created; later changes are ignored with a warning. In a clone, restored
    from another Instance's archive, pg_cron jobs and subscriptions are disabled unless `parameters` enable
    them. Set at most one of `targetTime`, `targetName` and `targetLsn`. See
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
    """Attributes of a PostgreSQL role. An attribute that is not set has its default in a new role. If an
    existing role has another value, nothing is changed until the program sets the attribute explicitly. See
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
    """PersistentVolumeClaim of each server of a Cluster. See
    https://cloudnative-pg.io/docs/1.30/storage/."""

    size: Input[str] | None = None
    storage_class: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Store:
    """Location of backups on an S3 service, with its access keys: an output of BackupStore and an input of
    Instance. See https://cloudnative-pg.io/plugin-barman-cloud/docs/object_stores/."""

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
    """An existing PersistentVolumeClaim. See
    https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims."""

    name: Input[str]


@dataclass(frozen=True, kw_only=True)
class ArchiveGenerationArgs:
    """Determines which archive generation an Instance writes to, when it is created or its store changes,
    and which one it is restored from, and checks both against the store. Before a major upgrade it takes a
    base backup and verifies it in the store; if that fails, the server is not upgraded. It writes one small
    file to the store, `tau.json` in the folder of a new generation, which records its owner."""

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
    """Storage for the backups of any number of Instances: an NFS share, a volume, or an S3 service. For a
    share or a volume it runs an S3 gateway that stores plain files; deleting the BackupStore deletes no
    file. Set exactly one of `nfs`, `volumeClaim` and `s3`."""

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
    """Delays the deletion of an Instance until its final backup is in the store, or the objects to retain
    are safe. An Instance creates two: the second is deleted before all other resources of the Instance, the
    first before its Cluster, in case `pulumi up` was interrupted before it created the second. Both use only
    the state."""

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
    refuses another cluster during preview. The same cluster at another address changes nothing. Components
    create the one they need, and a kubernetes provider with the uid as its `clusterIdentifier`."""

    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class CurrentLoginArgs:
    """Ensures that the current one of a database's two logins can connect with the password of its Secret,
    and that objects created by the second login belong to the owner. It runs before the connection Secret
    names the login. See https://www.postgresql.org/docs/current/sql-alterrole.html."""

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
    """A PostgreSQL database with an owner role and a connection Secret for applications, on a shared or a
    dedicated Instance. Deleting it leaves the data on a shared Instance and deletes a dedicated Instance.
    See https://cloudnative-pg.io/docs/1.30/declarative_database_management/."""

    backup: Backup | None = None
    cleanup: Cleanup | None = None
    cluster_spec: Input[Json] | None = None
    extensions: Input[list[str]] | None = None
    instance: Input[str] | None = None
    monitoring: Monitoring | None = None
    name: Input[str] | None = None
    namespace: Input[str] = "default"
    network_policy: NetworkPolicy | None = None
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
    """Refuses to delete a component while one of its Kubernetes objects belongs to another owner, or if the
    cluster is not the one that it was created in. Then nothing of the component is deleted. Components
    create the one they need, after their last object."""

    objects: Input[list[OwnedObject]]
    owner: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class FormerLoginArgs:
    """Ends the password of the previous login, after everything that needs the new one has received it. See
    https://www.postgresql.org/docs/current/sql-alterrole.html."""

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
    """One of the two keys of a BackupStore's gateway: the one in the gateway's Secret if tau created it
    before, so that a lost state changes no key, else 32 random letters and digits. Changing `rotation`
    generates a new key. It writes nothing to the cluster. See https://github.com/versity/versitygw/wiki."""

    key: Input[str]
    namespace: Input[str]
    secret_name: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None
    rotation: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class InstanceArgs:
    """A PostgreSQL server: a CloudNativePG Cluster with TLS, in-cluster Services and a NetworkPolicy,
    without databases until a Database is created on it. Deleting it deletes its volumes. See
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
    """Completes a change of the image inside a server: updates the extensions of every database, and after
    `pg_upgrade` collects planner statistics, without which queries are slow. An Instance creates the one it
    needs."""

    instance: Input[str]
    major_version: Input[str]
    namespace: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    image: Input[str] | None = None
    kubeconfig: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class NameGuardArgs:
    """Records the names that identify data, and refuses to change one, during preview too: Pulumi would
    create a new, empty object and delete the one with the data. A change is accepted if the server never
    came up or the database was never created. The NameGuard of an Instance also determines the digest of the
    image, before the server runs it. Instance and Database create the ones they need. If the Cluster is
    gone, `pulumi refresh` clears the names."""

    instance: Input[str]
    namespace: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    database: Input[str] | None = None
    image: Input[str] | None = None
    kubeconfig: Input[str] | None = None
    owner: Input[str] | None = None
    pod_spec: Input[Json] | None = None


@dataclass(frozen=True, kw_only=True)
class OperatorArgs:
    """CloudNativePG, the operator that runs every Instance, and the Barman Cloud plugin, installed from
    their official release manifests: CustomResourceDefinitions, RBAC, Deployments and webhooks. It is ready
    when its admission webhook responds and the plugin is registered, so that Instances that depend on it can
    be created in the same `pulumi up`. See https://cloudnative-pg.io/docs/1.30/installation_upgrade/."""

    barman_plugin: BarmanPlugin | None = None
    install: bool = True
    manifest: str | None = None
    namespace: str = "cnpg-system"
    version: str = "1.30.0"


@dataclass(frozen=True, kw_only=True)
class OwnershipArgs:
    """Refuses, during preview too, to take over Kubernetes objects that belong to another resource or stack,
    and to remove a server or a claim with data from the program silently. It deletes the claims of an
    application after everything that uses them. The owner is in the annotation `tau/owner` of every object.
    Components create the one they need."""

    objects: Input[list[OwnedObject]]
    owner: Input[str]
    cluster_id: Input[str] | None = None
    context: Input[str] | None = None
    kubeconfig: Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ReadinessArgs:
    """Waits until a Kubernetes object is ready, when it is created and after each change of the object, and
    fails with the object's own message. Operator, Instance and Database create the ones they need; it
    changes nothing in the cluster."""

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
    """A CronJob that verifies that an Instance can be restored: it restores the newest backup into a
    temporary Cluster, reads all its tables and indexes, runs a query, and deletes it. The Instance itself is
    not affected. See https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/."""

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
    """The passwords of a database's logins. The first one is that of the connection Secret if tau created it
    for this database before, so that a lost state changes no password, else a strong random one. Changing
    `rotation` generates a password for the login that is not current. It writes nothing to the cluster. See
    https://www.postgresql.org/docs/current/auth-password.html."""

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
    """A self-signed certificate with its key: the pair of a Secret that tau created earlier, so that it
    survives a lost state, otherwise a new pair. The `pulumi up` within `renewBeforeDays` of its end renews
    it. The Operator creates two, for the Barman Cloud plugin, and a BackupStore one, for its gateway. It
    writes nothing to the cluster. See https://cloudnative-pg.io/plugin-barman-cloud/docs/installation/."""

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
    """Checks an NFS share with a Job that mounts it (write, rename, fsync, extended attributes, O_TMPFILE,
    copy_file_range, free space), creates the folders of a BackupStore and selects the flags of its gateway,
    or fails with what the NAS lacks. Deleting it deletes nothing on the share."""

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
    """Reports the health of an Instance from the cluster's current objects: its servers, WAL archiving, last
    base backup and last restore check. It needs no Job and no password, unless `checkArchive` is set."""

    instance: Input[str]
    namespace: Input[str] = "default"
    backup_max_age: Input[str] = "26h"
    check_archive: Input[bool] = False
    restore_check: Input[str] | None = None
    restore_check_max_age: Input[str] = "8d"


@dataclass(frozen=True, kw_only=True)
class GetRecoveryWindowArgs:
    """Reports what a store holds for an Instance: the first and last moment that can be restored, the base
    backups, and the age of the last archived WAL segment. It reads the store with a short Job in the
    cluster, as the servers do."""

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
