"""Cluster (postgresql.cnpg.io/v1), a PostgreSQL server with its replicas.

https://cloudnative-pg.io/docs/1.30/cloudnative-pg.v1/#cluster
"""

from collections.abc import Mapping
from typing import Any

from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest
from tau.kubernetes.state import State

KIND = Kind("postgresql.cnpg.io/v1", "Cluster", "clusters")
LABEL = "cnpg.io/cluster"
"""Label of its Pods, claims and Jobs, with its name."""
CONTAINER = "postgres"
"""Container of the server in each of its Pods."""
HEALTHY = "Cluster in healthy state"
CONTINUOUS_ARCHIVING = "ContinuousArchiving"
"""Condition that says whether the last WAL segment could be archived."""
HIBERNATION = "cnpg.io/hibernation"
"""Annotation, and condition, with which a Cluster has no Pods and keeps its volumes."""
UPGRADING = "Upgrading Postgres major version"
_HOPELESS = {
    "Cluster is unrecoverable and needs manual intervention",
    "Cluster has incomplete or invalid image catalog",
    "Invalid cluster definition",
}


def instance_pods(name: Any) -> dict[str, Any]:
    """Labels of the Pods that serve a Cluster, without those of its Jobs."""
    return {LABEL: name, "cnpg.io/podRole": "instance"}


def cluster(metadata: Manifest, spec: Any) -> Manifest:
    """A Cluster with the given spec."""
    return manifest(KIND, metadata, spec=spec)


def primary(item: Mapping[str, Any]) -> str:
    """Pod of the primary; empty where there is none, or another one takes over."""
    status = item.get("status", {})
    current = str(status.get("currentPrimary") or "")
    return current if current == status.get("targetPrimary") else ""


def read_write_service(name: str) -> str:
    """Service that the operator makes for the primary."""
    return f"{name}-rw"


def read_only_service(name: str) -> str:
    """Service that the operator makes for the replicas."""
    return f"{name}-ro"


def ca_secret(name: str) -> str:
    """Secret that the operator makes for the CA of the server certificates."""
    return f"{name}-ca"


def ca_secret_of(item: Mapping[str, Any]) -> str:
    """Secret with the CA of a live Cluster, which may be the user's own."""
    chosen = (item["spec"].get("certificates") or {}).get("serverCASecret")
    return str(chosen or ca_secret(item["metadata"]["name"]))


def pull_secret(name: str) -> str:
    """Secret that the operator makes for images where it is itself told of one (`PULL_SECRET_NAME`)."""
    return f"{name}-pull-secret"


def superuser_secret(name: str) -> str:
    """Secret that the operator makes for `postgres` where superuser access is enabled."""
    return f"{name}-superuser"


def state(item: Mapping[str, Any]) -> State:
    """Whether a Cluster serves; its condition Ready alone is stale right after a change."""
    status, spec = item.get("status", {}), item["spec"]
    phase = status.get("phase") or "not seen by the operator yet"
    message = ": ".join(part for part in (phase, status.get("phaseReason")) if part)
    conditions = {condition["type"]: condition["status"] for condition in status.get("conditions", [])}
    ready = (
        phase == HEALTHY
        and conditions.get("Ready") == "True"
        and status.get("readyInstances") == spec.get("instances")
        # Of a catalog the operator chooses the image.
        and ("imageName" not in spec or status.get("image", spec["imageName"]) == spec["imageName"])
    )
    if ready:
        return State(ready=True, message=phase)
    counted = f"{message} ({status.get('readyInstances', 0)} of {spec.get('instances')} instances ready)"
    return State(ready=False, failed=phase in _HOPELESS, message=counted)


def data_major(item: Mapping[str, Any]) -> str | None:
    """Major version of the data on the volumes, which an upgrade that failed leaves as it was; None."""
    info = item.get("status", {}).get("pgDataImageInfo") or {}
    return str(info["majorVersion"]) if info.get("majorVersion") else None


def condition_state(item: Mapping[str, Any], wanted: str) -> State:
    """Whether a condition of a Cluster is true; one that is false may become true where another try succeeds."""
    condition = {entry["type"]: entry for entry in item.get("status", {}).get("conditions", [])}.get(wanted)
    if condition is None:
        return State(ready=False, message=f"{wanted} is not known yet")
    message = condition.get("message") or condition.get("reason") or condition["status"]
    if condition["status"] == "True":
        return State(ready=True, message=message)
    return State(ready=False, failed=True, message=f"{wanted} is {condition['status']}: {message}")


def managed_roles(spec: Any) -> dict[str, Mapping[str, Any]]:
    """The entries of `managed.roles` by role, as far as they are known; no DatabaseRole may manage the same role."""
    managed = spec.get("managed") if isinstance(spec, Mapping) else None
    entries = managed.get("roles") if isinstance(managed, Mapping) else None
    known = [role for role in entries if isinstance(role, Mapping)] if isinstance(entries, list) else []
    return {role["name"]: role for role in known if isinstance(role.get("name"), str)}


def hibernates(item: Mapping[str, Any]) -> bool:
    """Whether a Cluster is told to hibernate."""
    return bool((item["metadata"].get("annotations") or {}).get(HIBERNATION) == "on")


def hibernated_since(item: Mapping[str, Any]) -> str | None:
    """Timestamp at which the last Pod of a Cluster that hibernates had gone; None while any may run.

    The operator removes the condition when the Cluster is resumed, so no two hibernations share a timestamp.
    """
    condition = {entry["type"]: entry for entry in item.get("status", {}).get("conditions", [])}.get(HIBERNATION, {})
    if not hibernates(item) or condition.get("status") != "True":
        return None
    since = condition.get("lastTransitionTime")
    return str(since) if since else None


def has_served(item: Mapping[str, Any]) -> bool:
    """Whether a Cluster ever came as far as to have a primary, and so anything in it."""
    return bool((item.get("status") or {}).get("currentPrimary"))
