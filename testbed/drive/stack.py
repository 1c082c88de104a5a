"""Drives the real CLI on a program that a test writes, in a folder and a stack of its own."""

import dataclasses
import json
import os
import pathlib
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import yaml

CHECKOUT = pathlib.Path(__file__).parents[2]
_STACK = "test"
_NO_PROXY = "http://127.0.0.1:9"
# With a state in a file, the CLI writes all of it for each step: with the operator's definitions in it, that is most of
# what the CLI computes. Tests that interrupt a deployment start it with users' defaults.
WITHOUT_CHECKPOINTS = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}

Program = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Result:
    """What one command of the CLI printed and reported."""

    code: int
    output: str
    events: Sequence[Mapping[str, Any]]

    @property
    def changes(self) -> dict[str, int]:
        """How many resources were created, updated, left the same and so on."""
        summaries = [event["summaryEvent"] for event in self.events if "summaryEvent" in event]
        return dict(summaries[-1].get("resourceChanges", {})) if summaries else {}

    @property
    def changed(self) -> dict[str, int]:
        """The changes without what stayed the same."""
        return {operation: count for operation, count in self.changes.items() if operation != "same"}

    def diagnostics(self, severity: str = "error") -> list[tuple[str, str]]:
        """The name of the resource and the text of each message of a severity."""
        diagnostics = [event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event]
        return [
            (_name(diagnostic.get("urn", "")), diagnostic["message"])
            for diagnostic in diagnostics
            if diagnostic["severity"] == severity
        ]


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


class Stack:
    """One stack of one YAML program; `remove` destroys what it made."""

    def __init__(self, folder: pathlib.Path, environment: Mapping[str, str], project: str) -> None:
        self.folder = folder
        # Without the first, the CLI hides its option to write events to a file.
        self.environment = {"PULUMI_DEBUG_COMMANDS": "true", "NO_COLOR": "true", **environment}
        self._project = project
        self._commands = 0
        self._started = False
        self._outputs: Mapping[str, Any] | None = None
        self.write({})
        self.run("stack", "select", "--create", _STACK)

    def write(self, program: Program) -> None:
        """Make this the program; it has at least `resources`."""
        plugins = {"providers": [{"name": "tau", "path": str(CHECKOUT)}]}
        project = {"name": self._project, "runtime": "yaml", "plugins": plugins, **program}
        # JSON is YAML, and has no aliases, which the YAML language does not read.
        (self.folder / "Pulumi.yaml").write_text(json.dumps(project, indent=2))

    def configure(self, key: str, value: str, *, secret: bool = False) -> None:
        """Set a value of the configuration; a secret one through the CLI, which encrypts it."""
        if secret:
            self.run("config", "set", "--secret", key, "--", value)
            return
        # As people do who edit the file: a command of the CLI costs half a second.
        path = self.folder / f"Pulumi.{_STACK}.yaml"
        settings = yaml.safe_load(path.read_text()) if path.exists() else {}
        settings["config"] = {**settings.get("config", {}), key: value}
        path.write_text(yaml.safe_dump(settings))

    def up(self, program: Program | None = None, *flags: str, fails: bool = False) -> Result:
        """`pulumi up`, of this program if one is given."""
        if program is not None:
            self.write(program)
        return self._deploy("up", "--skip-preview", *flags, fails=fails)

    def preview(self, program: Program | None = None, *flags: str, fails: bool = False) -> Result:
        """`pulumi preview`, of this program if one is given."""
        if program is not None:
            self.write(program)
        return self._deploy("preview", *flags, fails=fails)

    def refresh(self) -> Result:
        """`pulumi refresh`."""
        return self._deploy("refresh", "--skip-preview")

    def destroy(self, *flags: str, fails: bool = False) -> Result:
        """`pulumi destroy`."""
        return self._deploy("destroy", "--skip-preview", *flags, fails=fails)

    def output(self, name: str) -> Any:
        """One output of the stack, a secret one too."""
        if self._outputs is None:
            answer = self.run("stack", "output", "--show-secrets", "--json").output
            # After the run, which forgets them.
            self._outputs = json.loads(answer)
        return self._outputs[name]

    def export(self) -> str:
        """The state as `pulumi stack export` shows it to everyone."""
        return self.run("stack", "export").output

    def resources(self) -> list[Mapping[str, Any]]:
        """The resources that the state holds, without the stack and its providers."""
        resources = json.loads(self.export())["deployment"].get("resources", [])
        return [resource for resource in resources if not resource["type"].startswith("pulumi:")]

    def remove(self) -> None:
        """Destroy everything and forget the stack."""
        if self._started:
            # A deployment that was killed leaves its lock.
            self.run("cancel", "--yes", fails=None)
        self.destroy("--run-program=false", "--remove")

    def command(self, *arguments: str) -> list[str]:
        """The command line of the CLI for this stack."""
        return ["pulumi", "--non-interactive", "--cwd", str(self.folder), *arguments]

    def start(self, *arguments: str) -> tuple[subprocess.Popen[str], pathlib.Path]:
        """Start a deployment without waiting for it, as if it might not end; the file fills with its events."""
        self._outputs = None
        self._started = True
        events = self._event_log()
        process = subprocess.Popen(
            self.command(*arguments, "--event-log", str(events)),
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return process, events

    def run(self, *arguments: str, events: pathlib.Path | None = None, fails: bool | None = False) -> Result:
        """Run the CLI to its end; `fails` says whether it has to fail, None that both is fine."""
        self._outputs = None
        done = subprocess.run(
            self.command(*arguments),
            env={**os.environ, **self.environment, **WITHOUT_CHECKPOINTS},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )
        assert fails is None or (done.returncode != 0) == fails, done.stdout
        return Result(done.returncode, done.stdout, read_events(events) if events else ())

    def _deploy(self, operation: str, *flags: str, fails: bool = False) -> Result:
        events = self._event_log()
        agreed = () if operation == "preview" else ("--yes",)
        return self.run(operation, *agreed, *flags, "--event-log", str(events), events=events, fails=fails)

    def _event_log(self) -> pathlib.Path:
        self._commands += 1
        return self.folder / f"events-{self._commands}.json"


def without_internet(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables with which the CLI and its plugins reach the API server and nothing else: there is no such proxy."""
    kubeconfig = yaml.safe_load(pathlib.Path(environment["KUBECONFIG"]).read_text())
    servers = [urlsplit(entry["cluster"]["server"]).hostname or "" for entry in kubeconfig["clusters"]]
    variables = {"HTTP_PROXY": _NO_PROXY, "HTTPS_PROXY": _NO_PROXY, "NO_PROXY": ",".join(["127.0.0.1", *servers])}
    return variables | {name.lower(): value for name, value in variables.items()}


def read_events(path: pathlib.Path) -> list[Mapping[str, Any]]:
    """The events that the CLI has written so far; a last line may be unfinished."""
    events: list[Mapping[str, Any]] = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            events.append(json.loads(line))
        except ValueError:
            break
    return events
