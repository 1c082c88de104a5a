"""The store that a live Instance archives to, read from its objects in the cluster, and its image."""

from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.archive import observed
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster, object_store, pod, secret, sidecar_log
from tau.types.postgres import Store


async def store(api: KubernetesApi, namespace: str, name: str) -> Store:
    """The Store that an ObjectStore stands for, with its keys as plain values."""
    store_object = await api.get(object_store.KIND, namespace, name)
    if store_object is None:
        raise errors.ClusterError(f"the Instance archives to ObjectStore {namespace}/{name}, which does not exist")
    secrets: dict[str, Mapping[str, Any]] = {}
    for where in filter(None, [*observed.keys(store_object).values(), observed.authority(store_object)]):
        held = secrets.get(where["name"]) or await api.get(secret.KIND, namespace, where["name"])
        if held is None:
            raise errors.ClusterError(
                f"ObjectStore {namespace}/{name} needs Secret {where['name']}, which does not exist"
            )
        secrets[where["name"]] = held
    return observed.store(store_object, secrets)


async def image(api: KubernetesApi, namespace: str, name: str) -> str:
    """The sidecar's image as the Instance runs it, which may come from a mirror."""
    pods = await api.items(pod.KIND, namespace, {cluster.LABEL: name})
    containers = [
        container
        for item in pods
        for container in [*item["spec"].get("initContainers", []), *item["spec"].get("containers", [])]
    ]
    images = [str(container["image"]) for container in containers if container["name"] == sidecar_log.CONTAINER]
    return images[0] if images else object_store.SIDECAR_IMAGE
