"""What the objects of a live Cluster say about its archive: where it is, and what the server was restored from.

https://cloudnative-pg.io/plugin-barman-cloud/docs/plugin-barman-cloud.v1/ and
https://cloudnative-pg.io/docs/1.30/cloudnative-pg.v1/#bootstraprecovery.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tau import errors
from tau.archive import choice as archive_choice
from tau.archive import clone
from tau.kubernetes.kinds import object_store
from tau.store import s3
from tau.types.postgres import Store

_TARGETS = {"backupId": "backupID", "targetTime": "targetTime", "targetName": "targetName", "targetLsn": "targetLSN"}
_DESTINATION = re.compile(r"s3://([^/]+)/?(.*)")
_AMAZON = "https://s3.{region}.amazonaws.com"


def recovery(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a Cluster was restored from, as the recovery of an ArchiveGeneration."""
    spec = item["spec"]
    recovery_spec = (spec.get("bootstrap") or {}).get("recovery") or {}
    sources = [
        cluster for cluster in spec.get("externalClusters") or [] if cluster["name"] == recovery_spec.get("source")
    ]
    use = object_store.used_by(sources[0].get("plugin") or {}, sources[0]["name"]) if sources else None
    if use is None:
        return archive_choice.EMPTY
    target = recovery_spec.get("recoveryTarget") or {}
    targets = {ours: str(target.get(theirs, "")) for ours, theirs in _TARGETS.items()}
    parameters = (spec.get("postgresql") or {}).get("parameters") or {}
    return clone.marked_as({**archive_choice.EMPTY, **targets, "serverName": use.server_name}, parameters)


def switched(item: Mapping[str, Any], server_name: str) -> list[Mapping[str, Any]]:
    """The `plugins` of a Cluster that continues with its ObjectStore as another generation."""
    use = object_store.archiver(item)
    assert use
    return [
        {**plugin, "parameters": {**plugin["parameters"], "serverName": server_name}}
        if object_store.used_by(plugin, item["metadata"]["name"]) == use
        else plugin
        for plugin in item["spec"]["plugins"]
    ]


def elsewhere(item: Mapping[str, Any], used: Store) -> bool:
    """Whether a Store lies on another host, or there in another place, than an ObjectStore."""
    configuration = item["spec"]["configuration"]
    hosts = {urlsplit(str(url)).hostname for url in (configuration.get("endpointURL"), used.endpoint) if url}
    return len(hosts) > 1 or configuration["destinationPath"].rstrip("/") != s3.destination(used)


def keys(item: Mapping[str, Any]) -> Mapping[str, Mapping[str, str]]:
    """Name and key of the Secrets with what an ObjectStore is reached with, by their names in the ObjectStore."""
    label = f"ObjectStore {item['metadata']['namespace']}/{item['metadata']['name']}"
    credentials: Mapping[str, Mapping[str, str]] = item["spec"]["configuration"].get("s3Credentials") or {}
    missing = [name for name in ("accessKeyId", "secretAccessKey") if name not in credentials]
    if missing:
        raise errors.ClusterError(f"{label} has no {' and no '.join(missing)} of an S3 service; set `store`")
    return {name: credentials[name] for name in ("accessKeyId", "secretAccessKey", "region") if name in credentials}


def authority(item: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Name and key of the Secret with the CA certificates of an ObjectStore's service; None for the public ones."""
    endpoint_ca: Mapping[str, str] | None = item["spec"]["configuration"].get("endpointCA")
    return endpoint_ca or None


def store(item: Mapping[str, Any], secrets: Mapping[str, Mapping[str, Any]]) -> Store:
    """The Store that an ObjectStore stands for, with its Secrets by their names."""
    configuration = item["spec"]["configuration"]
    values = {name: _value(where, secrets) for name, where in keys(item).items()}
    match = _DESTINATION.fullmatch(configuration["destinationPath"])
    if not match:
        raise errors.ClusterError(
            f"ObjectStore {item['metadata']['namespace']}/{item['metadata']['name']} is at "
            f"{configuration['destinationPath']}, which is not an S3 service; tau cannot read it"
        )
    region = values.get("region") or "us-east-1"
    trusted = authority(item)
    return Store(
        endpoint=configuration.get("endpointURL") or _AMAZON.format(region=region),
        bucket=match[1],
        prefix=match[2].strip("/") or None,
        region=region,
        access_key_id=values["accessKeyId"],
        secret_access_key=values["secretAccessKey"],
        ca_certificate=_value(trusted, secrets) if trusted else None,
    )


def _value(where: Mapping[str, str], secrets: Mapping[str, Mapping[str, Any]]) -> str:
    data = secrets[where["name"]].get("data") or {}
    if where["key"] not in data:
        raise errors.ClusterError(f"Secret {where['name']} has no key {where['key']}; the store cannot be read with it")
    return base64.b64decode(data[where["key"]]).decode()
