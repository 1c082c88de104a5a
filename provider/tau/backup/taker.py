"""A backup before what cannot be undone: made, waited for, and found in the store as the servers see it.

It is taken from the primary, and counts once the store has the WAL up to where the primary was after it: a row that was
confirmed before that can be restored, even if a replica was promoted in the meantime.
"""

import math
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from tau import errors
from tau.archive import observed_store
from tau.archive.generations import BaseBackup
from tau.archive.reader import ArchiveReader
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import backup, cluster, object_store
from tau.kubernetes.manifest import Manifest
from tau.resource import polling, primary
from tau.resource.contract import Operation
from tau.types.postgres import Store
from tau.values import wal_position

_POLL_SECONDS = 1.0
_SECONDS_TO_BEGIN = 120
_SECONDS_TO_SWITCH = 120
_SECONDS_BETWEEN_LOOKS = 5.0

T = TypeVar("T")
# A designated primary of a replica cluster writes no WAL of its own, and so has none to switch.
_SWITCH = (
    "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN '0/0'::pg_catalog.pg_lsn ELSE pg_catalog.pg_switch_wal() END"
)


@dataclass(frozen=True)
class Archive:
    """Where one Cluster archives to."""

    store: Store
    server_name: str


@dataclass(frozen=True, kw_only=True)
class BackupTaker:
    """Takes backups of one Cluster by way of its own plugin; the time-out of `operation` is that of one of them."""

    api: KubernetesApi
    namespace: str
    instance: str
    image: str
    operation: Operation

    async def take(self, live_cluster: Mapping[str, Any], metadata: Manifest) -> str:
        """Take one of this Cluster, as the Backup with this metadata; what was taken, in one sentence."""
        if cluster.hibernates(live_cluster):
            raise errors.ClusterError(
                "it hibernates, and a server that does not run cannot be backed up; resume it first: "
                f"kubectl annotate cluster {self.instance} --namespace {self.namespace} {cluster.HIBERNATION}-"
            )
        deadline = time.monotonic() + self.operation.seconds
        archive = await self._archive(live_cluster)
        self.operation.tell(f"{self._subject}: looking into the store")
        await self._reader().report(archive.store, (), archive.server_name)
        done = await self._complete(await self._begin(metadata), deadline)
        position = await self._switched(deadline)
        base_backup = await self._listed(archive, backup.backup_id(done), position, deadline)
        name = done["metadata"]["name"]
        return f"{self._subject}: Backup {name} is in the store as {base_backup.backup_id} of {archive.server_name}"

    @property
    def _subject(self) -> str:
        return f"{self.namespace}/{self.instance}"

    def _reader(self) -> ArchiveReader:
        return ArchiveReader(
            api=self.api,
            namespace=self.namespace,
            name=self.instance,
            image=self.image,
            operation=self.operation,
        )

    async def _archive(self, live_cluster: Mapping[str, Any]) -> Archive:
        use = object_store.archiver(live_cluster)
        if use is None:
            raise errors.ClusterError("its Cluster no longer archives; its `plugins` were changed")
        return Archive(await observed_store.store(self.api, self.namespace, use.object_store), use.server_name)

    async def _begin(self, metadata: Manifest) -> str:
        name = str(metadata["name"])
        wanted = backup.backup(metadata, cluster=self.instance, target=backup.PRIMARY)
        await self.api.create(backup.KIND, self.namespace, wanted)
        self.operation.tell(f"{self._subject}: Backup {name} begins")
        return name

    async def _complete(self, name: str, deadline: float) -> Mapping[str, Any]:
        subject, began = f"Backup {name}", time.monotonic()

        async def look() -> Mapping[str, Any] | polling.Pending:
            item = await self._patiently(lambda: self._get(name), deadline)
            seen = backup.state(item)
            if not (seen.ready or seen.failed or backup.begun(item)) and time.monotonic() - began > _SECONDS_TO_BEGIN:
                raise errors.ClusterError(
                    f"{subject} did not start within {_SECONDS_TO_BEGIN} s ({seen.message}); "
                    "check that the server and the operator run"
                )
            failure = errors.ClusterError(f"{subject}: {seen.message}") if seen.failed else None
            return item if seen.ready else polling.Pending(message=seen.message, failure=failure)

        return await self._poll(
            look,
            subject,
            "until it is complete",
            deadline,
            late=lambda seen: errors.ClusterError(f"{subject}: not complete in time: {seen.message}"),
            tell=lambda message: self.operation.tell(f"{self._subject}: {subject}: {message}"),
        )

    async def _get(self, name: str) -> Mapping[str, Any]:
        live_backup = await self.api.get(backup.KIND, self.namespace, name)
        if live_backup is None:
            raise errors.ClusterError(f"Backup {name} was deleted before it was complete")
        return live_backup

    async def _switched(self, deadline: float) -> int:
        """Where the primary is after the backup; a new one may just be taking over."""

        async def look() -> int | polling.Pending:
            try:
                return await _switch_wal(self.api, self.namespace, self.instance)
            except errors.ClusterError as failure:
                return polling.Pending(message=str(failure))

        return await self._poll(
            look,
            self._subject,
            "until the primary archives the WAL that it has written",
            min(deadline, time.monotonic() + _SECONDS_TO_SWITCH),
            late=lambda seen: errors.ClusterError(
                f"the primary could not be asked to archive the WAL that it has written: {seen.message}"
            ),
            tell=lambda message: self.operation.tell(f"{self._subject}: {message}"),
        )

    async def _listed(self, archive: Archive, backup_id: str, position: int, deadline: float) -> BaseBackup:
        """The base backup as the store has it; WAL of its own time, and up to a position, may come a moment later."""

        async def look() -> BaseBackup | polling.Pending:
            self.operation.tell(f"{self._subject}: looking for {backup_id} in the store")
            report = await self._patiently(
                lambda: self._reader().report(archive.store, (), archive.server_name), deadline
            )
            listed = [backup for generation in report.generations for backup in generation.backups]
            base_backup = next((backup for backup in listed if backup.backup_id == backup_id), None)
            problem = _problem(base_backup, position)
            return base_backup if base_backup and not problem else polling.Pending(message=problem)

        return await self._poll(
            look,
            self._subject,
            f"until the store has {backup_id}",
            deadline,
            late=lambda seen: errors.ClusterError(f"backup {backup_id} completed, but {seen.message}"),
            every=_SECONDS_BETWEEN_LOOKS,
        )

    async def _patiently(self, ask: Callable[[], Coroutine[Any, Any, T]], deadline: float) -> T:
        """An answer; an API server that is away for a moment is asked again."""

        async def look() -> T | polling.Pending:
            try:
                return await ask()
            except errors.Unreachable as away:
                return polling.Pending(message=str(away), failure=away)

        def late(seen: polling.Pending) -> errors.ClusterError:
            assert seen.failure
            return seen.failure

        return await self._poll(
            look,
            self._subject,
            "until Kubernetes answers",
            deadline,
            patience=math.inf,
            late=late,
            tell=self.operation.tell,
        )

    async def _poll(
        self,
        look: Callable[[], Awaitable[T | polling.Pending]],
        subject: str,
        until: str,
        deadline: float,
        *,
        late: Callable[[polling.Pending], errors.ClusterError],
        tell: Callable[[str], None] | None = None,
        every: float | None = None,
        patience: float = 0.0,
    ) -> T:
        return await polling.poll(
            look,
            self.operation,
            subject=subject,
            until=until,
            every=_POLL_SECONDS if every is None else every,
            patience=patience,
            seconds=deadline - time.monotonic(),
            late=late,
            tell=tell,
        )


def _problem(base_backup: BaseBackup | None, position: int) -> str:
    """Why a base backup does not hold all that was written before a position; empty where it does."""
    if base_backup is None:
        return "the store does not list it"
    if not base_backup.restorable:
        return base_backup.problem
    if base_backup.log_end < position:
        return (
            f"the WAL up to {wal_position.shown(position)}, where the primary was after it, has not reached the store: "
            f"{base_backup.wal_stop}"
        )
    return ""


async def _switch_wal(api: KubernetesApi, namespace: str, instance: str) -> int:
    """End the primary's current WAL segment, so that it is archived at once; the LSN before which all rows are."""
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c", _SWITCH]
    answer = (await primary.run(api, namespace, instance, command)).strip()
    position = wal_position.parse(answer)
    if position is None:
        raise errors.ClusterError(f"the primary of {namespace}/{instance} answers {answer[:100]!r} instead of an LSN")
    return position
