"""The temporary Cluster: the live one's server, without its connections to other systems."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from tau.restore_check.script.failure import CheckFailed

PLUGIN = "barman-cloud.cloudnative-pg.io"
_API_VERSION = "postgresql.cnpg.io/v1"
# What a server needs to start on the same data, and its Pods to be admitted, scheduled and able to pull.
_RETAINED = (
    "imagePullPolicy",
    "imagePullSecrets",
    "schedulerName",
    "postgresUID",
    "postgresGID",
    "seccompProfile",
    "podSecurityContext",
    "securityContext",
    "serviceAccountTemplate",
    "ephemeralVolumeSource",
    "ephemeralVolumesSizeLimit",
    "priorityClassName",
)
_RETAINED_OF_AFFINITY = ("nodeSelector", "nodeAffinity", "tolerations")
_RETAINED_OF_POSTGRESQL = ("extensions", "parameters", "shared_preload_libraries")
# Libraries that start work by themselves: jobs and subscriptions of the live server must not run twice.
_WORKING = {"pg_cron", "pg_net", "pg_partman_bgw", "pg_squeeze", "pgactive", "pglogical", "spock"}
# As in a clone: a subscription would take over the live server's slot on its publisher. The first one is for a
# pg_cron that is loaded in another way.
_QUIET = {"cron.launch_active_jobs": "off", "max_logical_replication_workers": "0"}
# Enough to be scheduled anywhere, and the first to give way; the limits are the live server's.
_REQUESTS = {"cpu": "10m", "memory": "64Mi"}


@dataclasses.dataclass(frozen=True)
class Source:
    """Where a Cluster archives to: an ObjectStore of its namespace, and the name of the archive in it."""

    store: str
    server: str


def source(live_cluster: Mapping[str, Any]) -> Source:
    """The archive that a Cluster writes now; CheckFailed where it writes none."""
    name = live_cluster["metadata"]["name"]
    for plugin in live_cluster["spec"].get("plugins", []):
        if plugin["name"] == PLUGIN and plugin.get("enabled", True):
            parameters = plugin.get("parameters", {})
            return Source(parameters["barmanObjectName"], parameters.get("serverName") or name)
    raise CheckFailed(f"instance {name} is not backed up")


def password_secret(name: str, labels: Mapping[str, str], owner: Mapping[str, str], password: str) -> dict[str, Any]:
    """The Secret of one run. It is gone with the run's Pod, and everything else of the run is gone with it."""
    metadata = {"name": name, "labels": dict(labels), "ownerReferences": [dict(owner)]}
    data = {"username": "postgres", "password": password}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": "kubernetes.io/basic-auth",
        "stringData": data,
    }


def cluster(
    live_cluster: Mapping[str, Any],
    *,
    name: str,
    secret: Mapping[str, str],
    backup: str,
    labels: Mapping[str, str],
    storage: Mapping[str, str],
) -> dict[str, Any]:
    """A one-instance Cluster that restores `backup` to the end of WAL; `secret` has a name and a uid.

    Who logs in is `postgres`, and the role named like the Cluster.
    """
    spec, password = live_cluster["spec"], {"name": secret["name"]}
    wanted = {
        "description": f"Temporary restore of {live_cluster['metadata']['name']}",
        **_image(live_cluster),
        **{key: spec[key] for key in _RETAINED if key in spec},
        "instances": 1,
        "enablePDB": False,
        "enableSuperuserAccess": True,
        "superuserSecret": password,
        **_recovery(source(live_cluster), backup, password),
        "postgresql": _postgresql(spec.get("postgresql", {}), reader=name),
        "resources": {"requests": _REQUESTS, "limits": spec.get("resources", {}).get("limits", {})},
        "affinity": {key: value for key, value in spec.get("affinity", {}).items() if key in _RETAINED_OF_AFFINITY},
        "inheritedMetadata": {"labels": dict(labels)},
        "managed": {"services": {"disabledDefaultServices": ["r", "ro"]}},
        "monitoring": {"disableDefaultQueries": True},
        "smartShutdownTimeout": 1,
        "stopDelay": 20,
        **_volumes(spec, storage),
    }
    owner = {"apiVersion": "v1", "kind": "Secret", **secret}
    metadata = {"name": name, "labels": dict(labels), "ownerReferences": [owner]}
    return {"apiVersion": _API_VERSION, "kind": "Cluster", "metadata": metadata, "spec": wanted}


def _recovery(archive: Source, backup: str, password: Mapping[str, str]) -> dict[str, Any]:
    recovery = {
        "source": "archive",
        "recoveryTarget": {"backupID": backup},
        # Without these the operator makes a database `app` and its owner.
        "database": "postgres",
        "owner": "postgres",
        "secret": password,
    }
    parameters = {"barmanObjectName": archive.store, "serverName": archive.server}
    return {
        "bootstrap": {"recovery": recovery},
        "externalClusters": [{"name": "archive", "plugin": {"name": PLUGIN, "parameters": parameters}}],
    }


def _image(live_cluster: Mapping[str, Any]) -> dict[str, Any]:
    running = live_cluster.get("status", {}).get("image")
    if running:
        return {"imageName": running}
    return {key: live_cluster["spec"][key] for key in ("imageName", "imageCatalogRef") if key in live_cluster["spec"]}


def _postgresql(section: Mapping[str, Any], *, reader: str) -> dict[str, Any]:
    retained = {key: section[key] for key in _RETAINED_OF_POSTGRESQL if key in section}
    libraries = [name for name in retained.pop("shared_preload_libraries", []) if name not in _WORKING]
    return {
        **retained,
        "parameters": {**retained.get("parameters", {}), **_QUIET},
        **({"shared_preload_libraries": libraries} if libraries else {}),
        "pg_hba": [
            *(f'hostssl all "{role}" all scram-sha-256' for role in ("postgres", reader)),
            "host all all all reject",
        ],
    }


def _volumes(spec: Mapping[str, Any], storage: Mapping[str, str]) -> dict[str, Any]:
    """The live server's volumes; a StorageClass of the check's is for all of them, a size for the data."""
    elsewhere = {key: value for key, value in storage.items() if key == "storageClass"}
    volumes: dict[str, Any] = {"storage": {**spec.get("storage", {}), **storage}}
    if "walStorage" in spec:
        volumes["walStorage"] = {**spec["walStorage"], **elsewhere}
    if "tablespaces" in spec:
        volumes["tablespaces"] = [
            {**tablespace, "storage": {**tablespace["storage"], **elsewhere}} for tablespace in spec["tablespaces"]
        ]
    return volumes
