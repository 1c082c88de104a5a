"""The plugin's process: a gRPC server on a port of its own, until the engine ends it or is no more."""

import asyncio
import contextlib
import ctypes
import gc
import os
import sys
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from tau import errors
from tau.engine import loopback
from tau.engine.async_stub import CallLoop
from tau.plugin.servicer import Servicer

# A busy machine may take its time to answer; an engine that has died refuses at once and for good.
_SECONDS_OF_SILENCE = 15
# What a Construct makes lasts as long as it does. With Python's thresholds a third of the time would go into looking
# for what has ended among it.
_THRESHOLDS = (3_000, 10, 3)
# `mallopt` of glibc: with pools of memory for its threads, a process keeps far more than it uses.
_M_ARENA_MAX, _ARENAS = -8, 1


def _note(_loop: asyncio.AbstractEventLoop, details: dict[str, Any]) -> None:
    """One line about a failure that nobody waits for, such as a child's when its siblings have failed already.

    What an error says that is not tau's own may hold values of inputs.
    """
    failure = details.get("exception")
    shown = repr(failure) if isinstance(failure, errors.TauError | None) else type(failure).__name__
    print(f"{details['message']}: {shown}", file=sys.stderr)


async def _lost(engine_address: str) -> None:
    """Return once nothing listens at the engine's address any more: an engine that was killed interrupts nobody."""
    ready = grpc.ChannelConnectivity.READY
    async with grpc.aio.insecure_channel(engine_address, options=loopback.OPTIONS) as channel:
        answers = True
        while answers:
            # After half an hour without a call a channel rests; that alone says nothing.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(channel.channel_ready(), _SECONDS_OF_SILENCE)
            answers = channel.get_state() == ready
            while channel.get_state() == ready:
                await channel.wait_for_state_change(ready)


def _limit_memory_pools() -> None:
    """Have one pool of memory for all threads, where the C library is glibc."""
    if sys.platform != "linux":  # On Windows there is no library of that kind to ask for.
        return
    with contextlib.suppress(AttributeError, OSError):  # Other C libraries have no such function.
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


def main() -> None:
    """Serve until the engine ends the process or is no more; standard output gets the port, as it expects."""
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    if not addresses:
        sys.exit("pulumi-resource-tau is started by Pulumi; see README.md")

    loopback.without_proxy(os.environ)
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    _limit_memory_pools()

    async def serve() -> None:
        asyncio.get_running_loop().set_exception_handler(_note)
        listening = grpc.aio.server(options=loopback.OPTIONS)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(addresses[-1]), listening)
        port = listening.add_insecure_port("127.0.0.1:0")
        await listening.start()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        try:
            await _lost(addresses[-1])
        finally:
            await listening.stop(grace=None)

    # The engine interrupts its plugins when it is done with them.
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=CallLoop) as runner:
        runner.run(serve())
