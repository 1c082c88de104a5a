"""What one Construct computes, in a profile of the plugin's process."""

import collections
import os
import pathlib
import pstats
import signal
import tempfile
from collections.abc import Callable

from testbed.drive import plugin as process
from testbed.drive.fake_monitor import FakeMonitor
from tools.benchmarks import plugin


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
        with plugin.running(process.changed(*lines)) as running, FakeMonitor().serving() as monitor:
            running.configure()
            plugin.constructed(running, monitor, range(count))
            os.kill(running.pid, signal.SIGINT)
            running.ended(seconds=30)
        stats = pstats.Stats(str(profile))
    with plugin.running() as running, FakeMonitor().serving() as monitor:
        running.configure()
        plugin.constructed(running, monitor, range(1))
        each = plugin.constructed(running, monitor, range(1, count + 1))
    first = f"one Construct of an application with a database: {each * 1000:.0f} ms of processors"
    return [first, *(_shares(stats, *group) for group in (("modules", _module), ("functions", _function)))]


def _shares(stats: pstats.Stats, what: str, name: Callable[[str, str], str]) -> str:
    """The three that the process itself is in for the longest, with their share of the whole profile."""
    own: collections.Counter[str] = collections.Counter()
    for (file, _, function), (_, _, alone, _, _) in stats.stats.items():  # type: ignore[attr-defined]
        if "epoll" not in function:
            own[name(file, function)] += alone
    hottest = ", ".join(f"{name} {seconds / own.total():.0%}" for name, seconds in own.most_common(3))
    return f"the hottest {what} of its profile: {hottest}"


def _module(file: str, function: str) -> str:
    """The package, and what it is of it; what is written in C is a module of its own."""
    if file == "~":
        return "built in"
    parts = pathlib.Path(file).with_suffix("").parts
    return f"`{'/'.join(parts[-2:])}`"


def _function(file: str, function: str) -> str:
    return f"`{function}`" if file == "~" else f"{_module(file, function)} {function}"
