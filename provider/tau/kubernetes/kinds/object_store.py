"""ObjectStore (barmancloud.cnpg.io/v1), where the Barman Cloud plugin keeps the archive of a Cluster.

https://cloudnative-pg.io/plugin-barman-cloud/docs/plugin-barman-cloud.v1/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau.fields import Input, lift
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("barmancloud.cnpg.io/v1", "ObjectStore", "objectstores")
DEFINITION = KIND.definition
"""CustomResourceDefinition that a cluster with the plugin has."""

PLUGIN = "barman-cloud.cloudnative-pg.io"
"""Name by which a Cluster and a Backup call the plugin."""

SIDECAR_IMAGE = "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.14.0"
"""Image with the plugin, barman, boto3 and a Python 3 on PATH, but no shell."""

ACCESS_KEY = "ACCESS_KEY_ID"
SECRET_KEY = "ACCESS_SECRET_KEY"
REGION = "REGION"
CA_CERTIFICATE = "ca.crt"
"""Keys of the Secret that an ObjectStore names; the last one is there for a service that no public authority knows."""

COMPRESSIONS = ("none", "lz4", "snappy", "gzip", "bzip2")
"""What both base backups and WAL can be compressed with."""

# Each is a Python process of its own for the better part of a second, and the machines at home have few cores.
_PARALLEL = 2
# At rest it has 12 MB; each segment that is sent takes 60 MB for a moment, and a base backup 200 MB.
_SIDECAR = {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "1Gi"}}
# https://cloudnative-pg.io/plugin-barman-cloud/docs/object_stores/ for services other than AWS.
_ENVIRONMENT = [
    {"name": "AWS_REQUEST_CHECKSUM_CALCULATION", "value": "when_required"},
    {"name": "AWS_RESPONSE_CHECKSUM_VALIDATION", "value": "when_required"},
]


def object_store(
    metadata: Manifest,
    *,
    destination: Input[str],
    endpoint: Input[str],
    secret: Input[str],
    own_authority: bool = False,
    compression: Input[str] = "none",
    retention: Input[str] | None = None,
) -> Manifest:
    """A folder in a bucket, with the keys in a Secret, and the CA certificate of a service with its `own_authority`.

    `retention` is in days, such as `7d`, None keeps everything.
    """

    def key(name: str) -> Manifest:
        return {"name": secret, "key": name}

    configuration = {
        "destinationPath": destination,
        "endpointURL": endpoint,
        "s3Credentials": {"accessKeyId": key(ACCESS_KEY), "secretAccessKey": key(SECRET_KEY), "region": key(REGION)},
        "wal": lift(lambda how: {"maxParallel": _PARALLEL, **_compressed(how)}, compression),
        "data": lift(lambda how: {"immediateCheckpoint": True, **_compressed(how)}, compression),
    }
    if own_authority:
        configuration["endpointCA"] = authority(secret)
    sidecar = {"env": _ENVIRONMENT, "resources": _SIDECAR}
    spec: Manifest = {"configuration": configuration, "instanceSidecarConfiguration": sidecar}
    if retention is not None:
        spec["retentionPolicy"] = retention
    return manifest(KIND, metadata, spec=spec)


def authority(secret: Input[str]) -> Manifest:
    """Where the CA certificate of an ObjectStore is, the `endpointCA` of its configuration."""
    return {"name": secret, "key": CA_CERTIFICATE}


def _compressed(how: str) -> dict[str, str]:
    return {} if how == "none" else {"compression": how}


def use(*, store: Input[str], server_name: Input[str]) -> Manifest:
    """How a Cluster names the plugin, an ObjectStore of its own namespace and the archive in it."""
    return {"name": PLUGIN, "parameters": {"barmanObjectName": store, "serverName": server_name}}


@dataclass(frozen=True)
class Use:
    """The ObjectStore that a Cluster uses, and the generation in it."""

    object_store: str
    server_name: str


def archiver(cluster: Mapping[str, Any]) -> Use | None:
    """Where a Cluster archives to; None for one that archives nothing."""
    name = cluster["metadata"]["name"]
    plugins = [plugin for plugin in cluster["spec"].get("plugins") or [] if plugin.get("enabled", True)]
    return next((used for plugin in plugins if (used := used_by(plugin, name))), None)


def used_by(plugin: Mapping[str, Any], name: str) -> Use | None:
    """The archive that an entry of `plugins`, or of an external cluster of this name, is for; None for others."""
    parameters = plugin.get("parameters") or {}
    if plugin.get("name") != PLUGIN or not parameters.get("barmanObjectName"):
        return None
    return Use(parameters["barmanObjectName"], parameters.get("serverName") or name)
