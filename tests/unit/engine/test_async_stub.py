"""`tau.engine.async_stub`: functions of the SDK run on the event loop, and what they ask of the engine is awaited."""

import asyncio
import contextvars
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

import grpc
import pytest
from pulumi.runtime import _context

from tau.engine import async_stub

_wrapped: Any = _context.wrap_with_context


class Monitor:
    """A FAKE of an awaited stub: answers once it is `released`, or refuses."""

    def __init__(self, refused: Exception | None = None) -> None:
        self.asked: list[Any] = []
        self.released = asyncio.Event()
        self._refused = refused

    async def RegisterResource(self, request: Any) -> str:
        self.asked.append(request)
        await self.released.wait()
        if self._refused:
            raise self._refused
        return f"made {request}"


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=async_stub.CallLoop) as made:
        yield made


def _registering(stub: Any, request: str) -> Any:
    """As the SDK does it."""

    def do_rpc_call() -> str:
        try:
            return f"{stub.RegisterResource(request)} in {threading.current_thread().name}"
        except grpc.RpcError as failure:
            raise RuntimeError("translated") from failure

    return asyncio.get_running_loop().run_in_executor(None, _wrapped(do_rpc_call))


def test_hundreds_wait_for_the_engine_at_once_and_none_in_a_thread(runner: asyncio.Runner) -> None:
    async def scenario() -> list[str]:
        monitor = Monitor()
        begun = [_registering(async_stub.Stub(monitor), str(number)) for number in range(500)]
        while len(monitor.asked) < 500:
            await asyncio.sleep(0)
        assert threading.active_count() == before
        monitor.released.set()
        return list(await asyncio.gather(*begun))

    before = threading.active_count()
    assert runner.run(scenario()) == [f"made {number} in MainThread" for number in range(500)]


def test_the_sdk_translates_what_the_engine_refuses(runner: asyncio.Runner) -> None:
    async def scenario() -> None:
        monitor = Monitor(grpc.RpcError())
        monitor.released.set()
        with pytest.raises(RuntimeError, match="translated"):
            await _registering(async_stub.Stub(monitor), "a")

    runner.run(scenario())


def test_a_call_that_is_cancelled_leaves_the_next_ones_alone(runner: asyncio.Runner) -> None:
    async def scenario() -> str:
        monitor = Monitor()
        given_up = _registering(async_stub.Stub(monitor), "a")
        await asyncio.sleep(0)
        given_up.cancel()
        monitor.released.set()
        return str(await _registering(async_stub.Stub(monitor), "b"))

    assert runner.run(scenario()) == "made b in MainThread"


def test_a_function_of_the_sdk_that_asks_nothing_returns_what_it_returns(runner: asyncio.Runner) -> None:
    async def scenario() -> Any:
        known = contextvars.ContextVar("known", default=0)
        known.set(7)
        return await asyncio.get_running_loop().run_in_executor(None, _wrapped(known.get))

    assert runner.run(scenario()) == 7


def test_what_others_run_has_a_thread_of_its_own(runner: asyncio.Runner) -> None:
    def scenario() -> Coroutine[Any, Any, Any]:
        return asyncio.to_thread(threading.current_thread)

    assert runner.run(scenario()) is not threading.main_thread()
