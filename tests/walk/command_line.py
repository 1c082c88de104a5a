"""The real CLI with the real plugins, for stacks whose state is in files, and its death in the middle of a command."""

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from testbed.build import programs
from testbed.drive.stack import CHECKOUT

_PROGRAMS = ("pulumi", "pulumi-language-yaml", "pulumi-language-python")
_PLUGINS = ("pulumi-resource-kubernetes",)
_SECONDS = 150
_SECONDS_AFTER_A_KILL = 1.0


@dataclasses.dataclass(frozen=True)
class Result:
    """How a command ended; `code` is None where it had to be ended as it hung."""

    code: int | None
    output: str


@dataclasses.dataclass(frozen=True)
class Home:
    """Folders that all stacks of a walk share."""

    root: pathlib.Path
    kubeconfig: pathlib.Path

    def prepare(self) -> None:
        """Put programs and plugins where the CLI looks for them."""
        for folder in ("bin", "stacks", "pulumi/plugins", "folders"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        # Without this folder the CLI does not write all that it does into files, which costs more than the rest.
        (self.root / "pulumi/logs").touch()
        for name in _PROGRAMS:
            _link(self.root / "bin" / name, programs.binary(name))
        for name in _PLUGINS:
            kind = name.removeprefix("pulumi-")
            place = self.root / "pulumi/plugins" / f"{kind}-v{programs.version(name)}"
            place.mkdir(exist_ok=True)
            _link(place / name, programs.binary(name))

    def variables(self) -> dict[str, str]:
        """The environment of every command."""
        interpreter = pathlib.Path(sys.executable).parent
        return {
            **os.environ,
            "PATH": os.pathsep.join([str(self.root / "bin"), str(interpreter), os.environ.get("PATH", os.defpath)]),
            "KUBECONFIG": str(self.kubeconfig),
            "PULUMI_HOME": str(self.root / "pulumi"),
            "PULUMI_BACKEND_URL": f"file://{self.root / 'stacks'}",
            "PULUMI_CONFIG_PASSPHRASE": "walk",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(self.root / "bytecode"),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "NO_COLOR": "true",
        }


def _link(link: pathlib.Path, target: pathlib.Path) -> None:
    if not link.is_symlink():
        link.symlink_to(target)


class Stack:
    """One stack of one project."""

    def __init__(self, home: Home, project: str, name: str) -> None:
        self.project, self.name = project, name
        self._home = home
        self._folder = home.root / "folders" / f"{project}-{name}"
        self._folder.mkdir()
        self._process: subprocess.Popen[bytes] | None = None
        self.write({"name": project, "runtime": "yaml"}, {})
        created = self.run("stack", "init", name)
        assert created.code == 0, created.output

    def __str__(self) -> str:
        return f"{self.project}/{self.name}"

    def write(self, program: Mapping[str, Any], configuration: Mapping[str, str]) -> None:
        """Make this the program and the configuration."""
        # JSON is YAML, and has no aliases, which the YAML language does not read.
        (self._folder / "Pulumi.yaml").write_text(json.dumps(program, indent=1))
        path = self._folder / f"Pulumi.{self.name}.yaml"
        known = yaml.safe_load(path.read_text()) if path.exists() else {}
        if known or configuration:
            path.write_text(json.dumps({**known, "config": dict(configuration)}))

    def run(self, *arguments: str) -> Result:
        """Run the CLI to its end, or to that which `kill` makes."""
        output = self._folder / "output.txt"
        with output.open("wb") as file:
            command = ["pulumi", "--non-interactive", "--cwd", str(self._folder), *arguments]
            environment = self._home.variables()
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )
            try:
                code: int | None = self._process.wait(timeout=_SECONDS)
            except subprocess.TimeoutExpired:
                code = None
            # What a CLI that was killed leaves is given a moment to do harm.
            time.sleep(_SECONDS_AFTER_A_KILL if code == -signal.SIGKILL else 0)
            self.kill()
            self._process.wait()
            self._process = None
        return Result(code, output.read_text(errors="replace"))

    def kill(self) -> None:
        """kill -9 of the CLI and of all of its plugins, which are in process groups of their own."""
        for pid in self._session():
            _kill(pid)

    def kill_command(self) -> None:
        """kill -9 of the CLI alone."""
        if self._process:
            _kill(self._process.pid)

    def kill_plugin(self) -> None:
        """kill -9 of tau's plugin alone."""
        for pid in self._session():
            line = _command_line(pid)
            if str(CHECKOUT) in line and "pulumi" not in line.partition(" ")[0]:
                _kill(pid)

    def _session(self) -> list[int]:
        return _of_session(self._process.pid) if self._process else []

    def state(self) -> Sequence[Mapping[str, Any]]:
        """Every resource that the state holds."""
        path = self._state_file()
        latest = json.loads(path.read_text())["checkpoint"].get("latest") or {} if path.exists() else {}
        found: Sequence[Mapping[str, Any]] = latest.get("resources") or []
        return found

    def mend_state(self) -> None:
        """Remove what the CLI leaves empty where it is killed, and does not read later: a note beside the state."""
        for path in self._state_file().parent.glob("*.attrs"):
            if not path.stat().st_size:
                path.unlink()

    def _state_file(self) -> pathlib.Path:
        return self._home.root / "stacks/.pulumi/stacks" / self.project / f"{self.name}.json"


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _of_session(leader: int) -> list[int]:
    found = []
    for path in pathlib.Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                if os.getsid(int(path.name)) == leader:
                    found.append(int(path.name))
            except ProcessLookupError:
                continue
    return found


def _command_line(pid: int) -> str:
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
