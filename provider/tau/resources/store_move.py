"""Moves a live Cluster to another store, so that no WAL goes there under a name that is taken.

The Cluster gets its new archive generation before its ObjectStore gets the new store: the other way round WAL would go
to the new store under the former name for a moment. The kubernetes provider applies the same values afterwards.
"""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau.desired import living_archive
from tau.desired import store as stores
from tau.kinds import cluster, object_store, secret
from tau.kinds.kind import Kind
from tau.kubernetes_api import KubernetesApi
from tau.resources import polling
from tau.resources.custom_resource import Operation
from tau.types.postgres import Store

# The plugin keeps ObjectStores and Secrets for 10 seconds (`DefaultTTLSeconds` in its `internal/client/client.go`).
_SECONDS_UNTIL_SEEN = 12.0


@dataclass(frozen=True, kw_only=True)
class StoreMove:
    """One Cluster that is to archive to `used` as `server_name`; secrets are plain values."""

    api: KubernetesApi
    namespace: str
    instance: str
    used: Store
    server_name: str
    operation: Operation

    async def move(self, living: Mapping[str, Any]) -> None:
        """Move the Cluster, and wait until the backup plugin reads and writes the new store.

        Raises:
            errors.ClusterError: The API server refused a change, or the operation was cancelled.
        """
        use = living_archive.archiver(living)
        if use is None or use.object_store != self.instance:
            # One that is taken over gets an ObjectStore of its own together with the new name.
            return
        plugins = living_archive.switched(living, self.server_name)
        await self._patch(cluster.KIND, living, {"spec": {"plugins": plugins}})
        found = await self.api.get(object_store.KIND, self.namespace, use.object_store)
        if found is None or not living_archive.elsewhere(found, self.used):
            return
        await self._keys(found)
        configuration = {"destinationPath": stores.destination(self.used), "endpointURL": self.used.endpoint}
        change = {"spec": {"configuration": configuration}}
        await self._patch(object_store.KIND, found, change)
        self.operation.tell(f"waiting until the backup plugin has noticed the new store of {self.server_name}")
        await polling.unless_cancelled(
            asyncio.sleep(_SECONDS_UNTIL_SEEN),
            self.operation,
            about=f"Cluster {self.namespace}/{self.instance}",
            until="until its backup plugin has noticed the new store",
        )

    async def _keys(self, found: Mapping[str, Any]) -> None:
        values = stores.secret_data(self.used)
        for where in living_archive.keys(found).values():
            held = await self.api.get(secret.KIND, self.namespace, where["name"])
            if held and where["key"] in values:
                data = {where["key"]: base64.b64encode(str(values[where["key"]]).encode()).decode()}
                await self._patch(secret.KIND, held, {"data": data})

    async def _patch(self, kind: Kind, item: Mapping[str, Any], change: Mapping[str, Any]) -> None:
        """Change an object without becoming the manager of what changes, which would be a conflict later."""
        about = item["metadata"]
        await self.api.merge(kind, self.namespace, about["name"], change)
        if about.get("managedFields"):
            kept = {"metadata": {"managedFields": about["managedFields"]}}
            await self.api.merge(kind, self.namespace, about["name"], kept)
