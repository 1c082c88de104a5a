"""The kinds that the FAKE API server knows, and the documents in which it tells clients of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CNPG = "postgresql.cnpg.io/v1"
RBAC = "rbac.authorization.k8s.io/v1"
VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.2", "platform": "linux/amd64"}
_VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]


@dataclass(frozen=True)
class Kind:
    """One kind by its name in URLs."""

    plural: str
    name: str
    namespaced: bool = True


_NAMESPACED: Mapping[str, Mapping[str, str]] = {
    "v1": {
        **{"secrets": "Secret", "configmaps": "ConfigMap", "services": "Service", "pods": "Pod", "events": "Event"},
        **{"serviceaccounts": "ServiceAccount", "persistentvolumeclaims": "PersistentVolumeClaim"},
    },
    "apps/v1": {"deployments": "Deployment", "replicasets": "ReplicaSet"},
    "batch/v1": {"jobs": "Job", "cronjobs": "CronJob"},
    "networking.k8s.io/v1": {"networkpolicies": "NetworkPolicy", "ingresses": "Ingress"},
    RBAC: {"roles": "Role", "rolebindings": "RoleBinding"},
    CNPG: {
        **{"clusters": "Cluster", "databases": "Database", "databaseroles": "DatabaseRole"},
        **{"backups": "Backup", "scheduledbackups": "ScheduledBackup"},
    },
    "barmancloud.cnpg.io/v1": {"objectstores": "ObjectStore"},
}
_CLUSTER_WIDE: Mapping[str, Mapping[str, str]] = {
    "v1": {"namespaces": "Namespace", "persistentvolumes": "PersistentVolume"},
    RBAC: {"clusterroles": "ClusterRole", "clusterrolebindings": "ClusterRoleBinding"},
    "storage.k8s.io/v1": {"storageclasses": "StorageClass"},
    "apiextensions.k8s.io/v1": {"customresourcedefinitions": "CustomResourceDefinition"},
    "admissionregistration.k8s.io/v1": {
        "mutatingwebhookconfigurations": "MutatingWebhookConfiguration",
        "validatingwebhookconfigurations": "ValidatingWebhookConfiguration",
    },
}


def _all() -> dict[str, dict[str, Kind]]:
    found: dict[str, dict[str, Kind]] = {}
    for table, namespaced in ((_NAMESPACED, True), (_CLUSTER_WIDE, False)):
        for version, kinds in table.items():
            for plural, name in kinds.items():
                found.setdefault(version, {})[plural] = Kind(plural, name, namespaced)
    return found


KINDS = _all()
"""By API version and plural."""


def document(path: str) -> Mapping[str, Any] | None:
    """What discovery says at a path; None for a path that is none of its."""
    if path == "/version":
        return VERSION
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups()}
    version = path.removeprefix("/apis/").removeprefix("/api/")
    return _resources(version) if version in KINDS else None


def _groups() -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for version in KINDS:
        group, _, number = version.rpartition("/")
        if group:
            told = {"groupVersion": version, "version": number}
            found.append({"name": group, "versions": [told], "preferredVersion": told})
    return found


def _resources(version: str) -> Mapping[str, Any]:
    told = [
        {
            "name": one.plural,
            "singularName": one.name.lower(),
            "namespaced": one.namespaced,
            "kind": one.name,
            "verbs": _VERBS,
        }
        for one in KINDS[version].values()
    ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": told}


def _number(value: int) -> bytes:
    found = b""
    while True:
        low, value = value & 127, value >> 7
        found += bytes([low | (128 if value else 0)])
        if not value:
            return found


def _field(number: int, data: bytes) -> bytes:
    return _number(number << 3 | 2) + _number(len(data)) + data


OPEN_API = _field(1, b"2.0") + _field(2, _field(1, b"Kubernetes") + _field(2, b"v1.34.0")) + _field(8, b"")
"""An OpenAPI v2 document without any definition, as the protobuf message that clients insist on."""
OPEN_API_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
