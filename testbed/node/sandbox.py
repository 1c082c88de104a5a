"""A node's sandbox: one init process whose namespaces hold every daemon, mount and device of that node.

Killing the init process ends all of it at once, as cutting the power of a real machine does.
"""

import dataclasses
import os
import pathlib
import signal
import subprocess
from collections.abc import Sequence

from testbed import errors, paths, waiting
from testbed.node import cgroups, nodes

_NAMESPACES = ("--mount", "--net", "--pid", "--ipc", "--uts")
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def environment() -> dict[str, str]:
    """What every process of the bed starts with: nothing of the caller's shell."""
    # Memory is there, processors are few: the daemons, which are all in Go, look for garbage less often.
    return {"PATH": f"{paths.bin()}:{_SYSTEM_PATH}", "HOME": "/root", "LANG": "C.UTF-8", "GOGC": "400"}


@dataclasses.dataclass(frozen=True)
class Sandbox:
    """The namespaces of one node; the second node's process namespace lies inside the first one's."""

    node: nodes.Node
    parent: "Sandbox | None" = None

    @property
    def _init(self) -> list[str]:
        # The last two words only make the process findable, regardless of earlier runs.
        return ["tini", "--", "sh", "-c", "exec sleep infinity", str(paths.state()), self.node.name]

    def pid(self) -> int | None:
        """The init process as the host numbers it, or None if the sandbox is not running."""
        wanted = b"".join(word.encode() + b"\0" for word in self._init)
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if (entry / "cmdline").read_bytes() == wanted:
                    return int(entry.name)
            except OSError:
                continue
        return None

    def _running_pid(self) -> int:
        pid = self.pid()
        if pid is None:
            raise errors.BedError(f"{self.node.name} is not running; start the bed with 'python -m testbed up'.")
        return pid

    def root(self) -> pathlib.Path:
        """The sandbox's root folder, seen from the host."""
        return pathlib.Path(f"/proc/{self._running_pid()}/root")

    def enter(self, command: Sequence[str]) -> list[str]:
        """The command line that runs `command` inside."""
        return ["nsenter", "--target", str(self._running_pid()), *_NAMESPACES, "--", *command]

    def run(self, *command: str) -> str:
        """Run a command inside to its end and return what it printed."""
        done = subprocess.run(
            self.enter(command), env=environment(), cwd="/", capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise errors.BedError(f"'{' '.join(command)}' failed on {self.node.name}: {done.stderr.strip()}")
        return done.stdout

    def spawn(self, command: Sequence[str], *, log: pathlib.Path | None = None) -> None:
        """Start a command that outlives this program, in the node's cgroup."""
        log = log or pathlib.Path(os.devnull)
        with log.open("ab") as output:
            subprocess.Popen(
                cgroups.join(f"{self.node.cgroup}/daemons", command),
                env=environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start the init process in namespaces of its own."""
        # The kubelet would spend seconds on each dead container whose folder a killed sandbox left behind.
        cgroups.remove(self.node.cgroup)
        cgroups.create(f"{self.node.cgroup}/daemons")
        unshare = ["unshare", *_NAMESPACES, "--fork", "--mount-proc", "--", *self._init]
        if self.parent:
            unshare = ["nsenter", "--target", str(self.parent._running_pid()), "--pid", "--", *unshare]
        self.spawn(unshare)
        waiting.until(f"{self.node.name}'s init process", lambda: self.pid() is not None, timeout=10)

    def stop(self) -> None:
        """End every process inside; mounts, devices and packet filter rules go with the namespaces."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            waiting.until(f"the end of {self.node.name}", lambda: self.pid() is None, timeout=60)
        cgroups.remove(self.node.cgroup)


FIRST = Sandbox(nodes.FIRST)
SECOND = Sandbox(nodes.SECOND, parent=FIRST)
