"""Stacks that render to files: the bed's CLI, plugins and language hosts, without its cluster."""

import os
import pathlib
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bed import environment, paths, programs, recipes

ROOT = pathlib.Path(__file__).resolve().parents[2]
_STACK = "bench"
# With a state in a file, the CLI writes all of it for each step, which takes longer than all else, whoever asks.
_WITHOUT_CHECKPOINTS = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}


@dataclass(frozen=True)
class Cost:
    """What one command took: seconds on the clock, and seconds of processors by it and all that it started."""

    wall: float
    cpu: float


@contextmanager
def opened(folder: pathlib.Path) -> Iterator[dict[str, str]]:
    """The environment of the CLI, with its plugins and stacks in this folder; builds what of it the cache lacks."""
    before = os.environ.get("TAU_BED_STATE")
    os.environ["TAU_BED_STATE"] = str(folder)
    try:
        _link_programs()
        environment.prepare()
        yield {**os.environ, **environment.variables(), **_WITHOUT_CHECKPOINTS, "KUBECONFIG": str(folder / "absent")}
    finally:
        os.environ.pop("TAU_BED_STATE")
        if before is not None:
            os.environ["TAU_BED_STATE"] = before


def _link_programs() -> None:
    wanted = [one for one in recipes.everything() if any(name.startswith("pulumi") for name in one.programs)]
    for recipe in wanted:
        if not recipe.folder.is_dir():
            with programs.lock():
                programs.build(recipe)
    paths.bin().mkdir(parents=True, exist_ok=True)
    for name in (name for recipe in wanted for name in recipe.programs):
        (paths.bin() / name).symlink_to(programs.binary(name))


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
        with (self.folder / "output").open("w+") as output:
            begin = time.monotonic()
            process = subprocess.Popen(
                ["pulumi", "--non-interactive", *arguments],
                cwd=self.folder,
                env={**self._environment, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                output.seek(0)
                raise RuntimeError(f"pulumi {' '.join(arguments)} in {self.folder}: {output.read()}")
        return Cost(time.monotonic() - begin, used.ru_utime + used.ru_stime)
