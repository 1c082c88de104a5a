"""The daemons inside a sandbox: started once, left alone while they run, started again once dead or changed."""

import dataclasses
import hashlib
import os
import pathlib
import shutil

from testbed import errors, waiting
from testbed.node import sandbox

_RECORDS = "run/tau-bed"


@dataclasses.dataclass(frozen=True)
class _Stat:
    """What /proc/<number>/stat tells about a process."""

    pid: int
    state: str
    started: str

    @classmethod
    def of(cls, file: pathlib.Path) -> "_Stat":
        before_name, _, after_name = file.read_text().rpartition(")")
        fields = after_name.split()
        return cls(pid=int(before_name.split()[0]), state=fields[0], started=fields[19])


@dataclasses.dataclass(frozen=True)
class Daemon:
    """A program that runs as long as its node."""

    name: str
    command: tuple[str, ...]
    configuration: tuple[pathlib.Path, ...] = ()
    where: sandbox.Sandbox = sandbox.FIRST

    @property
    def log(self) -> pathlib.Path:
        """Where its output goes."""
        return self.where.node.logs / f"{self.name}.log"

    def _program(self) -> str:
        program = shutil.which(self.command[0], path=sandbox.environment()["PATH"])
        if program is None:
            raise errors.BedError(f"The program {self.command[0]} is missing; run 'python -m testbed build'.")
        return program

    def _expected(self) -> bytes:
        return b"".join(word.encode() + b"\0" for word in (self._program(), *self.command[1:]))

    def _record(self) -> pathlib.Path:
        return self.where.root() / _RECORDS / self.name

    def _pid(self) -> int | None:
        """Its process number inside the sandbox, if the recorded process is alive."""
        try:
            recorded = _Stat.of(self._record())
            present = _Stat.of(self.where.root() / f"proc/{recorded.pid}/stat")
        except (OSError, IndexError):
            return None
        # A number can be given to another process later; together with the start time it is unique.
        return present.pid if present.started == recorded.started and present.state != "Z" else None

    def _configured(self) -> pathlib.Path:
        return self._record().with_suffix(".configuration")

    def _digest(self) -> str:
        content = b"".join(file.read_bytes() for file in self.configuration)
        return hashlib.sha256(content).hexdigest()

    def _current(self, pid: int) -> bool:
        process = self.where.root() / f"proc/{pid}"
        wanted = (os.path.realpath(self._program()), self._expected())
        try:
            current = (str((process / "exe").readlink()), (process / "cmdline").read_bytes())
            return current == wanted and self._configured().read_text() == self._digest()
        except OSError:
            return False

    def running(self) -> bool:
        """Whether it runs, with the program, arguments and configuration that it should have."""
        pid = self._pid()
        return pid is not None and self._current(pid)

    def started(self) -> float:
        """When the recorded process was started, in seconds since 1970."""
        return self._record().stat().st_mtime

    def ensure(self) -> bool:
        """Start it if it is not running as it should; tell whether that was needed."""
        if self.running():
            return False
        self.stop()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._record().parent.mkdir(parents=True, exist_ok=True)
        self._configured().write_text(self._digest())
        # The shell writes its record before it becomes the daemon, so no daemon is ever without one.
        record_and_run = f'cat /proc/$$/stat > /{_RECORDS}/{self.name}; exec "$@"'
        launcher = ["sh", "-c", record_and_run, "sh", self._program(), *self.command[1:]]
        self.where.spawn(self.where.enter(launcher), log=self.log)
        waiting.until(f"the start of {self.name}", self.running, timeout=10, hint=f"See {self.log}.")
        return True

    def stop(self) -> None:
        """End it if it runs."""
        pid = self._pid()
        if pid is None:
            return
        self.where.run("sh", "-c", f"kill {pid} || true")
        try:
            waiting.until(f"the end of {self.name}", lambda: self._pid() is None, timeout=10)
        except errors.BedError:
            self.where.run("kill", "-KILL", str(pid))
            waiting.until(f"the end of {self.name}", lambda: self._pid() is None, timeout=10)
