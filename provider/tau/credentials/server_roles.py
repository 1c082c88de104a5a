"""The roles of a live server: how long their passwords are valid, and what SQL says about them."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tau import errors, naming
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import database_role, secret
from tau.kubernetes.state import State
from tau.resource import polling, primary
from tau.resource.contract import Operation

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
        await self._insist(role, lambda: self._api.apply(database_role.KIND, body, database_role.OWNER))
        subject = f"DatabaseRole {self._namespace}/{name}"

        async def look() -> polling.Pending | None:
            seen = await self._insist(role, lambda: self._state(name))
            failure = errors.ClusterError(f"{subject}: {seen.message}") if seen.failed else None
            return None if seen.ready else polling.Pending(message=seen.message, failure=failure)

        await self._poll(look, subject, "until the server knows how long the password holds")

    async def run(self, database: str, *statements: str) -> None:
        """Run SQL as `postgres`, from within the Pod of the primary."""
        command = ["psql", "--no-psqlrc", "--username=postgres", f"--dbname={database}", "--set=ON_ERROR_STOP=1", "-q"]
        command += [f"--command={statement}" for statement in statements]
        await self._insist(database, lambda: self._on_primary(command))

    async def _state(self, name: str) -> State:
        role = await self._api.get(database_role.KIND, self._namespace, name)
        if role is None:
            raise errors.ClusterError(f"DatabaseRole {self._namespace}/{name} is gone")
        held = await self._api.get(secret.KIND, self._namespace, database_role.password_secret(role))
        return database_role.password_state(role, held)

    async def _on_primary(self, command: list[str]) -> None:
        await primary.run(self._api, self._namespace, self._instance, command)

    async def _insist(self, subject: str, attempt: Callable[[], Awaitable[T]]) -> T:
        """What an attempt gives, for as long as the failure may be one of the moment."""

        async def look() -> T | polling.Pending:
            try:
                return await attempt()
            except errors.ClusterError as failure:
                return polling.Pending(message=str(failure), failure=failure)

        return await self._poll(look, subject, "for an attempt that succeeds")

    async def _poll(self, look: Callable[[], Awaitable[T | polling.Pending]], subject: str, until: str) -> T:
        return await polling.poll(
            look,
            self._operation,
            subject=subject,
            until=until,
            every=_POLL_SECONDS,
            patience=_PATIENCE_SECONDS,
            seconds=self._deadline - time.monotonic(),
            late=lambda seen: errors.ClusterError(f"given up while waiting: {subject}: {seen.message}"),
        )
