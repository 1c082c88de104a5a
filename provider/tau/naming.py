"""Every name of a Kubernetes object that tau makes is derived here, and nowhere else."""

import datetime
import hashlib
import re
from collections.abc import Callable, Mapping

from tau.fields import Input, lift
from tau.kubernetes.manifest import MANAGED_BY_TAU

_STACK = "pulumi:pulumi:Stack"
PREFLIGHT = "-preflight"
"""What the name of a SharePreflight has behind that of the gateway."""


def stack(project: str, name: str) -> str:
    """URN of a stack, the parent of every resource that has no other."""
    return f"urn:pulumi:{name}::{project}::{_STACK}::{project}-{name}"


def urn(stack: str, project: str, parent: str, kind: str, name: str) -> str:
    """URN of a resource below the one with the URN `parent`; empty for none.

    https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
    """
    above = parent.split("::")[2] if parent.count("::") > 2 else _STACK
    qualified = kind if above == _STACK else f"{above}${kind}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def instance(resource: str) -> str:
    """Cluster of an Instance that names none."""
    return f"postgres-{dashed(resource)}"


def dashed(name: str) -> str:
    """A PostgreSQL name as part of a Kubernetes name: `shop_eu` and `shop.eu` become `shop-eu`."""
    return name.replace("_", "-").replace(".", "-").strip("-").lower()


def service_host(service: str, namespace: str) -> str:
    """DNS name of a Service that is right from every namespace."""
    return f"{service}.{namespace}.svc"


def host(service: Callable[[str], str], cluster: Input[str], namespace: Input[str]) -> Input[str]:
    """DNS name of one of the Services that the operator makes for a Cluster."""
    return lift(lambda name, space: service_host(service(name), space), cluster, namespace)


def database_object(cluster: Input[str], database: Input[str]) -> Input[str]:
    """Database object of one database on one Cluster."""
    return lift(lambda on, name: f"{on}-{dashed(name)}", cluster, database)


def role_object(cluster: Input[str], role: Input[str]) -> Input[str]:
    """DatabaseRole object of one role on one Cluster."""
    return lift(lambda on, name: f"{on}-{dashed(name)}", cluster, role)


def connection_secret(cluster: Input[str], database: Input[str]) -> Input[str]:
    """Secret with which an application connects to one database."""
    return lift(lambda on, name: f"{on}-{dashed(name)}-connection", cluster, database)


def login_secret(cluster: Input[str], role: Input[str]) -> Input[str]:
    """Secret that the server takes the password of a role from, where that is not the connection Secret."""
    return lift(lambda on, name: f"{on}-{dashed(name)}-login", cluster, role)


def bootstrap_secret(cluster: Input[str]) -> Input[str]:
    """Secret that a new Cluster asks for before it starts."""
    return lift(lambda name: f"{name}-bootstrap", cluster)


def own_store(cluster: Input[str]) -> Input[str]:
    """BackupStore that an Instance makes for itself; a long name is cut, since a BackupStore's has 40 characters."""

    def derived(name: str) -> str:
        if len(name) > 34:
            name = f"{name[:25]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        return f"{name}-store"

    return lift(derived, cluster)


def gateway_keys(store: Input[str]) -> Input[str]:
    """Secret with the keys of a BackupStore's gateway."""
    return lift(lambda name: f"{name}-keys", store)


def source_store(cluster: Input[str]) -> Input[str]:
    """ObjectStore that a Cluster is restored from where it is not the one that it archives to."""
    return lift(lambda name: f"{name}-source", cluster)


def gateway_certificate(store: Input[str]) -> Input[str]:
    """Secret with the certificate of a BackupStore's gateway, and its key."""
    return lift(lambda name: f"{name}-tls", store)


def store_keys(object_store: Input[str]) -> Input[str]:
    """Secret with the keys that an ObjectStore uses."""
    return lift(lambda name: f"{name}-store", object_store)


def restore_check(cluster: Input[str]) -> Input[str]:
    """RestoreCheck of an Instance that names none."""
    return lift(lambda name: f"{name}-restore-check", cluster)


def restore_check_scripts(check: Input[str]) -> Input[str]:
    """ConfigMap of what a RestoreCheck runs."""
    return lift(lambda name: f"{name}-scripts", check)


