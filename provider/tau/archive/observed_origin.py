"""Whether a restored server is a clone: the one whose archive is restored may live on, wherever that is."""

import contextlib
import dataclasses
from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.archive import clone
from tau.archive.choice import Choice
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster, object_store
from tau.store import s3
from tau.types.postgres import Store


async def marked(api: KubernetesApi, origin: Store, choice: Choice, instance: str) -> Choice:
    """The choice, with what a clone must not do where it makes one."""
    server_name = choice.recovery["serverName"]
    if not clone.of_another(server_name, instance) and not await _archives(api, origin, server_name):
        return choice
    return dataclasses.replace(
        choice, recovery=clone.marked(choice.recovery), message=f"{choice.message}, {clone.MESSAGE}"
    )


async def _archives(api: KubernetesApi, origin: Store, server_name: str) -> bool:
    """Whether a Cluster archives to this generation of this store; False where it may not be looked for."""
    with contextlib.suppress(errors.ClusterError):
        for item in await api.items(cluster.KIND):
            use = object_store.archiver(item)
            if use and use.server_name == server_name and await _leads_to(api, origin, item, use.object_store):
                return True
    return False


async def _leads_to(api: KubernetesApi, origin: Store, item: Mapping[str, Any], name: str) -> bool:
    store_object = await api.get(object_store.KIND, item["metadata"]["namespace"], name)
    known = store_object["spec"]["configuration"] if store_object else {}
    place = s3.address(known.get("endpointURL")), str(known.get("destinationPath", "")).rstrip("/")
    return place == (s3.address(origin.endpoint), s3.destination(origin))
