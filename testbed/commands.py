"""Runs the outside programs that building needs, and reports a failed one by the end of its output."""

import collections.abc
import os
import pathlib
import subprocess

from testbed import errors


def run(
    *command: str | pathlib.Path,
    folder: pathlib.Path | None = None,
    environment: collections.abc.Mapping[str, str] | None = None,
) -> str:
    """Run to the end and return what was printed."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as missing:
        raise errors.BedError(f"The program {command[0]} is missing on this machine; install it.") from missing
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        words = " ".join(map(str, command))
        raise errors.BedError(f"The command '{words}' failed ({done.returncode}); it ended with:\n{last}")
    return done.stdout
