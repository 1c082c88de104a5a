"""Stacks that render to files: the bed's CLI, plugins and language hosts, without its cluster."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from testbed import paths
from testbed.build import programs, recipes
from testbed.cluster import environment
from testbed.drive.stack import WITHOUT_CHECKPOINTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
_STACK = "bench"
_SECONDS_BETWEEN_LOOKS = 0.5


@dataclass(frozen=True)
class Cost:
    """What one command took: seconds on the clock, and seconds of processors by it and all that it started."""

    wall: float
    cpu: float

    def least(self, other: "Cost") -> "Cost":
        """The least of each."""
        return Cost(min(self.wall, other.wall), min(self.cpu, other.cpu))


@contextmanager
def opened(folder: pathlib.Path) -> Iterator[dict[str, str]]:
    """The environment of the CLI, with its plugins and stacks in this folder; builds what of it the cache lacks."""
    before = os.environ.get("TAU_BED_STATE")
    os.environ["TAU_BED_STATE"] = str(folder)
    try:
        _link_programs()
        subprocess.run(["tools/node-packages"], cwd=ROOT, check=True)
        environment.prepare()
        yield {**os.environ, **environment.variables(), **WITHOUT_CHECKPOINTS, "KUBECONFIG": str(folder / "absent")}
    finally:
        os.environ.pop("TAU_BED_STATE")
        if before is not None:
            os.environ["TAU_BED_STATE"] = before


def _link_programs() -> None:
    paths.bin().mkdir(parents=True, exist_ok=True)
    for name in (name for recipe in recipes.everything() for name in recipe.programs if name.startswith("pulumi")):
        (paths.bin() / name).symlink_to(programs.ensured(name))


class Rendered:
    """One program in a folder of its own; `files` is where its objects are written to."""

    def __init__(self, folder: pathlib.Path, of: Mapping[str, str]) -> None:
        self.folder = folder
        self.files = folder / "rendered"
        self._environment = dict(of)
        folder.mkdir(parents=True)

    def begin(self) -> None:
        """A stack without anything in it."""
        shutil.rmtree(self.files, ignore_errors=True)
        self.run("stack", "select", "--create", _STACK)
        self.run("stack", "rm", "--yes", "--force", _STACK)
        self.run("stack", "init", _STACK)
        self.run("config", "set", "kubernetes:renderYamlToDirectory", str(self.files))

    def preview(self, **environment: str) -> Cost:
        """`pulumi preview`."""
        return self.run("preview", **environment)

    def up(self, *flags: str, **environment: str) -> Cost:
        """`pulumi up`."""
        return self.run("up", "--yes", "--skip-preview", *flags, **environment)

    def export(self) -> str:
        """The state, with its secrets."""
        command = ["pulumi", "stack", "export", "--show-secrets"]
        done = subprocess.run(command, cwd=self.folder, env=self._environment, capture_output=True, check=True)
        return done.stdout.decode()

    def run(self, *arguments: str, **environment: str) -> Cost:
        """Run the CLI; what it took."""
        return timed(["pulumi", "--non-interactive", *arguments], self.folder, {**self._environment, **environment})


def timed(command: Sequence[str], folder: pathlib.Path, environment: Mapping[str, str]) -> Cost:
    """Run a command to its end in a folder; what it took."""
    with tempfile.TemporaryFile("w+") as output:
        begin = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise RuntimeError(f"{' '.join(command)} in {folder}: {output.read()}")
    return Cost(wall, used.ru_utime + used.ru_stime)


@contextmanager
def watched() -> Iterator[list[float]]:
    """Looks at this checkout's plugin, of which the list has the memory in MB at its peak so far."""
    peaks, ended = [0.0], threading.Event()
    watch = threading.Thread(target=_watch, args=(peaks, ended))
    watch.start()
    try:
        yield peaks
    finally:
        ended.set()
        watch.join()


def _watch(peaks: list[float], ended: threading.Event) -> None:
    while not ended.wait(_SECONDS_BETWEEN_LOOKS):
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                if str(ROOT) in (status.parent / "cmdline").read_text().split("\0")[1:3]:
                    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
                    peaks.append(int(peak.split()[1]) * 1024 / 1e6)
