"""Files of the Go modules that the bed pins: read where Go keeps them, never copied."""

import functools
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


@functools.cache
def released(module: str, version: str) -> pathlib.Path:
    """Where Go keeps a module that the bed does not need."""
    command = ["go", "mod", "download", "-json", f"{module}@{version}"]
    done = subprocess.run(command, cwd=ROOT / "testbed/build/modules/pause", capture_output=True, check=True, text=True)
    return pathlib.Path(json.loads(done.stdout)["Dir"])


@functools.cache
def folder(program: str, module: str) -> pathlib.Path:
    """Where Go keeps a module, at the version in the go.mod of one of the bed's programs."""
    command = ["go", "mod", "download", "-json", module]
    done = subprocess.run(
        command, cwd=ROOT / "testbed/build/modules" / program, capture_output=True, check=True, text=True
    )
    return pathlib.Path(json.loads(done.stdout)["Dir"])
