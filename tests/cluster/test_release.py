"""A release's archive, on a machine that has the CLI and Python and nothing else of tau."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from testbed.drive import stack

VERSION = json.loads((stack.CHECKOUT / "schema.json").read_text())["version"]


@pytest.fixture(scope="module")
def archive(bed: dict[str, str]) -> pathlib.Path:
    """The archive for this kind of machine."""
    build = [sys.executable, "tools/release.py", "linux-amd64"]
    # The bed's home of the CLI has the manifests, as that of everybody has who once used this version of tau.
    subprocess.run(build, cwd=stack.CHECKOUT, check=True, env={**os.environ, "PULUMI_HOME": bed["PULUMI_HOME"]})
    return stack.CHECKOUT / f"dist/pulumi-resource-tau-v{VERSION}-linux-amd64.tar.gz"


def without_tau(bed: dict[str, str], folder: pathlib.Path) -> dict[str, str]:
    """A machine with every program and plugin but tau."""
    home, programs = folder / "home", folder / "bin"
    shutil.copytree(pathlib.Path(bed["PULUMI_HOME"]) / "plugins", home / "plugins", symlinks=True)
    programs.mkdir()
    own, *others = bed["PATH"].split(":")
    for program in pathlib.Path(own).iterdir():
        if program.name != "pulumi-resource-tau":
            (programs / program.name).symlink_to(program)
    assert not any((pathlib.Path(part) / "pulumi-resource-tau").exists() for part in others)
    return {"PULUMI_HOME": str(home), "PATH": ":".join([str(programs), *others])}


def test_the_cli_installs_it_and_a_yaml_project_adds_it_and_previews_with_it(
    archive: pathlib.Path, bed: dict[str, str], tmp_path: pathlib.Path
) -> None:
    # Where there is no cluster either: that of the bed may have an operator of another stack.
    nowhere = {"KUBECONFIG": str(tmp_path / "none")}
    project = stack.Stack(tmp_path, {**bed, **without_tau(bed, tmp_path), **nowhere}, "released")
    project.run("plugin", "install", "resource", "tau", f"v{VERSION}", "--file", str(archive))
    assert (tmp_path / f"home/plugins/resource-tau-v{VERSION}/pulumi-resource-tau").exists()
    # Its manifests come from the archive: neither this home of the CLI nor the internet has them.
    resources = {"operator": {"type": "tau:postgres:Operator"}, "notes": {"type": "tau:postgres:Database"}}
    program = {"name": "released", "runtime": "yaml", "resources": resources}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps(program))
    project.run("package", "add", f"tau@{VERSION}")
    assert f"tau@{VERSION}" in (tmp_path / "Pulumi.yaml").read_text()
    lock = pathlib.Path(f"tau-{VERSION}.yaml")
    assert (tmp_path / "sdks/tau" / lock).read_text() == (stack.CHECKOUT / "sdk/yaml" / lock).read_text()
    assert project.preview().changes["create"] > 10
    project.run("stack", "rm", "--yes", "test")


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
