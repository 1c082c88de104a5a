"""The bed's own folder in every cgroup hierarchy, apart from the host's and other beds'."""

import os
import pathlib
import shlex
import time
from collections.abc import Sequence

from testbed import errors


def _hierarchies() -> list[pathlib.Path]:
    """Mount points of the cgroup v1 hierarchies, or of the v2 one if it has controllers."""
    paths = []
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        _, point, kind, *_ = line.split()
        path = pathlib.Path(point)
        if kind == "cgroup" or (kind == "cgroup2" and (path / "cgroup.controllers").read_text().strip()):
            paths.append(path)
    return paths


def _prepare(folder: pathlib.Path) -> None:
    folder.mkdir(exist_ok=True)
    for setting in ("cpuset.cpus", "cpuset.mems"):
        own, inherited = folder / setting, folder.parent / setting
        # A v1 cpuset starts empty and refuses every process until it is filled.
        if own.exists() and inherited.exists() and not own.read_text().strip():
            own.write_text(inherited.read_text())


def _delegate(folder: pathlib.Path) -> None:
    """In cgroup v2, let the children of this folder have every controller."""
    control = folder / "cgroup.subtree_control"
    if control.exists():
        for controller in (folder / "cgroup.controllers").read_text().split():
            control.write_text(f"+{controller}")


def create(name: str) -> None:
    """Make the folder `name` (which may have several parts) in every hierarchy."""
    for hierarchy in _hierarchies():
        folder = hierarchy
        for part in pathlib.PurePath(name).parts:
            _delegate(folder)
            folder = folder / part
            _prepare(folder)


def join(name: str, command: Sequence[str]) -> list[str]:
    """The command line that runs `command` in the folder `name` of every hierarchy."""
    lists = " ".join(shlex.quote(str(hierarchy / name / "cgroup.procs")) for hierarchy in _hierarchies())
    return ["sh", "-c", f'for list in {lists}; do echo $$ >"$list"; done; exec "$@"', "sh", *command]


def remove(name: str, *, timeout: float = 20) -> None:
    """Remove the folder `name` with everything below it, once its processes have ended."""
    deadline = time.monotonic() + timeout
    for hierarchy in _hierarchies():
        while (hierarchy / name).exists():
            for folder, _, _ in os.walk(hierarchy / name, topdown=False):
                try:
                    pathlib.Path(folder).rmdir()
                except OSError as problem:
                    if time.monotonic() > deadline:
                        raise errors.BedError(
                            f"{folder} still holds processes; end them, then run this command again."
                        ) from problem
            time.sleep(0.05)
