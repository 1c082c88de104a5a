"""A FAKE of the engine's own service, to which plugins send what users are to see."""

import threading
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class FakeEngine(engine_pb2_grpc.EngineServicer):
    """Keeps every message until it is told to forget them."""

    def __init__(self) -> None:
        self._messages: list[engine_pb2.LogRequest] = []
        self._lock = threading.Lock()

    def Log(self, request: engine_pb2.LogRequest, context: Any) -> empty_pb2.Empty:
        with self._lock:
            self._messages.append(request)
        return empty_pb2.Empty()

    def messages_of(self, urn: str) -> list[str]:
        """Messages about one resource, in their order."""
        with self._lock:
            return [message.message for message in self._messages if message.urn == urn]

    def forget(self) -> None:
        """Drop every message, as resources of another test may have the same URN."""
        with self._lock:
            self._messages.clear()

    def everything(self) -> str:
        """All messages."""
        with self._lock:
            return "\n".join(message.message for message in self._messages)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address, for as long as it serves."""
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        engine_pb2_grpc.add_EngineServicer_to_server(self, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(None).wait()
