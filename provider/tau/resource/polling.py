"""Waits within an operation: looks again and again, and ends when the operation is cancelled."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from tau import errors
from tau.resource.contract import Operation

_SLOWER = 1.5
"""By which factor looks get rarer, where the first ones follow each other faster."""

T = TypeVar("T")


class Cancelled(errors.ClusterError):
    """The operation was cancelled while it waited."""


@dataclass(frozen=True, kw_only=True)
class Pending:
    """What one look shows that does not end the wait.

    `message` says why, and is empty where there is nothing to tell. `failure` is raised once looks have shown one for
    the patience of the wait. With `nearly` a few more looks are due, even if time is up.
    """

    message: str = ""
    failure: errors.ClusterError | None = None
    nearly: bool = False


async def poll(
    look: Callable[[], Awaitable[T | Pending]],
    operation: Operation,
    *,
    subject: str,
    until: str,
    every: float,
    late: Callable[[Pending], errors.ClusterError],
    patience: float = 0.0,
    first: float | None = None,
    seconds: float | None = None,
    tell: Callable[[str], None] | None = None,
) -> T:
    """What the first look shows that is not Pending; a look follows the last one after `every` seconds.

    `subject` and `until` name what is waited for ("Cluster apps/main", "until it is ready"). A failure may last for
    `patience` seconds, and ends the wait at once by default. After `seconds`, by default those of the operation, `late`
    says what is wrong. With `first` the first pause is so short, and the next ones get longer. `tell` shows a message
    that is another than the one before.

    Raises:
        Cancelled: The operation was cancelled.
        errors.ClusterError: A failure lasted, or time is up.
    """
    began, message, failing_since = time.monotonic(), "", None
    ends = began + (operation.seconds if seconds is None else seconds)
    pause = every if first is None else first
    while isinstance(seen := await look(), Pending):
        if tell and seen.message and seen.message != message:
            tell(seen.message)
        message, now = seen.message, time.monotonic()
        failing_since = (failing_since or now) if seen.failure else None
        if seen.failure and failing_since and now - failing_since >= patience:
            raise seen.failure
        if now > ends and not seen.nearly:
            raise late(seen)
        waiting = f"{until}{f': {message}' if message else ''}"
        await unless_cancelled(asyncio.sleep(pause), operation, subject=subject, until=waiting, began=began)
        pause = min(pause * _SLOWER, every)
    return seen


async def unless_cancelled(
    doing: Coroutine[Any, Any, T], operation: Operation, *, subject: str, until: str, began: float | None = None
) -> T:
    """What a coroutine returns, which is ended where the operation is cancelled; `began` is when the wait did.

    Raises:
        Cancelled: The operation was cancelled.
    """
    began = time.monotonic() if began is None else began
    running, ending = asyncio.ensure_future(doing), asyncio.ensure_future(operation.cancelled.wait())
    try:
        await asyncio.wait((running, ending), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            return running.result()
    finally:
        running.cancel()
        ending.cancel()
    raise Cancelled(
        f"{subject}: cancelled after {time.monotonic() - began:.0f} s while waiting {until}; "
        "run the same command again to continue"
    )
