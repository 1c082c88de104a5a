"""The SDK's calls of the engine without a thread for each.

The SDK makes them from threads, each of which stays with the engine for as long as the resource takes, minutes at
times. A third of a MiB went into each of up to 256 threads, and every further resource had to wait for one.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

import grpc

from tau.engine import sdk_internals

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


class _Asked(BaseException):
    """Carries a call of the engine out of the SDK's function; no `except` of it takes this for a failure."""

    def __init__(self, call: Callable[[], Awaitable[Any]]) -> None:
        self.call = call


class Stub:
    """Stands for a stub whose calls block: within one of a CallLoop's functions each is awaited instead."""

    def __init__(self, awaited: Any) -> None:
        self._awaited = awaited

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        return functools.partial(_asked, getattr(self._awaited, name))


class CallLoop(asyncio.SelectorEventLoop):
    """An event loop that runs the SDK's functions itself: up to their call of a Stub, and again once it is answered."""

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[_Ts]], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        """A future for what the function returns; functions of others get their thread."""
        if getattr(func, "__module__", "") != sdk_internals.WRAPPED_CALLS:
            return super().run_in_executor(executor, func, *args)
        return self.create_task(_called(functools.partial(func, *args)))


_answers: list[Any] = []
"""The answer for the function that runs at this very moment; nothing else runs in the meantime."""


def _asked(call: Callable[[Any], Awaitable[Any]], request: Any) -> Any:
    if not _answers:
        raise _Asked(functools.partial(call, request))
    answer = _answers.pop()
    if isinstance(answer, grpc.RpcError):
        raise answer
    return answer


async def _called(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except _Asked as asked:
        call = asked.call
    answer: Any
    try:
        answer = await call()
    except grpc.RpcError as refused:
        answer = refused
    _answers.append(answer)
    try:
        return function()
    finally:
        _answers.clear()
