"""A release's archive, on a machine that has the CLI and Python and nothing else of tau."""

import json
import pathlib
import subprocess
import sys

import pytest

from tests.cluster import stack

VERSION = json.loads((stack.CHECKOUT / "schema.json").read_text())["version"]


@pytest.fixture(scope="module")
def archive() -> pathlib.Path:
    """The archive for this kind of machine."""
    subprocess.run([sys.executable, "tools/release.py", "linux-amd64"], cwd=stack.CHECKOUT, check=True)
    return stack.CHECKOUT / f"dist/pulumi-resource-tau-v{VERSION}-linux-amd64.tar.gz"


def test_the_cli_installs_it_and_reads_the_schema_from_it(
    archive: pathlib.Path, bed: dict[str, str], tmp_path: pathlib.Path
) -> None:
    # Its own home, where no plugin is yet, and a search path without the checkout's.
    search = ":".join(part for part in bed["PATH"].split(":") if pathlib.Path(part) != stack.CHECKOUT)
    alone = {"PULUMI_HOME": str(tmp_path / "home"), "PATH": search}
    project = stack.Stack(tmp_path, {**bed, **alone}, "released")
    project.run("plugin", "install", "resource", "tau", f"v{VERSION}", "--file", str(archive))
    installed = tmp_path / f"home/plugins/resource-tau-v{VERSION}"
    assert (installed / "pulumi-resource-tau").exists()
    printed = project.run("package", "get-schema", f"tau@{VERSION}").output
    schema, _ = json.JSONDecoder().raw_decode(printed[printed.index("{") :])
    assert schema["resources"].keys() == json.loads((stack.CHECKOUT / "schema.json").read_text())["resources"].keys()


def test_it_starts_with_a_bare_python_only(archive: pathlib.Path, tmp_path: pathlib.Path) -> None:
    subprocess.run(["tar", "xzf", archive, "-C", tmp_path], check=True)
    with subprocess.Popen(
        [tmp_path / "pulumi-resource-tau", "127.0.0.1:9"],
        env={"PATH": "/usr/bin:/bin"},
        cwd="/",
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            assert int(process.stdout.readline()) > 0
        finally:
            process.kill()
