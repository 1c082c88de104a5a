"""The plugin's process by itself, with stand-ins for the engine: start, memory, what is hot, and what grows."""

import collections
import contextlib
import os
import pathlib
import pstats
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence

from google.protobuf import empty_pb2

from tests.construct import fake_engine, fake_monitor, plugin
from tests.construct.deployment import Deployment
from tools.benchmarks.report import Row

_MIB = 2**10
_AT_ONCE = 100
_INPUTS = {
    "image": "ghcr.io/example/app:1.0",
    "ports": [{"port": 8080}],
    "ingress": {"host": "a.example"},
    "database": {},
}
_RENDERED = {"kubernetes:renderYamlToDirectory": "files"}


def starts(rounds: int) -> list[Row]:
    """Seconds of processors until the first answer, and memory then, beside a Python that imports pulumi."""
    pairs = [(_imported(), _started()) for _ in range(rounds)]
    least = [[min(pair[which][part] for pair in pairs) for part in (0, 1)] for which in (0, 1)]
    (bare, bare_memory), (ours, our_memory) = least
    against = 'python -c "import pulumi"'
    return [
        Row("plugin start to the first answer, processors", ours, bare, against, target=1.5),
        Row("memory at the first answer", our_memory, bare_memory, against, "MiB"),
    ]


def _imported() -> tuple[float, float]:
    code = "import pulumi; print(open('/proc/self/stat').read()); print(open('/proc/self/status').read())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    stat, _, status = done.stdout.partition("\n")
    return _seconds(stat), _memory(status)


def _started() -> tuple[float, float]:
    with _running() as (_, process):
        process.calls.GetPluginInfo(empty_pb2.Empty(), wait_for_ready=True)
        return _seconds(_of(process, "stat")), _memory(_of(process, "status"))


@contextlib.contextmanager
def _running(command: Sequence[str] = plugin.COMMAND) -> Iterator[tuple[str, plugin.Plugin]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        fake_engine.FakeEngine().serving() as address,
        plugin.started(address, pathlib.Path(folder), command=command) as process,
    ):
        yield address, process


def constructed(process: plugin.Plugin, first: int, count: int, *, kubernetes: bool) -> None:
    """Construct so many applications at once, in a deployment of their own."""
    with fake_monitor.FakeMonitor().serving() as monitor:
        config = {} if kubernetes else _RENDERED
        deployment = Deployment(process, monitor, config)
        begun = [
            process.calls.Construct.future(
                deployment.request("TauApplication", name, {**_INPUTS, "namespace": name}), timeout=300
            )
            for name in (f"app{number}" for number in range(first, first + count))
        ]
        for one in begun:
            one.result()


def lasting(count: int) -> tuple[list[Row], list[str]]:
    """Memory after a hundred applications, and what becomes of it, and of open files, after ten times as many."""
    with _running() as (_, process):
        process.configure()
        constructed(process, 0, _AT_ONCE, kubernetes=True)
        after, files = _memory(_of(process, "status")), _files(process.pid)
        for first in range(_AT_ONCE, count, _AT_ONCE):
            process.configure()
            constructed(process, first, _AT_ONCE, kubernetes=True)
        rows = [
            Row(f"memory after {_AT_ONCE} applications at once", after, 120, "what it may be", "MiB", target=1.0),
            Row(
                f"memory after {count}, {_AT_ONCE} at once",
                _memory(_of(process, "status")),
                after,
                f"after {_AT_ONCE}",
                "MiB",
                1.1,
            ),
            Row(f"open files after {count}", _files(process.pid), files, f"after {_AT_ONCE}", "", 1.0),
        ]
    return rows, []


def hottest(count: int) -> list[str]:
    """What a profile of Constructs names first, by module, and the processors that one takes."""
    with tempfile.TemporaryDirectory() as folder:
        profile = pathlib.Path(folder, "profile")
        lines = (
            *("import cProfile, signal", "signal.signal(signal.SIGINT, signal.default_int_handler)"),
            *("profile = cProfile.Profile()", "serving = serve.main"),
            f"def main():\n    profile.runcall(serving)\n    profile.dump_stats({str(profile)!r})",
            "serve.main = main",
        )
        with _running(plugin.changed(*lines)) as (_, process):
            process.configure()
            constructed(process, 0, count, kubernetes=False)
            os.kill(process.pid, signal.SIGINT)
            process.ended(seconds=30)
        found = _by_function(pstats.Stats(str(profile)))
    with _running() as (_, process):
        process.configure()
        constructed(process, 0, 1, kubernetes=False)
        before = _seconds(_of(process, "stat"))
        constructed(process, 1, count, kubernetes=False)
        each = (_seconds(_of(process, "stat")) - before) / count
    return [f"one Construct of an application with a database: {each * 1000:.0f} ms of processors", *found]


def _by_function(stats: pstats.Stats) -> list[str]:
    own: collections.Counter[str] = collections.Counter()
    for (file, _, name), (_, _, alone, _, _) in stats.stats.items():  # type: ignore[attr-defined]
        module = "/".join(pathlib.Path(file).with_suffix("").parts[-2:])
        if "epoll" not in name:
            own[f"`{module}` {name}" if module != "~" else name] += alone
    whole = sum(own.values())
    return [f"hot: {name}, {seconds / whole:.0%} of the profile" for name, seconds in own.most_common(3)]


def _of(process: plugin.Plugin, file: str) -> str:
    return pathlib.Path(f"/proc/{process.pid}/{file}").read_text()


def _seconds(stat: str) -> float:
    parts = stat.rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def _memory(status: str) -> float:
    return next(int(one.split()[1]) for one in status.splitlines() if one.startswith("VmRSS")) / _MIB


def _files(pid: int) -> int:
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
