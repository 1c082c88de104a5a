"""The plugin's process by itself, with stand-ins for the engine, and what it takes."""

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from testbed.drive import fake_engine, plugin
from testbed.drive.deployment import Deployment
from testbed.drive.fake_monitor import FakeMonitor

_KIB = 2**10
_MB = 1e6
_INPUTS = {
    "image": "ghcr.io/example/app:1.0",
    "ports": [{"port": 8080}],
    "ingress": {"host": "a.example"},
    "database": {},
}
_READINESS = ":Readiness"
_RENDERED = {"kubernetes:renderYamlToDirectory": "files"}


@contextlib.contextmanager
def running(command: Sequence[str] = plugin.COMMAND) -> Iterator[plugin.Plugin]:
    """A plugin, and an engine that listens to it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        fake_engine.FakeEngine().serving() as address,
        plugin.started(address, pathlib.Path(folder), command=command) as process,
    ):
        yield process


def constructed(process: plugin.Plugin, monitor: FakeMonitor, numbers: range) -> float:
    """Construct applications at once, written to files; seconds of processors for each."""
    before = seconds(of(process, "stat"))
    for future in _begun(Deployment(process, monitor, _RENDERED), numbers):
        future.result()
    return (seconds(of(process, "stat")) - before) / len(numbers)


def memory_while_waiting(process: plugin.Plugin, count: int) -> float:
    """MB while so many applications wait for their servers at once, in a cluster."""
    with FakeMonitor(holding=_READINESS).serving() as monitor:
        begun = _begun(Deployment(process, monitor), range(count))
        monitor.wait_for(count, _READINESS)
        result = memory(of(process, "status"))
        monitor.released.set()
        for future in begun:
            future.result()
    return result


def _begun(deployment: Deployment, numbers: range) -> list[Any]:
    names = [f"app{number}" for number in numbers]
    requests = [deployment.request("TauApplication", name, {**_INPUTS, "namespace": name}) for name in names]
    return [deployment.plugin.calls.Construct.future(request, timeout=600) for request in requests]


def of(process: plugin.Plugin, file: str) -> str:
    """What Linux tells of the process in a file."""
    return pathlib.Path(f"/proc/{process.pid}/{file}").read_text()


def seconds(stat: str) -> float:
    """Seconds of processors that a process has used."""
    parts = stat.rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def memory(status: str) -> float:
    """MB of memory that a process has."""
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) * _KIB / _MB
