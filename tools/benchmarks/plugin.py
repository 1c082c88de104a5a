"""The plugin's process by itself, with stand-ins for the engine, and what it takes."""

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Iterator, Sequence

from tests.construct import fake_engine, plugin
from tests.construct.deployment import Deployment
from tests.construct.fake_monitor import FakeMonitor

_KIB = 2**10
_MB = 1e6
_INPUTS = {
    "image": "ghcr.io/example/app:1.0",
    "ports": [{"port": 8080}],
    "ingress": {"host": "a.example"},
    "database": {},
}
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


def constructed(process: plugin.Plugin, monitor: FakeMonitor, numbers: range, *, kubernetes: bool) -> float:
    """Construct applications at once; seconds of processors for each."""
    deployment = Deployment(process, monitor, {} if kubernetes else _RENDERED)
    before = seconds(of(process, "stat"))
    begun = [
        process.calls.Construct.future(
            deployment.request("TauApplication", name, {**_INPUTS, "namespace": name}), timeout=600
        )
        for name in (f"app{number}" for number in numbers)
    ]
    for one in begun:
        one.result()
    return (seconds(of(process, "stat")) - before) / len(numbers)


def of(process: plugin.Plugin, file: str) -> str:
    """What Linux tells of the process in a file."""
    return pathlib.Path(f"/proc/{process.pid}/{file}").read_text()


def seconds(stat: str) -> float:
    """Seconds of processors that a process has used."""
    parts = stat.rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def memory(status: str) -> float:
    """MB of memory that a process has."""
    return next(int(one.split()[1]) for one in status.splitlines() if one.startswith("VmRSS")) * _KIB / _MB
