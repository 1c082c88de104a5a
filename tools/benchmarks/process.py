"""The plugin by itself: start, memory, open files, what grows, and what is hot."""

import dataclasses
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable

from google.protobuf import empty_pb2

from testbed.drive.fake_monitor import FakeMonitor
from tools.benchmarks import plugin, profile
from tools.benchmarks.amounts import Amounts
from tools.benchmarks.report import Row

_MAY_BE = 120.0
_BARE = 'python -c "import pulumi"'


def measure(amounts: Amounts, tell: Callable[[str], None]) -> tuple[list[Row], list[str]]:
    """Start, memory, open files, and what is hot."""
    rows = starts(amounts.starts)
    tell("starts are measured")
    rows += lasting(amounts.at_once, amounts.constructs)
    tell(f"{amounts.constructs} Constructs are measured")
    return rows, profile.hottest(amounts.at_once)


@dataclasses.dataclass(frozen=True)
class Start:
    """Seconds on the clock and of processors until something answers, and MB of memory then."""

    wall: float
    cpu: float
    memory: float


def starts(rounds: int) -> list[Row]:
    """The plugin until its first answer, compared with a Python that imports pulumi."""
    pairs = [(_imported(), _started()) for _ in range(rounds)]
    bare, ours = (
        Start(*(min(getattr(pair[which], field.name) for pair in pairs) for field in dataclasses.fields(Start)))
        for which in (0, 1)
    )
    return [
        Row("plugin start to the first answer", ours.wall, bare.wall, _BARE, target=1.5),
        Row("plugin start to the first answer, processors", ours.cpu, bare.cpu, _BARE, target=1.5),
        Row("memory at the first answer", ours.memory, bare.memory, _BARE, "MB", 1.5),
    ]


def _imported() -> Start:
    code = "import pulumi; print(open('/proc/self/stat').read()); print(open('/proc/self/status').read())"
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    wall = time.monotonic() - begin
    stat, _, status = done.stdout.partition("\n")
    return Start(wall, plugin.seconds(stat), plugin.memory(status))


def _started() -> Start:
    begin = time.monotonic()
    with plugin.running() as process:
        process.calls.GetPluginInfo(empty_pb2.Empty(), wait_for_ready=True)
        wall = time.monotonic() - begin
        return Start(wall, plugin.seconds(plugin.of(process, "stat")), plugin.memory(plugin.of(process, "status")))


def lasting(at_once: int, count: int) -> list[Row]:
    """What becomes of memory, open files and the time of a Construct, in one deployment of one process."""
    with plugin.running() as process, FakeMonitor().serving() as monitor:
        process.configure()
        each, memory, files = [], [], []
        for first in range(0, count, at_once):
            each.append(plugin.constructed(process, monitor, range(first, first + at_once)))
            memory.append(plugin.memory(plugin.of(process, "status")))
            files.append(len(list(pathlib.Path(f"/proc/{process.pid}/fd").iterdir())))
    with plugin.running() as process:
        process.configure()
        waiting = plugin.memory_while_waiting(process, at_once)
    what, early = f"{at_once} applications at once", f"after {at_once}"
    return [
        Row(f"memory after {what}, written to files", memory[0], _MAY_BE, "what it may be", "MB", 1.0),
        Row(
            f"memory while {at_once} applications wait in a cluster at once",
            waiting,
            _MAY_BE,
            "what it may be",
            "MB",
            1.0,
        ),
        Row(f"memory after {count} of one process", memory[-1], memory[0], early, "MB", 1.1),
        Row(f"open files after {count}", files[-1], files[0], early, "", 1.0),
        # The first ones also import what a Construct needs.
        Row(f"one of the last {what} of {count}, processors", each[-1], each[1], f"the second {at_once}", target=1.1),
    ]
