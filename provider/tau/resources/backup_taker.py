"""Takes a base backup of a living Cluster now, waits for its end, and proves that the store has it."""

import asyncio
import datetime
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.desired import living_archive, naming
from tau.kinds import backup, cluster
from tau.kinds.manifest import merge, metadata
from tau.kubernetes_api import KubernetesApi
from tau.resources.archive_reader import ArchiveReader
from tau.resources.custom_resource import Operation
from tau.types.postgres import Store

_POLL_SECONDS = 1.0
_SECONDS_BETWEEN_LOOKS = 5.0
# The segment that a backup ends in may be archived a moment later.
_LOOKS = 6


@dataclass(frozen=True, kw_only=True)
class BackupTaker:
    """Takes backups by way of the Cluster's own plugin, and looks for them in `store` by way of `reader`."""

    api: KubernetesApi
    reader: ArchiveReader
    store: Store
    operation: Operation

    async def take(self, living: Mapping[str, Any]) -> str:
        """The ID of a base backup of a Cluster that archives; every failure is a ClusterError, and changes nothing."""
        name = await self._request(living)
        item = await self._ended(living["metadata"]["namespace"], name)
        identifier = str(item["status"].get("backupId"))
        use = living_archive.archiver(living)
        assert use, "a Cluster that archives nothing was to be backed up"
        await self._prove(use.server_name, identifier)
        self.operation.tell(f"base backup {identifier} of {use.server_name} is in the store")
        return identifier

    async def _request(self, living: Mapping[str, Any]) -> str:
        about = living["metadata"]
        when = datetime.datetime.now(datetime.UTC)
        name = f"{about['name']}-{when:%Y%m%d%H%M%S}"
        owner = {"apiVersion": cluster.API_VERSION, "kind": cluster.KIND, "name": about["name"], "uid": about["uid"]}
        known = metadata(name=name, namespace=about["namespace"], labels=naming.labels(about["name"]))
        wanted = backup.backup(merge(known, {"ownerReferences": [owner]}), cluster=about["name"])
        await self.api.create(backup.API_VERSION, backup.PLURAL, about["namespace"], wanted)
        return name

    async def _ended(self, namespace: str, name: str) -> Mapping[str, Any]:
        deadline, told = time.monotonic() + self.operation.seconds, ""
        while True:
            try:
                item = await self.api.get(backup.API_VERSION, backup.PLURAL, namespace, name)
                if item is None:
                    raise errors.ClusterError(f"Backup {namespace}/{name}: was deleted before it had ended")
                outcome, phase = backup.finished(item), backup.phase(item)
            except errors.Unreachable as away:
                item, outcome, phase = {}, None, str(away)
            if outcome:
                return item
            if phase != told:
                self.operation.tell(f"Backup {namespace}/{name}: {phase}")
            told = phase
            if outcome is False:
                raise errors.ClusterError(f"Backup {namespace}/{name}: {phase}")
            if time.monotonic() > deadline:
                raise errors.ClusterError(
                    f"Backup {namespace}/{name}: not complete after {self.operation.seconds:.0f} s: {phase}"
                )
            await self._pause(_POLL_SECONDS, f"Backup {namespace}/{name}")

    async def _prove(self, server_name: str, identifier: str) -> None:
        for _ in range(_LOOKS):
            report = await self.reader.report(self.store, (), server_name)
            listed = {one.backup_id for generation in report.generations for one in generation.restorable}
            if identifier in listed:
                return
            await self._pause(_SECONDS_BETWEEN_LOOKS, f"base backup {identifier}")
        raise errors.ClusterError(
            f"base backup {identifier} of {server_name} was made, but the store does not list it as one that can be "
            "restored; look at the store, and change `backup.store` and `version` one after the other"
        )

    async def _pause(self, seconds: float, about: str) -> None:
        try:
            await asyncio.wait_for(self.operation.cancelled.wait(), seconds)
        except TimeoutError:
            return
        raise errors.ClusterError(f"{about}: cancelled")
