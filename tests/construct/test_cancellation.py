"""A cancelled update ends every wait; the plugin that was cancelled is not used again."""

import pathlib
import time

import grpc
import pytest
from google.protobuf import empty_pb2

from testbed.drive import fake_engine, plugin
from tests.construct.fake_kubernetes import FakeKubernetes
from tests.construct.waiting import Waiting


def test_cancelling_ends_a_wait_with_the_last_words(
    engine: fake_engine.FakeEngine, cluster: FakeKubernetes, tmp_path: pathlib.Path
) -> None:
    cluster.put_cluster("main", spec={"instances": 1}, phase="Setting up primary")
    with engine.serving() as address, plugin.started(address, tmp_path) as process:
        waiting = Waiting(process, cluster, "Cluster", "main")
        call = waiting.begin()
        while not cluster.requests:
            time.sleep(0.05)
        process.calls.Cancel(empty_pb2.Empty(), timeout=5)
        with pytest.raises(grpc.RpcError) as ended:
            call.result(timeout=5)
        told = str(ended.value.details())
        assert "Cluster default/main: cancelled after " in told
        assert "while waiting until it is ready: Setting up primary" in told
