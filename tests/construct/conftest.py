"""One plugin for a whole run; each test has a deployment, a preview and a cluster of its own."""

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from testbed.drive import fake_engine, fake_monitor, plugin
from testbed.drive.deployment import Deployment
from tests.construct import fake_kubernetes


@pytest.fixture(scope="session")
def engine() -> fake_engine.FakeEngine:
    return fake_engine.FakeEngine()


@pytest.fixture(scope="session")
def running(engine: fake_engine.FakeEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[plugin.Plugin]:
    """Started once; tests take `tau`, which has its configuration reset."""
    with engine.serving() as address, plugin.started(address, tmp_path_factory.mktemp("plugin")) as process:
        yield process


@pytest.fixture
def tau(running: plugin.Plugin, engine: fake_engine.FakeEngine) -> plugin.Plugin:
    running.configure()
    engine.forget()
    return running


@pytest.fixture
def deployment(tau: plugin.Plugin) -> Iterator[Deployment]:
    with fake_monitor.FakeMonitor().serving() as monitor:
        yield Deployment(plugin=tau, monitor=monitor)


@pytest.fixture
def preview(tau: plugin.Plugin) -> Iterator[Deployment]:
    with fake_monitor.FakeMonitor(preview=True).serving() as monitor:
        yield Deployment(plugin=tau, monitor=monitor)


@pytest.fixture
def cluster() -> Iterator[fake_kubernetes.FakeKubernetes]:
    with fake_kubernetes.FakeKubernetes().serving() as served:
        yield served


@pytest.fixture
def manifest(tmp_path: pathlib.Path) -> pathlib.Path:
    """A release manifest with one object of each sort that matters to tau."""
    path = tmp_path / "operator.yaml"
    path.write_text((pathlib.Path(__file__).parent / "operator.yaml").read_text())
    return path


@pytest.fixture
def plugin_manifest(tmp_path: pathlib.Path) -> pathlib.Path:
    """A release manifest of the Barman Cloud plugin with one object of each sort that matters to tau."""
    path = tmp_path / "barman_plugin.yaml"
    path.write_text((pathlib.Path(__file__).parent / "barman_plugin.yaml").read_text())
    return path


@pytest.fixture
def releases(manifest: pathlib.Path, plugin_manifest: pathlib.Path) -> dict[str, Any]:
    """Inputs of an Operator that is installed from the two manifests."""
    return {"manifest": str(manifest), "barmanPlugin": {"manifest": str(plugin_manifest)}}
