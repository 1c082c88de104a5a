"""Programs of the examples in their languages, which take turns on one stack."""

import fcntl
import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import yaml

from testbed.drive import stack

_FILES = {"yaml": "Pulumi.yaml", "typescript": "index.ts", "python": "__main__.py"}
# The tests share one operator, so that of an example only looks whether it is there.
_OPERATOR = {
    "yaml": ("type: tau:postgres:Operator\n", "type: tau:postgres:Operator\n    properties: { install: false }\n"),
    "typescript": ('Operator("operator")', 'Operator("operator", { install: false })'),
    "python": ('Operator("operator")', 'Operator("operator", install=False)'),
}


def install(folder: pathlib.Path) -> None:
    """Put the SDKs as they are published into a folder, with what the programs need beside them.

    Node.js looks for packages in `node_modules` of the folder and those above it, Python in PYTHONPATH.
    """
    version = json.loads((stack.CHECKOUT / "schema.json").read_text())["version"]
    dist = stack.CHECKOUT / "dist"
    dist.mkdir(exist_ok=True)
    with (dist / ".lock").open("w") as lock:
        # Another worker of the tests may be at it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        _unpack(folder, dist / f"pulumi-tau-{version}.tgz", dist / f"pulumi_tau-{version}-py3-none-any.whl")


def _unpack(folder: pathlib.Path, npm: pathlib.Path, wheel: pathlib.Path) -> None:
    subprocess.run([sys.executable, "tools/release_sdk.py"], cwd=stack.CHECKOUT, check=True)
    packages = folder / "node_modules"
    (packages / "pulumi-tau").mkdir(parents=True)
    for package in (stack.CHECKOUT / "tools/node/node_modules").iterdir():
        (packages / package.name).symlink_to(package)
    subprocess.run(["tar", "xzf", npm, "--strip-components=1", "-C", packages / "pulumi-tau"], check=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*command, str(folder / "python"), str(wheel)], check=True)


def environment(folder: pathlib.Path) -> dict[str, str]:
    """The environment of a program that uses what `install` put there."""
    search = os.pathsep.join([str(folder / "python"), os.environ.get("PYTHONPATH", "")])
    # tools/check-sdk checks the types of every program once, which takes seconds in each command of the CLI.
    return {"PYTHONPATH": search, "PULUMI_NODEJS_TRANSPILE_ONLY": "true"}


class Turns:
    """One stack on which the programs of an example take turns, each as `pulumi up` in its language.

    They have to want the same objects: whoever takes over changes nothing, and the state holds the same bytes after.
    """

    def __init__(self, of: stack.Stack) -> None:
        self.stack = of
        self._subject = ""
        self._inputs = ""

    def begin(self, subject: str, language: str) -> None:
        """Bring an example up from nothing."""
        self._subject = subject
        self._lay(language)
        planned = self.stack.preview()
        result = self.stack.up()
        assert set(result.changed) == {"create"}, result.output
        assert result.changes == planned.changes
        self._inputs = _inputs(self.stack)

    def others_change_nothing(self, *languages: str) -> None:
        """Let the programs of the other languages take over."""
        for language in languages:
            self._lay(language)
            result = self.stack.up()
            assert result.changes, result.output
            assert result.changed == {}, result.output
            assert _inputs(self.stack) == self._inputs, language

    def change(self, language: str, *texts: tuple[str, str]) -> None:
        """Replace texts in a program, and bring that up."""
        self._lay(language, *texts)
        result = self.stack.up()
        assert result.changed, result.output
        assert result.changed.keys() <= {"update", "replace"}, result.output

    def destroy(self) -> None:
        """Remove everything."""
        result = self.stack.destroy()
        assert set(result.changed) == {"delete"}, result.output

    def _lay(self, language: str, *changes: tuple[str, str]) -> None:
        """Make a program that of the stack, with these texts of it replaced by others."""
        example = stack.CHECKOUT / "examples" / f"{self._subject}-{language}"
        for name in _FILES.values():
            (self.stack.folder / name).unlink(missing_ok=True)
        texts = {name: (example / name).read_text() for name in {"Pulumi.yaml", _FILES[language]}}
        for old, new in (_OPERATOR[language], *changes):
            assert old in texts[_FILES[language]], (example, old)
            texts[_FILES[language]] = texts[_FILES[language]].replace(old, new)
        project = yaml.safe_load(texts.pop("Pulumi.yaml"))
        for name, text in texts.items():
            (self.stack.folder / name).write_text(text)
        self.stack.write({key: project[key] for key in project.keys() - {"name", "description", "plugins"}})


def _inputs(of: stack.Stack) -> str:
    """What the state holds as the inputs of each Kubernetes object, by the name of its resource."""
    exported = json.loads(of.run("stack", "export", "--show-secrets").output)["deployment"]["resources"]
    found = {one["urn"]: _revealed(one["inputs"]) for one in exported if one["type"].startswith("kubernetes:")}
    return json.dumps(found, indent=1, sort_keys=True)


def _revealed(value: Any) -> Any:
    """A value of the state without the marks of secrets, of which languages set more or fewer."""
    if isinstance(value, list):
        return [_revealed(item) for item in value]
    if isinstance(value, dict):
        if "plaintext" in value:
            return _revealed(json.loads(value["plaintext"]))
        return {key: _revealed(item) for key, item in value.items()}
    return value
