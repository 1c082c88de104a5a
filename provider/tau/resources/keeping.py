"""Keeps what a deletion leaves: puts the server to sleep, sees to it that all is removed in time, and takes it back."""

import asyncio
import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.desired import cleaner, kept, naming
from tau.desired.kept import Kept
from tau.kinds import cluster, cron_job, role, service_account
from tau.kinds.manifest import Manifest
from tau.kinds.state import State
from tau.kubernetes_api import KubernetesApi
from tau.resources import script_bundle
from tau.resources.custom_resource import Operation

_POLL_SECONDS = 1.0
_PROGRAM = script_bundle.LOADER, script_bundle.bundle("tau.scripts.restore_check.api", "tau.scripts.cleaner")


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """The objects of one Instance, and for whom they are kept."""

    api: KubernetesApi
    namespace: str
    instance: str
    owner: str
    image: str
    operation: Operation

    async def keep(
        self, living: Mapping[str, Any], everything: Sequence[Kept], seconds: int | None, backup: str | None
    ) -> None:
        """Retain all of it, for so many seconds from now or without an end; `backup` is its final Backup.

        An attempt that fails or is cancelled leaves nothing of its own behind, and the server as it was.
        """
        others = [one for one in everything if not one.is_cluster]
        (server,) = [one for one in everything if one.is_cluster]
        end = None if seconds is None else kept.end_after(datetime.datetime.now(datetime.UTC), seconds)
        done_before = kept.final_backup(living, self.owner) is not None
        asleep_by_hand = cluster.hibernates(living) and not kept.delayed(living)
        try:
            await self._retain(server, others, end, backup)
        except errors.TauError as failure:
            if done_before:
                raise
            told = await self._undo(others, wake=not asleep_by_hand)
            raise errors.ClusterError(f"{failure}\n{told}") from failure

    async def _retain(
        self, server: Kept, others: Sequence[Kept], end: datetime.datetime | None, backup: str | None
    ) -> None:
        await self._change(server, kept.begin(self.owner, others, end))
        living: Mapping[str, Any] = {"metadata": {}} if end is None else await self._asleep()
        for one in others:
            await self._change(one, kept.mark(one, self.owner))
        await self._change(server, kept.settle(server, living, self.owner, backup))
        if end is None:
            self.operation.note(f"{self._about} stays as it is, with {len(others)} objects around it")
            return
        await self._make_cleaner([server, *others], end)
        self.operation.note(f"{self._about} hibernates and is kept until {end.isoformat()}, then deleted")

    async def _undo(self, others: Sequence[Kept], *, wake: bool) -> str:
        """Undo what an attempt has done so far, and say what came of it."""
        try:
            living = await self._living()
            if living is not None:
                await self._release(living, others, wake=wake and kept.delayed(living))
        except errors.TauError as failure:
            return f"Nothing was deleted. Run `pulumi up` to resume the server, since that failed just now: {failure}"
        return "Nothing was deleted, and the server goes on as before."

    async def take_back(self, living: Mapping[str, Any]) -> None:
        """Take all of it back, so that nobody deletes it any more, and wake the server up."""
        await self._release(living, kept.recorded(living), wake=kept.delayed(living))
        self.operation.note(f"{self._about} was kept, and is taken back with its data")

    async def resume(self, living: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take back what an interrupted deletion hibernates, and wait until the server runs; the Cluster then."""
        await self._release(living, kept.recorded(living), wake=True)
        return await self._until(_awake, "resume")

    async def _release(self, living: Mapping[str, Any], others: Sequence[Kept], *, wake: bool) -> None:
        # It is woken up first: a cleaner that is at work in this very moment deletes no server that is awake.
        if wake:
            await self.api.merge(cluster.API_VERSION, cluster.PLURAL, self.namespace, self.instance, kept.wake())
        await self.api.delete(cron_job.API_VERSION, cron_job.PLURAL, self.namespace, naming.cleaner(self.instance))
        for one in others:
            await self._change(one, kept.unmark())
        server = Kept(api_version=cluster.API_VERSION, kind=cluster.KIND, name=self.instance)
        await self._change(server, kept.unmark_cluster())

    @property
    def _about(self) -> str:
        return f"{self.namespace}/{self.instance}"

    async def _change(self, one: Kept, patch: Manifest) -> None:
        """Change an object, if it is there."""
        space = one.space(self.namespace)
        if await self.api.get(one.api_version, one.plural, space, one.name) is not None:
            await self.api.merge(one.api_version, one.plural, space, one.name, patch)

    async def _living(self) -> Mapping[str, Any] | None:
        return await self.api.get(cluster.API_VERSION, cluster.PLURAL, self.namespace, self.instance)

    async def _asleep(self) -> Mapping[str, Any]:
        """The Cluster, when its server has ended as it should, with its last WAL archived."""
        return await self._until(lambda item: cluster.condition_state(item, cluster.HIBERNATION), "hibernate")

    async def _until(self, look: Callable[[Mapping[str, Any]], State], what: str) -> Mapping[str, Any]:
        deadline = time.monotonic() + self.operation.seconds
        while True:
            living = await self._living()
            if living is None:
                raise errors.ClusterError(f"Cluster {self._about} was deleted while waiting for it to {what}")
            seen = look(living)
            if seen.ready:
                return living
            self.operation.tell(f"waiting for {self._about} to {what}: {seen.message}")
            if time.monotonic() > deadline:
                waited = f"{self.operation.seconds:.0f} s"
                raise errors.ClusterError(f"{self._about} did not {what} within {waited}: {seen.message}")
            try:
                await asyncio.wait_for(self.operation.cancelled.wait(), _POLL_SECONDS)
            except TimeoutError:
                continue
            raise errors.ClusterError(f"{self._about}: cancelled while waiting for it to {what}")

    async def _make_cleaner(self, everything: Sequence[Kept], end: datetime.datetime) -> None:
        wanted = cleaner.objects(
            *(self.namespace, self.instance, everything),
            owner=self.owner,
            end=end,
            image=self.image,
            program=_PROGRAM,
        )
        made = await self._ensure(cron_job.API_VERSION, cron_job.PLURAL, wanted.cron_job)
        await self._ensure("v1", service_account.PLURAL, cleaner.owned(wanted.account, made))
        await self._ensure(role.API_VERSION, role.PLURAL, cleaner.owned(wanted.role, made))
        await self._ensure(role.API_VERSION, role.BINDINGS, cleaner.owned(wanted.binding, made))

    async def _ensure(self, api_version: str, plural: str, wanted: Manifest) -> Mapping[str, Any]:
        """Make an object, or make what an earlier deletion left of it the same; as it is then."""
        name = str(wanted["metadata"]["name"])
        if await self.api.get(api_version, plural, self.namespace, name) is None:
            return await self.api.create(api_version, plural, self.namespace, wanted)
        await self.api.merge(api_version, plural, self.namespace, name, wanted)
        return await self.api.get(api_version, plural, self.namespace, name) or wanted


def _awake(item: Mapping[str, Any]) -> State:
    """Whether a Cluster that was woken up serves; what it says of itself may be from before."""
    if cluster.condition_state(item, cluster.HIBERNATION).ready:
        return State(ready=False, message="it still hibernates")
    return cluster.state(item)
