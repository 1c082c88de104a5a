"""The Pod of a BackupStore's gateway: what it serves, to whom it shows which certificate, and as which user it runs.

Flags are those of versitygw 1.8.0, `versitygw --help` and `versitygw posix --help`.
"""

from collections.abc import Mapping
from typing import Any

from tau.fields import Input, lift
from tau.kubernetes.kinds import job, object_store, secret
from tau.kubernetes.manifest import Manifest, union
from tau.types.postgres import BackupStoreArgs, ResourceRequirements
from tau.values import share

PORT, PORT_NAME = 7070, "https"
DEFAULT_REQUESTS = {"cpu": "10m", "memory": "64Mi"}
DEFAULT_LIMITS = {"memory": "256Mi"}

_HEALTH = "/health"
_ROOT = "/store"
_CERTIFICATES = "/certificates"
_GATEWAY = (
    # One process writes to a folder, so its own locks do. Those of NFS outlive a gateway that was killed, and fail
    # where the NAS or the node runs no lock manager.
    "--disable-object-lock-file",
    # Backups hold everything; on the NAS only their owner and group may read them.
    *("--dir-perms", "0750"),
    *("--file-perms", "0640"),
    # Metadata is never stored in extended attributes, even where the share has them: a change of the mode, by a move to
    # another NAS for example, would lose the metadata of all that is stored.
    *("--sidecar", f"{_ROOT}/.meta"),
    f"{_ROOT}/{share.BUCKETS}",
)


def pod_spec(
    args: BackupStoreArgs,
    *,
    folder: Input[str],
    claim: Input[str],
    keys: Input[str],
    pair: Input[str],
    flags: Input[list[str]],
) -> Manifest:
    """Pod spec of the gateway that serves a folder of a claim; `keys` and `pair` name the Secrets that it reads."""
    environment = {"ROOT_ACCESS_KEY_ID": object_store.ACCESS_KEY, "ROOT_SECRET_ACCESS_KEY": object_store.SECRET_KEY}
    container = {
        "name": "gateway",
        "image": args.image,
        "args": lift(_arguments, flags),
        "env": [
            {"name": variable, "valueFrom": {"secretKeyRef": {"name": keys, "key": key}}}
            for variable, key in environment.items()
        ],
        "ports": [{"name": PORT_NAME, "containerPort": PORT}],
        "resources": _resources(args.resources or ResourceRequirements()),
        "securityContext": job.CONTAINER_SECURITY,
        # Nothing but its folder of the share is there for the gateway to serve.
        "volumeMounts": [
            {"name": "share", "mountPath": _ROOT, "subPath": folder},
            {"name": "certificate", "mountPath": _CERTIFICATES, "readOnly": True},
        ],
        **_probes(),
    }
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": job.pod_security(args.run_as_user, args.run_as_group),
        "containers": [container],
        "volumes": [
            {"name": "share", "persistentVolumeClaim": {"claimName": claim}},
            # For the group of the Pod alone, which Kubernetes gives the files to.
            {"name": "certificate", "secret": {"secretName": pair, "defaultMode": 0o440}},
        ],
    }


def _arguments(flags: list[str]) -> list[str]:
    shown = ["--cert", f"{_CERTIFICATES}/{secret.CERTIFICATE}", "--key", f"{_CERTIFICATES}/{secret.PRIVATE_KEY}"]
    return ["--port", f":{PORT}", *shown, "--health", _HEALTH, "--quiet", "posix", *flags, *_GATEWAY]


def _resources(requirements: ResourceRequirements) -> Mapping[str, Any]:
    return {
        "requests": union(DEFAULT_REQUESTS, requirements.requests),
        "limits": union(DEFAULT_LIMITS, requirements.limits),
    }


def _probes() -> Manifest:
    """The gateway answers these without a look at the share, so a NAS that is away does not get it killed."""
    answers = {"httpGet": {"path": _HEALTH, "port": PORT_NAME, "scheme": "HTTPS"}, "timeoutSeconds": 5}
    return {
        "startupProbe": {**answers, "periodSeconds": 1, "failureThreshold": 120},
        "readinessProbe": {**answers, "periodSeconds": 5},
        "livenessProbe": {**answers, "periodSeconds": 20},
    }
