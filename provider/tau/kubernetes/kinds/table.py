"""Every kind that tau makes or looks at, by its names in manifests."""

import dataclasses

from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import (
    admission_policy,
    backup,
    cluster,
    config_map,
    cron_job,
    custom_resource_definition,
    database,
    database_role,
    deployment,
    endpoint_slice,
    event,
    ingress,
    job,
    namespace,
    network_policy,
    object_store,
    persistent_volume,
    persistent_volume_claim,
    pod,
    pod_monitor,
    prometheus_rule,
    rbac,
    scheduled_backup,
    secret,
    service,
    service_account,
    storage_class,
    vertical_pod_autoscaler,
    webhook_configuration,
)

KINDS: tuple[Kind, ...] = (
    admission_policy.BINDING,
    rbac.BINDING,
    *(
        module.KIND
        for module in (
            admission_policy,
            backup,
            cluster,
            config_map,
            cron_job,
            custom_resource_definition,
            database,
            database_role,
            deployment,
            endpoint_slice,
            event,
            ingress,
            job,
            namespace,
            network_policy,
            object_store,
            persistent_volume,
            persistent_volume_claim,
            pod,
            pod_monitor,
            prometheus_rule,
            rbac,
            scheduled_backup,
            secret,
            service,
            service_account,
            storage_class,
            vertical_pod_autoscaler,
            webhook_configuration,
        )
    ),
)
_BY_NAME = {(kind.group, kind.kind): kind for kind in KINDS}


def of(api_version: str, kind: str) -> Kind:
    """The kind of an object that is recorded, or in a manifest of others, which may have one that tau does not know."""
    group = api_version.rpartition("/")[0]
    known = _BY_NAME.get((group, kind)) or Kind(api_version, kind, _plural(kind))
    return dataclasses.replace(known, api_version=api_version)


def _plural(kind: str) -> str:
    """Name of a kind in URLs, by the rules with which Kubernetes names its own kinds."""
    lower = kind.lower()
    if lower.endswith("y") and lower[-2:-1] not in "aeiou":
        return f"{lower[:-1]}ies"
    return f"{lower}es" if lower.endswith(("s", "x", "ch")) else f"{lower}s"
