"""Leads a live Cluster to its store: to another one, so that no WAL goes there under a name that is taken, or again.

At a move the Cluster gets its new archive generation before its ObjectStore gets the new store: the other way round
WAL would go to the new store under the former name for a moment. The kubernetes provider applies the same values
afterwards.
"""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau import errors, naming
from tau.archive import observed, observed_store
from tau.backup.sidecars import Sidecars
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import cluster, object_store, secret
from tau.resource import polling
from tau.resource.contract import Operation
from tau.store import s3
from tau.types.postgres import Store

# The plugin keeps ObjectStores and Secrets for 10 seconds (`DefaultTTLSeconds` in its `internal/client/client.go`).
_SECONDS_UNTIL_SEEN = 12.0
_REACHED_BY = ("endpoint", "region", "access_key_id", "secret_access_key", "ca_certificate")


@dataclass(frozen=True, kw_only=True)
class StoreMove:
    """One Cluster that is to archive to `used` as `server_name`; secrets are plain values."""

    api: KubernetesApi
    namespace: str
    instance: str
    used: Store
    server_name: str
    operation: Operation

    async def move(self, live_cluster: Mapping[str, Any]) -> None:
        """Move the Cluster, and wait until the backup plugin reads and writes the new store.

        Raises:
            errors.ClusterError: The API server refused a change, or the operation was cancelled.
        """
        use = object_store.archiver(live_cluster)
        if use is None or use.object_store != self.instance:
            # One that is taken over gets an ObjectStore of its own together with the new name.
            return
        plugins = observed.switched(live_cluster, self.server_name)
        await self._patch(cluster.KIND, live_cluster, {"spec": {"plugins": plugins}})
        store_object = await self.api.get(object_store.KIND, self.namespace, use.object_store)
        if store_object is None:
            return
        if observed.elsewhere(store_object, self.used) or not await self._is_known(use.object_store):
            await self._lead(live_cluster, store_object)

    async def follow(self, live_cluster: Mapping[str, Any]) -> None:
        """Let a Cluster reach the store that it archives to as that is reached now: by other keys, endpoint or CA.

        Without that its WAL would wait until the kubernetes provider changes the same, which comes after everything
        that needs the archive: a backup before an upgrade above all.
        """
        use = object_store.archiver(live_cluster)
        if use is None or use.object_store != self.instance:
            return
        store_object = await self.api.get(object_store.KIND, self.namespace, use.object_store)
        if store_object is not None and not await self._is_known(use.object_store):
            await self._lead(live_cluster, store_object)

    async def _is_known(self, name: str) -> bool:
        """Whether the Cluster reaches its store already, or nobody can tell how."""
        try:
            known = await observed_store.store(self.api, self.namespace, name)
        except errors.Unreachable:
            raise
        except errors.ClusterError:
            return True
        return all(getattr(known, attribute) == getattr(self.used, attribute) for attribute in _REACHED_BY)

    async def _lead(self, live_cluster: Mapping[str, Any], store_object: Mapping[str, Any]) -> None:
        """Change the keys and the ObjectStore, and wait until the plugin has both."""
        held = await self.api.get(secret.KIND, self.namespace, str(naming.store_keys(self.instance)))
        own_authority = self.used.ca_certificate is not None
        if own_authority and held is None:
            # Without a Secret to mount, the operator could not start a Pod; the kubernetes provider makes that first.
            return
        await self._keys(store_object)
        if own_authority and held is not None:
            await self._write(held, {object_store.CA_CERTIFICATE: self.used.ca_certificate})
        wanted = {
            "destinationPath": s3.destination(self.used),
            "endpointURL": self.used.endpoint,
            "endpointCA": object_store.authority(held["metadata"]["name"]) if own_authority and held else None,
        }
        change = {"spec": {"configuration": wanted}}
        await self._patch(object_store.KIND, store_object, change)
        await self._seen(live_cluster)

    async def _seen(self, live_cluster: Mapping[str, Any]) -> None:
        if cluster.state(live_cluster).ready:
            # A server that was not well before is not waited for.
            await Sidecars(
                api=self.api, namespace=self.namespace, instance=self.instance, operation=self.operation
            ).verify_by(self.used.ca_certificate)  # type: ignore[arg-type]
        self.operation.tell(f"waiting until the backup plugin has noticed the store of {self.server_name}")
        await polling.unless_cancelled(
            asyncio.sleep(_SECONDS_UNTIL_SEEN),
            self.operation,
            subject=f"Cluster {self.namespace}/{self.instance}",
            until="until its backup plugin has noticed the store",
        )

    async def _keys(self, store_object: Mapping[str, Any]) -> None:
        values = s3.secret_data(self.used)
        for where in observed.keys(store_object).values():
            held = await self.api.get(secret.KIND, self.namespace, where["name"])
            if held and where["key"] in values:
                await self._write(held, {where["key"]: values[where["key"]]})

    async def _write(self, held: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        data = {key: base64.b64encode(str(value).encode()).decode() for key, value in values.items()}
        await self._patch(secret.KIND, held, {"data": data})

    async def _patch(self, kind: Kind, item: Mapping[str, Any], change: Mapping[str, Any]) -> None:
        """Change an object without becoming the manager of what changes, which would be a conflict later."""
        metadata = item["metadata"]
        await self.api.merge(kind, self.namespace, metadata["name"], change)
        if metadata.get("managedFields"):
            retained = {"metadata": {"managedFields": metadata["managedFields"]}}
            await self.api.merge(kind, self.namespace, metadata["name"], retained)
