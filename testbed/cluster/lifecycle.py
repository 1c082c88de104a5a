"""Takes the whole bed up and down, and tells what is running."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import time
from collections.abc import Iterator

from testbed import errors, host, identity, paths, progress, waiting
from testbed.cluster import api, control_plane, environment, kubelet, network, registry, storage
from testbed.node import cgroups, machine, nodes, process, sandbox


def up() -> None:
    """Start what is not running; a bed that runs as it should is left alone."""
    host.check()
    with _alone():
        begin = time.monotonic()
        with progress.step(f"sandbox {nodes.FIRST.name}"):
            machine.ensure(sandbox.FIRST)
        with progress.step("registry, containerd and control plane"):
            registry.ensure()
            control_plane.ensure()
        with progress.step("kubelet"):
            kubelet.ensure(sandbox.FIRST)
        with progress.step("network and storage"):
            network.ensure(sandbox.FIRST)
            api.apply([*network.manifests(), *storage.manifests()])
            storage.daemon().ensure()
            network.wait_until_ready()
            waiting.until("the default service account", _default_account_exists)
            _check_daemons(sandbox.FIRST)
        environment.prepare()
        progress.say(f'up in {time.monotonic() - begin:.0f} s; use it with: eval "$(python -m testbed env)"')


def down() -> None:
    """End every process of the bed and remove its data; what was built stays in the cache."""
    host.check()
    with progress.step("down"), _alone():
        sandbox.SECOND.stop()
        sandbox.FIRST.stop()
        machine.unplug()
        cgroups.remove(identity.cgroup())
        shutil.rmtree(paths.state())


def second_node_up() -> None:
    """Add a second node to the running bed."""
    host.check()
    if not (sandbox.FIRST.pid() and api.ready()):
        raise errors.BedError("The second node needs a running bed; run 'python -m testbed up' first.")
    with _alone(), progress.step(f"{nodes.SECOND.name} ready"):
        machine.ensure(sandbox.SECOND)
        kubelet.ensure(sandbox.SECOND)
        network.ensure(sandbox.SECOND)
        _check_daemons(sandbox.SECOND)


def second_node_down() -> None:
    """Cut the second node's power and remove it from the cluster."""
    host.check()
    with _alone(), progress.step(f"{nodes.SECOND.name} down"):
        sandbox.SECOND.stop()
        # The pods of a dead node would stay for minutes; those of a removed one are collected within one.
        api.kubectl("delete", "node", nodes.SECOND.name, "--ignore-not-found")
        shutil.rmtree(nodes.SECOND.folder, ignore_errors=True)


def status() -> str:
    """One line for each daemon."""
    host.check()
    lines = []
    for where in (sandbox.FIRST, sandbox.SECOND):
        if where.pid() is None:
            lines.append(f"{where.node.name}: not running")
            continue
        for daemon in daemons(where):
            state = "running" if daemon.running() else f"not running; see {daemon.log}"
            lines.append(f"{where.node.name}: {daemon.name}: {state}")
    return "\n".join(lines)


def daemons(where: sandbox.Sandbox) -> list[process.Daemon]:
    """Every daemon that should run on the node."""
    own_daemons = [*kubelet.daemons(where), *network.daemons(where)]
    if where.parent:
        return own_daemons
    return [*control_plane.daemons(), registry.daemon(), *own_daemons, storage.daemon()]


def _check_daemons(where: sandbox.Sandbox) -> None:
    for daemon in daemons(where):
        if not daemon.running():
            raise errors.BedError(f"{daemon.name} ended right after its start; see {daemon.log}.")


def _default_account_exists() -> bool:
    return api.kubectl("get", "serviceaccount", "default", "--ignore-not-found", "-o", "name") != ""


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Let one command at a time change the bed."""
    folder = paths.state()
    _refuse_foreign(folder)
    (folder / "log").mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _refuse_foreign(folder: pathlib.Path) -> None:
    """The state folder is removed whole later, so it must never be one that holds something else."""
    if (folder / "log").is_dir() or not folder.exists():
        return
    if {entry.name for entry in folder.iterdir()} - {paths.bin().name}:
        raise errors.BedError(f"{folder} is not a bed's; set TAU_BED_STATE to an empty or new folder.")
