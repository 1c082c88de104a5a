"""`make bench` on few applications: it measures, and what tau makes is what the programs by hand make."""

import json
import pathlib
import subprocess
import sys

from testbed.drive import stack


def test_few_applications_are_measured_in_every_language(tmp_path: pathlib.Path) -> None:
    """Needs the programs of the bed, but no cluster; it fails where the numbers of files differ."""
    command = [sys.executable, "-m", "tools.benchmarks", "--few", "--output", str(tmp_path), "plugin", "programs"]
    done = subprocess.run(command, cwd=stack.CHECKOUT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "benchmarks.json").read_text())
    assert {"Python", "TypeScript"} <= {row["against"] for row in found["parts"]["programs"]["rows"]}
