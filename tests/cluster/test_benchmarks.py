"""`make bench` on few applications: it measures, and what tau makes is what the programs by hand make."""

import json
import subprocess
import sys

from tests.cluster import stack


def test_few_applications_are_measured_in_every_language() -> None:
    """Needs the programs of the bed, but no cluster; it fails where the numbers of files differ."""
    few = ["--applications", "2", "--constructs", "20", "--overlap", "4", "--rounds", "1", "--starts", "1"]
    command = [sys.executable, "-m", "tools.benchmarks", *few]
    done = subprocess.run(command, cwd=stack.CHECKOUT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((stack.CHECKOUT / "dist/benchmarks/benchmarks.json").read_text())
    assert {row["against"] for row in found["rows"]} >= {"Python", "TypeScript"}
