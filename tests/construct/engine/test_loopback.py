"""Proxies of the environment: nothing on this machine is reached through one."""

import pathlib

import pytest

from tau.engine import loopback
from testbed.drive import fake_engine, fake_monitor, plugin
from testbed.drive.deployment import Deployment
from tests.construct.fake_kubernetes import FakeKubernetes

NOWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize("exceptions", [None, "internal.example"])
def test_engine_and_a_local_api_server_are_reached_beside_a_proxy(
    engine: fake_engine.FakeEngine,
    cluster: FakeKubernetes,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    exceptions: str | None,
) -> None:
    proxied = {name: NOWHERE for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "grpc_proxy", "all_proxy")}
    if exceptions:
        proxied["NO_PROXY"] = exceptions
    cluster.put_storage_classes("longhorn")
    with (
        engine.serving() as address,
        plugin.started(address, tmp_path, environment=proxied) as process,
        fake_monitor.FakeMonitor().serving() as monitor,
    ):
        process.configure()
        made = Deployment(process, monitor, config={"kubernetes:kubeconfig": cluster.kubeconfig})
        made.construct("Instance", "main", {})
        assert "main-cluster" in monitor.names
        assert cluster.requests, "the cluster was looked at"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "localhost,127.0.0.1,::1"),
        ({"NO_PROXY": "a.example, localhost"}, "a.example,localhost,127.0.0.1,::1"),
        ({"no_proxy": "b", "NO_PROXY": "a"}, "b,localhost,127.0.0.1,::1"),
        ({"no_proxy": "*"}, "*,localhost,127.0.0.1,::1"),
    ],
)
def test_what_the_environment_excepts_stays_excepted(given: dict[str, str], expected: str) -> None:
    environment = {"https_proxy": NOWHERE, **given}
    loopback.without_proxy(environment)
    assert environment == {"https_proxy": NOWHERE, "no_proxy": expected, "NO_PROXY": expected}
