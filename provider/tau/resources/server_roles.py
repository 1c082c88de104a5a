"""The roles of a live server: how long their passwords are valid, and what SQL says about them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tau import errors
from tau.desired import naming
from tau.kinds import database_role, secret
from tau.kinds.state import State
from tau.kubernetes_api import KubernetesApi
from tau.resources import primary
from tau.resources.custom_resource import Operation

_POLL_SECONDS = 0.5
# The operator tries again after half a minute what failed once.
_PATIENCE_SECONDS = 75.0

T = TypeVar("T")


class ServerRoles:
    """The roles of one instance, within one operation."""

    def __init__(self, api: KubernetesApi, namespace: str, instance: str, operation: Operation) -> None:
        self._api, self._namespace, self._instance, self._operation = api, namespace, instance, operation
        self._deadline = time.monotonic() + operation.seconds

    async def hold(self, role: str, *, until: str | None) -> None:
        """Let the password of a role hold until a moment, or without end, and wait until the server knows."""
        name = str(naming.role_object(self._instance, role))
        body = database_role.valid_until(name, self._namespace, until)
        plural = database_role.PLURAL
        await self._insist(role, lambda: self._api.apply(database_role.API_VERSION, plural, body, database_role.OWNER))
        failing_since: float | None = None
        while True:
            seen = await self._insist(role, lambda: self._state(name))
            if seen.ready:
                return
            failing_since = (failing_since or time.monotonic()) if seen.failed else None
            if failing_since and time.monotonic() - failing_since > _PATIENCE_SECONDS:
                raise errors.ClusterError(f"DatabaseRole {self._namespace}/{name}: {seen.message}")
            await self._pause(f"DatabaseRole {self._namespace}/{name}: {seen.message}")

    async def run(self, database: str, *statements: str) -> None:
        """Run SQL as `postgres`, from within the Pod of the primary."""
        command = ["psql", "--no-psqlrc", "--username=postgres", f"--dbname={database}", "--set=ON_ERROR_STOP=1", "-q"]
        command += [f"--command={statement}" for statement in statements]
        await self._insist(database, lambda: self._on_primary(command))

    async def _state(self, name: str) -> State:
        role = await self._api.get(database_role.API_VERSION, database_role.PLURAL, self._namespace, name)
        if role is None:
            raise errors.ClusterError(f"DatabaseRole {self._namespace}/{name} is gone")
        held = await self._api.get("v1", secret.PLURAL, self._namespace, database_role.password_secret(role))
        return database_role.password_state(role, held)

    async def _on_primary(self, command: list[str]) -> None:
        await primary.run(self._api, self._namespace, self._instance, command)

    async def _insist(self, about: str, attempt: Callable[[], Awaitable[T]]) -> T:
        """What an attempt gives, for as long as the failure may be one of the moment."""
        started = time.monotonic()
        while True:
            try:
                return await attempt()
            except errors.ClusterError as failure:
                if time.monotonic() - started > _PATIENCE_SECONDS:
                    raise
                await self._pause(f"{about}: {failure}")

    async def _pause(self, message: str) -> None:
        if self._operation.cancelled.is_set() or time.monotonic() > self._deadline:
            raise errors.ClusterError(f"given up while waiting: {message}")
        await asyncio.sleep(_POLL_SECONDS)
