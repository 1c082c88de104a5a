"""Retains what a deletion leaves: hibernates the server, schedules the removal of all of it, and resumes it."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau import errors, naming
from tau.cleanup import cleaner_objects
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import cluster, cron_job, rbac, service_account
from tau.kubernetes.manifest import Manifest
from tau.kubernetes.state import State
from tau.ownership import retention
from tau.ownership.retention import RetainedObject
from tau.resource import polling, script_bundle
from tau.resource.contract import Operation

_POLL_SECONDS = 1.0
_PROGRAM = script_bundle.LOADER, script_bundle.bundle("tau.resource.script.kubernetes", "tau.cleanup.script.cleaner")


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """The objects of one Instance, and the owner that they are retained for."""

    api: KubernetesApi
    namespace: str
    instance: str
    owner: str
    image: str
    operation: Operation

    async def keep(
        self,
        live_cluster: Mapping[str, Any],
        everything: Sequence[RetainedObject],
        seconds: int | None,
        backup: str | None,
    ) -> None:
        """Retain all of it, for so many seconds from now or without an end; `backup` is its final Backup.

        An attempt that fails or is cancelled leaves nothing of its own behind, and the server as it was.
        """
        others = [item for item in everything if not item.is_cluster]
        (server,) = [item for item in everything if item.is_cluster]
        end = None if seconds is None else retention.end_after(datetime.datetime.now(datetime.UTC), seconds)
        done_before = retention.final_backup(live_cluster, self.owner) is not None
        asleep_by_hand = cluster.hibernates(live_cluster) and not retention.delayed(live_cluster)
        try:
            await self._retain(server, others, end, backup)
        except errors.TauError as failure:
            if done_before:
                raise
            outcome = await self._undo(others, asleep_by_hand=asleep_by_hand)
            raise errors.ClusterError(f"{failure}\n{outcome}") from failure

    async def _retain(
        self,
        server: RetainedObject,
        others: Sequence[RetainedObject],
        end: datetime.datetime | None,
        backup: str | None,
    ) -> None:
        await self._change(server, retention.begin(self.owner, others, end))
        live_cluster: Mapping[str, Any] = {"metadata": {}} if end is None else await self._asleep()
        for item in others:
            await self._change(item, retention.mark(item, self.owner))
        await self._change(server, retention.settle(server, live_cluster, self.owner, backup))
        if end is None:
            self.operation.note(f"{self._subject} stays as it is, with {len(others)} objects around it")
            return
        await self._make_cleaner([server, *others], end)
        self.operation.note(f"{self._subject} hibernates and is retained until {end.isoformat()}, then deleted")

    async def _undo(self, others: Sequence[RetainedObject], *, asleep_by_hand: bool) -> str:
        """Undo what an attempt has done so far, and say what came of it."""
        try:
            live_cluster = await self._live_cluster()
            if live_cluster is not None:
                await self._release(others, wake=not asleep_by_hand and retention.delayed(live_cluster))
        except errors.TauError as failure:
            return (
                "Nothing was deleted. Run `pulumi up` to undo what the deletion has begun, and to resume the server "
                f"if it hibernates, since that failed just now: {failure}"
            )
        return f"Nothing was deleted, and the server {'hibernates as before' if asleep_by_hand else 'keeps running'}."

    async def take_back(self, live_cluster: Mapping[str, Any]) -> None:
        """Resume all of it: nothing deletes it any more, and the server runs."""
        await self._release(retention.recorded(live_cluster), wake=retention.delayed(live_cluster))
        self.operation.note(f"{self._subject} was retained, and is resumed with its data")

    async def resume(self, live_cluster: Mapping[str, Any]) -> Mapping[str, Any]:
        """Resume what an interrupted deletion hibernates, and wait until the server runs; returns the Cluster."""
        await self._release(retention.recorded(live_cluster), wake=True)
        return await self._until(_awake, "resume")

    async def _release(self, others: Sequence[RetainedObject], *, wake: bool) -> None:
        # It is resumed first: a cleaner that is running at this moment deletes no server that is not hibernated.
        if wake:
            await self.api.merge(cluster.KIND, self.namespace, self.instance, retention.wake())
        await self.api.delete(cron_job.KIND, self.namespace, naming.cleaner(self.instance))
        for item in others:
            await self._change(item, retention.unmark())
        server = RetainedObject(api_version=cluster.KIND.api_version, kind=cluster.KIND.kind, name=self.instance)
        await self._change(server, retention.unmark_cluster())

    @property
    def _subject(self) -> str:
        return f"{self.namespace}/{self.instance}"

    async def _change(self, item: RetainedObject, patch: Manifest) -> None:
        """Change an object, if it is there."""
        space = item.space(self.namespace)
        if await self.api.get(item.of, space, item.name) is not None:
            await self.api.merge(item.of, space, item.name, patch)

    async def _live_cluster(self) -> Mapping[str, Any] | None:
        return await self.api.get(cluster.KIND, self.namespace, self.instance)

    async def _asleep(self) -> Mapping[str, Any]:
        """The Cluster, when its server has ended as it should, with its last WAL archived."""
        return await self._until(lambda item: cluster.condition_state(item, cluster.HIBERNATION), "hibernate")

    async def _until(self, judge: Callable[[Mapping[str, Any]], State], what: str) -> Mapping[str, Any]:
        async def look() -> Mapping[str, Any] | polling.Pending:
            live_cluster = await self._live_cluster()
            if live_cluster is None:
                raise errors.ClusterError(f"Cluster {self._subject} was deleted while waiting for it to {what}")
            seen = judge(live_cluster)
            return live_cluster if seen.ready else polling.Pending(message=seen.message)

        within = f"{self._subject} did not {what} within {self.operation.seconds:.0f} s"
        return await polling.poll(
            look,
            self.operation,
            subject=self._subject,
            until=f"for it to {what}",
            every=_POLL_SECONDS,
            late=lambda seen: errors.ClusterError(f"{within}: {seen.message}"),
            tell=lambda message: self.operation.tell(f"waiting for {self._subject} to {what}: {message}"),
        )

    async def _make_cleaner(self, everything: Sequence[RetainedObject], end: datetime.datetime) -> None:
        wanted = cleaner_objects.objects(
            *(self.namespace, self.instance, everything),
            owner=self.owner,
            end=end,
            image=self.image,
            program=_PROGRAM,
        )
        made = await self._ensure(cron_job.KIND, wanted.cron_job)
        await self._ensure(service_account.KIND, cleaner_objects.owned(wanted.account, made))
        await self._ensure(rbac.KIND, cleaner_objects.owned(wanted.role, made))
        await self._ensure(rbac.BINDING, cleaner_objects.owned(wanted.binding, made))

    async def _ensure(self, kind: Kind, wanted: Manifest) -> Mapping[str, Any]:
        """Make an object, or make what an earlier deletion left of it the same; as it is then."""
        name = str(wanted["metadata"]["name"])
        if await self.api.get(kind, self.namespace, name) is None:
            return await self.api.create(kind, self.namespace, wanted)
        await self.api.merge(kind, self.namespace, name, wanted)
        return await self.api.get(kind, self.namespace, name) or wanted


def _awake(item: Mapping[str, Any]) -> State:
    """Whether a resumed Cluster serves; its own status may be from before."""
    if cluster.condition_state(item, cluster.HIBERNATION).ready:
        return State(ready=False, message="it still hibernates")
    return cluster.state(item)