def restore_check_run(check: Input[str]) -> Input[str]:
    """Secret that everything of one run of a RestoreCheck hangs on; `restore_check/script` makes it."""
    return lift(lambda name: f"{name}-run", check)


def restore_check_policy(namespace: Input[str], check: Input[str]) -> Input[str]:
    """ValidatingAdmissionPolicy, which belongs to no namespace, for the account of one RestoreCheck."""
    return lift(lambda space, name: f"tau.{space}.{name}", namespace, check)


def metrics(cluster: Input[str]) -> Input[str]:
    """PodMonitor of a Cluster; one of the Cluster's name would be the operator's."""
    return lift(lambda name: f"{name}-metrics", cluster)


def alerts(cluster: Input[str]) -> Input[str]:
    """PrometheusRule of a Cluster."""
    return lift(lambda name: f"{name}-alerts", cluster)


def dashboard(cluster: Input[str]) -> Input[str]:
    """ConfigMap of a Cluster's dashboard."""
    return lift(lambda name: f"{name}-dashboard", cluster)


def first_backup(server_name: Input[str]) -> Input[str]:
    """The first Backup of an archive generation."""
    return lift(lambda name: f"{name}-first", server_name)


def cleaner(cluster: str) -> str:
    """CronJob that deletes a retained Instance, and all that belongs to it; a CronJob's name has 52 characters."""
    if len(cluster) > 44:
        cluster = f"{cluster[:35]}-{hashlib.sha256(cluster.encode()).hexdigest()[:8]}"
    return f"{cluster}-cleaner"


def last_backup(cluster: str, moment: datetime.datetime) -> str:
    """Backup that a deletion takes first, as it is called among those of the schedule."""
    return f"{cluster}-last-{moment.astimezone(datetime.UTC):%Y%m%d%H%M%S}"


def backup_before_upgrade(cluster: str, major: str, moment: datetime.datetime) -> str:
    """Backup that the upgrade to another major version takes first."""
    return f"{cluster}-before-{major}-{moment.astimezone(datetime.UTC):%Y%m%d%H%M%S}"


def labels(cluster: Input[str]) -> Mapping[str, Input[str]]:
    """Labels of everything that belongs to one Instance."""
    return {**MANAGED_BY_TAU, "app.kubernetes.io/name": "postgresql", "app.kubernetes.io/instance": cluster}


def application_selector(name: Input[str]) -> Mapping[str, Input[str]]:
    """Labels by which the Pods of an application are found; a Deployment's never change."""
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name}


def application_labels(name: Input[str]) -> Mapping[str, Input[str]]:
    """Labels of everything that makes up an application, its databases' objects too."""
    return {**MANAGED_BY_TAU, **application_selector(name), "app": name, "app.kubernetes.io/part-of": name}


def application_part(application: Input[str], part: str) -> Input[str]:
    """A claim, ConfigMap, Secret or database of an application."""
    return lift(lambda name: f"{name}-{part}", application)


def persistent_volume(namespace: Input[str], claim: Input[str]) -> Input[str]:
    """PersistentVolume, which belongs to no namespace, for one claim; neither name has a dot, so no two are alike."""
    return lift(lambda space, name: f"tau.{space}.{name}", namespace, claim)


def former_persistent_volume(namespace: str, claim: str) -> str:
    """The name that tau 0.1 gave it, which the claim of another namespace could have as well."""
    return f"{namespace}-{claim}"


def volume(mount_path: str) -> str:
    """Volume that is named after where it is mounted: `/var/lib/app` becomes `var-lib-app`."""
    return re.sub(r"[^a-z0-9]+", "-", mount_path.lower()).strip("-")[:63].strip("-") or "root"


def file_key(path: str) -> str:
    """Key of a file in a ConfigMap or a Secret, where `/` is not allowed, and no two paths give the same one."""
    base = re.sub(r"[^A-Za-z0-9._-]", "_", path.rpartition("/")[2])
    return f"{base[:200]}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"


def variable_prefix(key: str) -> str:
    """Prefix of the variables of one of several databases: `my-analytics` gives `MY_ANALYTICS_`."""
    return f"{re.sub(r'[^A-Z0-9]', '_', key.upper())}_"
