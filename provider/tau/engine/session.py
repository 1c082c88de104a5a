"""The engine as the SDK sees it during a Construct, without the SDK's support for debugging a program.

Measured (docs/benchmarks.md): of a hundred applications, a quarter of the time went into messages that the engine
throws away, each waited for, and a twentieth into stack traces of this plugin, which say nothing to its user.
"""

import asyncio
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc

from tau import errors
from tau.engine import async_stub, loopback, sdk_internals

_GET_RESOURCE = "pulumi:pulumi:getResource"

# Where in the plugin a child is registered; the state would keep it as the place in the user's program.
sdk_internals.leave_out_stack_traces()


class Engine:
    """The connections of one plugin: to the engine, and to the monitor of each deployment."""

    def __init__(self, address: str) -> None:
        self._log = _Log(address)
        self._monitors: dict[str, async_stub.Stub] = {}
        self._calls: dict[str, Any] = {}
        self._features: dict[str, set[int]] = {}
        channel = grpc.aio.insecure_channel(address, options=loopback.OPTIONS)
        self._progress = engine_pb2_grpc.EngineStub(channel)
        self._telling: set[asyncio.Task[None]] = set()

    async def enter(self, request: proto.ConstructRequest) -> None:
        """Make the SDK's settings, which are this task's own, those of the deployment that asks."""
        address = request.monitorEndpoint
        if address not in self._monitors:
            channel = grpc.aio.insecure_channel(address, options=loopback.OPTIONS)
            self._calls[address] = resource_pb2_grpc.ResourceMonitorStub(channel)
            self._monitors[address] = async_stub.Stub(self._calls[address])
        known = self._features.get(address)
        self._features[address] = await sdk_internals.enter(request, self._log, self._monitors[address], known)

    async def outputs_of(self, address: str, urn: str) -> struct_pb2.Struct:
        """What a resource has that is registered already in the deployment of this monitor; a provider has its inputs.

        https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/builtins.go is where the engine answers.
        """
        request = resource_pb2.ResourceInvokeRequest(tok=_GET_RESOURCE, acceptResources=True)
        request.args.update({"urn": urn})
        try:
            response = await self._calls[address].Invoke(request)
        except grpc.RpcError as refused:
            raise errors.TauError(f"the configuration of {urn} cannot be read: {refused.details()}") from refused
        outputs: struct_pb2.Struct = getattr(response, "return").fields["state"].struct_value  # A keyword of Python.
        return outputs

    def forget(self) -> None:
        """Another deployment begins, which may have the address of one before it."""
        self._monitors.clear()
        self._calls.clear()
        self._features.clear()

    def tell(self, urn: str, message: str) -> None:
        """Show progress of a resource."""
        self._send(engine_pb2.LogRequest(severity=engine_pb2.INFO, message=message, urn=urn, ephemeral=True))

    def note(self, urn: str, message: str) -> None:
        """Tell what is still to be read when all is over."""
        self._send(engine_pb2.LogRequest(severity=engine_pb2.INFO, message=message, urn=urn))

    def warn(self, urn: str, message: str) -> None:
        """Tell what the user should do something about, and what is still to be read when all is over."""
        self._send(engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message, urn=urn))

    def debug(self, urn: str, message: str) -> None:
        """Tell who looks for a fault of tau, and asks the CLI for its debug log."""
        self._send(engine_pb2.LogRequest(severity=engine_pb2.DEBUG, message=message, urn=urn))

    def _send(self, request: engine_pb2.LogRequest) -> None:
        async def send() -> None:
            await self._progress.Log(request)

        task = asyncio.ensure_future(send())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


class _Log:
    """The engine's log for the SDK, which waits for each of its messages and has a dozen for a resource."""

    def __init__(self, address: str) -> None:
        channel = grpc.insecure_channel(address, options=loopback.OPTIONS)
        self._engine = engine_pb2_grpc.EngineStub(channel)

    def Log(self, request: engine_pb2.LogRequest) -> Any:
        """Pass on what a user is to see."""
        if request.severity != engine_pb2.DEBUG:
            return self._engine.Log(request)
        return None
