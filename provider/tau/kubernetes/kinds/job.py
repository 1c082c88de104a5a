"""Job (batch/v1) that runs a Python script once, under the `restricted` Pod Security Standard.

https://kubernetes.io/docs/concepts/workloads/controllers/job/ and
https://kubernetes.io/docs/concepts/security/pod-security-standards/.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import MANAGED_BY_TAU, Manifest, manifest, merge

KIND = Kind("batch/v1", "Job", "jobs")
CONTAINER = "script"
VOLUME_PATH = "/volume"
"""Where a script finds the claim that it was given."""

STORE_CLIENT = {**MANAGED_BY_TAU, "app.kubernetes.io/component": "backup-store-client"}
"""Labels of Pods that the gateway of a BackupStore admits from every namespace, in addition to those of Clusters."""

IMAGE_LOOK = {**MANAGED_BY_TAU, "app.kubernetes.io/component": "image-look"}
"""Labels of Pods that run to tell the digest of their image."""

JOB_NAME = "batch.kubernetes.io/job-name"
"""Label by which the Pods of a Job are found."""

_SECONDS_TO_LOOK_AT = 600
_SECONDS_TO_PULL = 3600
_USER = 26


@dataclass(frozen=True, kw_only=True)
class Script:
    """What runs: `source` with `arguments` as its `sys.argv`, as a user of the given IDs.

    `secret` names a Secret whose keys become environment variables, `claim` a PersistentVolumeClaim that is mounted
    at VOLUME_PATH; `seconds` is how long it may take before Kubernetes ends it.
    """

    image: str
    source: str
    arguments: tuple[str, ...] = ()
    secret: str | None = None
    claim: str | None = None
    user: int = _USER
    group: int = _USER
    seconds: int = 900


def job(metadata: Manifest, script: Script) -> Manifest:
    """A Job of one try, which goes away by itself should nobody remove it."""
    return _once(merge(metadata, {"labels": STORE_CLIENT}), pod_spec(script), script.seconds)


def image_look(metadata: Manifest, image: str, more: Mapping[str, Any]) -> Manifest:
    """A Job that has a node get a server's image and does nothing with it; `more` goes over the Pod's spec."""
    container: Manifest = {
        "name": CONTAINER,
        "image": image,
        "command": ["postgres", "--version"],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": CONTAINER_SECURITY,
    }
    fields = dict(more)
    if "imagePullPolicy" in fields:
        container["imagePullPolicy"] = fields.pop("imagePullPolicy")
    return _once(metadata, {**_pod(_USER, _USER), "containers": [container], **fields}, _SECONDS_TO_PULL)


def _once(metadata: Manifest, pod: Manifest, seconds: int) -> Manifest:
    spec = {
        "backoffLimit": 0,
        "activeDeadlineSeconds": seconds,
        "ttlSecondsAfterFinished": _SECONDS_TO_LOOK_AT,
        "template": {"metadata": {"labels": metadata["labels"]}, "spec": pod},
    }
    return manifest(KIND, metadata, spec=spec)


def _pod(user: int, group: int) -> Manifest:
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pod_security(user, group),
    }


def pod_spec(script: Script) -> Manifest:
    """Pod spec of a script, for a Job or a CronJob."""
    volumes: list[Manifest] = [{"name": "tmp", "emptyDir": {}}]
    mounts = [{"name": "tmp", "mountPath": "/tmp"}]
    if script.claim:
        volumes.append({"name": "volume", "persistentVolumeClaim": {"claimName": script.claim}})
        mounts.append({"name": "volume", "mountPath": VOLUME_PATH})
    container: Manifest = {
        "name": CONTAINER,
        "image": script.image,
        "command": ["python3", "-c", *map(_verbatim, (script.source, *script.arguments))],
        "env": [{"name": "HOME", "value": "/tmp"}],
        "volumeMounts": mounts,
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": CONTAINER_SECURITY,
    }
    if script.secret:
        container["envFrom"] = [{"secretRef": {"name": script.secret}}]
    return {**_pod(script.user, script.group), "containers": [container], "volumes": volumes}


CONTAINER_SECURITY: Manifest = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
"""Security context of a container under the `restricted` standard."""


def pod_security(user: Any, group: Any) -> Manifest:
    """Security context of a Pod under the `restricted` standard.

    The group gets a new volume of a driver that supports that; the files of an NFS share stay as they are.
    """
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": group,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _verbatim(text: str) -> str:
    """Text that Kubernetes does not expand variables in."""
    return text.replace("$", "$$")


def outcome(item: Mapping[str, Any]) -> tuple[bool, str] | None:
    """Whether a Job succeeded, and why not; None while it is at work."""
    for condition in item.get("status", {}).get("conditions", []):
        if condition["status"] == "True" and condition["type"] in ("Complete", "Failed"):
            return condition["type"] == "Complete", condition.get("message") or condition["type"]
    return None
