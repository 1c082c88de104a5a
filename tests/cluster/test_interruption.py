"""The plugin or the CLI dies in the middle of an `up`; the next `up` brings the program to its end.

A plugin whose CLI is no more ends as well.
"""

import dataclasses
import os
import pathlib
import signal
import subprocess
from collections.abc import Callable

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from tests.cluster.conftest import NewStack

_SECONDS = 120


@dataclasses.dataclass(frozen=True)
class Recovery:
    """What the interrupted `up` came to, and what the next commands did."""

    interrupted: int
    next_up: stack.Result
    preview: stack.Result
    row: kubernetes.Answer


Kill = Callable[[subprocess.Popen[str]], None]


def _kill_cli(process: subprocess.Popen[str]) -> None:
    process.kill()


def _kill_plugin(process: subprocess.Popen[str]) -> None:
    for pid in _plugins(process):
        os.kill(pid, signal.SIGKILL)


def _plugins(process: subprocess.Popen[str]) -> list[int]:
    # The language runs one of its own for the schema.
    found = [pid for pid in _below(process.pid) if _runs_tau(pid)]
    assert found
    return found


def _runs_tau(pid: int) -> bool:
    """Whether it does at the moment; what has ended since does not."""
    try:
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except FileNotFoundError:
        return False
    return "python" in words[0] and any(word in words for word in (str(stack.CHECKOUT), "__main__.py"))


def _below(pid: int) -> list[int]:
    """Every process that this one started, directly or not."""
    found: list[int] = []
    for file in pathlib.Path("/proc").glob(f"{pid}/task/*/children"):
        for child in map(int, file.read_text().split()):
            found += [child, *_below(child)]
    return found


@pytest.fixture(scope="module", params=[_kill_plugin, _kill_cli], ids=["plugin", "cli"])
def recovery(
    request: pytest.FixtureRequest, operator: None, new_stack: NewStack, namespace: str, cluster: kubernetes.Kubernetes
) -> Recovery:
    kill: Kill = request.param
    name = "interrupted" + request.param.__name__.rpartition("_")[2]
    owned = new_stack()
    output = {"environment": f"${{{name}.environment}}"}
    owned.write({"resources": {name: programs.dedicated(namespace)}, "outputs": output})
    process, _ = owned.start("up", "--yes", "--skip-preview")
    waiting.until("the Cluster", lambda: f"postgres-{name}" in cluster.names("cluster", namespace))
    plugins = _plugins(process)
    kill(process)
    interrupted = process.wait(timeout=_SECONDS)
    waiting.until("the end of the plugin", lambda: not any(map(_runs_tau, plugins)))
    # What the CLI tells a user to do about the lock of a run that ended like this.
    owned.run("cancel", "--yes", fails=None)
    next_up = owned.up()
    preview = owned.preview()
    client = cluster.start_client(namespace, name=f"client-of-{name}", env=owned.output("environment"))
    row = client.shell('psql "$DATABASE_URL" -Atc "SELECT 1"')
    return Recovery(interrupted, next_up, preview, row)


def test_the_interruption_is_a_failure(recovery: Recovery) -> None:
    assert recovery.interrupted != 0


def test_the_next_up_replaces_and_deletes_nothing(recovery: Recovery) -> None:
    assert set(recovery.next_up.changed) <= {"create", "update"}


def test_after_the_next_up_nothing_is_left_to_do(recovery: Recovery) -> None:
    assert recovery.preview.changes
    assert recovery.preview.changed == {}


def test_after_the_next_up_an_application_connects(recovery: Recovery) -> None:
    assert recovery.row == kubernetes.Answer(0, "1\n")
