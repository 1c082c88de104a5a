"""A bed for measuring alone, separate from the one that somebody works on."""

import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from testbed.drive import kubernetes, stack

_ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Bed:
    """A running cluster, and a place for stacks."""

    environment: dict[str, str]
    folder: pathlib.Path

    @property
    def cluster(self) -> kubernetes.Kubernetes:
        """The cluster, by kubectl."""
        return kubernetes.Kubernetes(self.environment)

    def stack(self) -> stack.Stack:
        """A new stack."""
        project = f"bench-{uuid.uuid4().hex[:8]}"
        folder = self.folder / project
        folder.mkdir()
        return stack.Stack(folder, self.environment, project)


@contextmanager
def running() -> Iterator[Bed]:
    """Start the bed, and take it down; one that runs already is used and left alone."""
    state = f"{os.environ.get('TAU_BED_STATE', '/var/lib/tau-bed')}-bench"
    runs = pathlib.Path(state).exists()
    _bed(state, "up")
    try:
        lines = _bed(state, "env").splitlines()
        pairs = (shlex.split(line.removeprefix("export "))[0].partition("=") for line in lines)
        with tempfile.TemporaryDirectory() as folder:
            yield Bed({name: value for name, _, value in pairs}, pathlib.Path(folder))
    finally:
        if not runs:
            _bed(state, "down")


def _bed(state: str, command: str) -> str:
    environment = {**os.environ, "TAU_BED_STATE": state}
    done = subprocess.run(
        [sys.executable, "-m", "testbed", command],
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout
