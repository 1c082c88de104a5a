"""The schema that the plugin process answers with."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc

from tests.contract import go_modules


@contextlib.contextmanager
def served() -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """A plugin process as the language host starts it, without an engine behind."""
    command = [sys.executable, str(go_modules.ROOT), "127.0.0.1:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
                yield provider_pb2_grpc.ResourceProviderStub(channel)
        finally:
            process.terminate()


def test_it_is_the_file() -> None:
    with served() as plugin:
        answer = plugin.GetSchema(proto.GetSchemaRequest(), timeout=20)
        about = plugin.GetPluginInfo(empty_pb2.Empty(), timeout=20)
    assert answer.schema == (go_modules.ROOT / "schema.json").read_text()
    assert f'"version": "{about.version}"' in answer.schema
