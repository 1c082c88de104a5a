"""Keeps what a deletion leaves: puts the server to sleep, sees to it that all is removed in time, and takes it back."""

import asyncio
import datetime
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.desired import cleaner, kept, naming
from tau.desired.kept import Kept
from tau.kinds import cluster, cron_job, role, service_account
from tau.kinds.manifest import Manifest
from tau.kubernetes_api import KubernetesApi
from tau.resources import script_bundle
from tau.resources.custom_resource import Operation

_POLL_SECONDS = 1.0
_PROGRAM = script_bundle.LOADER, script_bundle.bundle("restore_check.api", "cleaner")


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """The objects of one Instance, and for whom they are kept."""

    api: KubernetesApi
    namespace: str
    instance: str
    owner: str
    image: str
    operation: Operation

    async def keep(self, living: Mapping[str, Any], everything: Sequence[Kept], seconds: int | None) -> None:
        """Keep all of it, for so many seconds or without an end; done again, it is what it was."""
        others = [one for one in everything if not one.is_cluster]
        (server,) = [one for one in everything if one.is_cluster]
        end = self._end(living, seconds)
        for one in others:
            await self._change(one, kept.mark(one, self.owner))
        await self._change(server, kept.mark_cluster(server, self.owner, others, end))
        if end is None:
            self.operation.note(f"{self._about} stays as it is, with {len(others)} objects around it")
            return
        await self._asleep()
        await self._make_cleaner([server, *others], end)
        self.operation.note(f"{self._about} hibernates and is kept until {end.isoformat()}, then deleted")

    async def take_back(self, living: Mapping[str, Any]) -> None:
        """Take all of it back, so that nobody deletes it any more, and wake the server up.

        It is woken up first: a cleaner that is at work in this very moment deletes no server that is awake.
        """
        if kept.until(living):
            await self.api.merge(cluster.API_VERSION, cluster.PLURAL, self.namespace, self.instance, kept.wake())
        await self.api.delete(cron_job.API_VERSION, cron_job.PLURAL, self.namespace, naming.cleaner(self.instance))
        for one in kept.recorded(living):
            await self._change(one, kept.unmark())
        server = Kept(api_version=cluster.API_VERSION, kind=cluster.KIND, name=self.instance)
        await self._change(server, kept.unmark_cluster())
        self.operation.note(f"{self._about} was kept, and is taken back with its data")

    @property
    def _about(self) -> str:
        return f"{self.namespace}/{self.instance}"

    def _end(self, living: Mapping[str, Any], seconds: int | None) -> datetime.datetime | None:
        if seconds is None:
            return None
        known = kept.until(living) if kept.owner(living) == self.owner else None
        return known or kept.end_after(datetime.datetime.now(datetime.UTC), seconds)

    async def _change(self, one: Kept, patch: Manifest) -> None:
        """Change an object, if it is there."""
        space = one.space(self.namespace)
        if await self.api.get(one.api_version, one.plural, space, one.name) is not None:
            await self.api.merge(one.api_version, one.plural, space, one.name, patch)

    async def _asleep(self) -> None:
        """Until the server has ended as it should, with its last log archived."""
        deadline = time.monotonic() + self.operation.seconds
        while True:
            living = await self.api.get(cluster.API_VERSION, cluster.PLURAL, self.namespace, self.instance)
            if living is None:
                raise errors.ClusterError(f"Cluster {self._about} was deleted while it was put to sleep")
            seen = cluster.condition_state(living, cluster.HIBERNATION)
            if seen.ready:
                return
            self.operation.tell(f"{self._about} is put to sleep: {seen.message}")
            if time.monotonic() > deadline:
                raise errors.ClusterError(
                    f"{self._about} does not hibernate after {self.operation.seconds:.0f} s: {seen.message}; "
                    "nothing is deleted, and nothing removes it yet: destroy again, or `up` to take it back"
                )
            try:
                await asyncio.wait_for(self.operation.cancelled.wait(), _POLL_SECONDS)
            except TimeoutError:
                continue
            raise errors.ClusterError(f"{self._about}: cancelled while it was put to sleep; `up` takes it back")

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
        there = await self.api.get(api_version, plural, self.namespace, wanted["metadata"]["name"])
        return there or await self.api.create(api_version, plural, self.namespace, wanted)
