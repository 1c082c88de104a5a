"""The generated types are what schema.json says."""

import subprocess
import sys

from tests.contract import go_modules


def test_they_are_current() -> None:
    command = [sys.executable, "tools/generate_types.py", "--check"]
    done = subprocess.run(command, cwd=go_modules.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
