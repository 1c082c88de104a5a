"""How the plugin gets into a project: by `pulumi package add`, and as the folder that a language host runs.

The Python language host of the bed is older than `PulumiPlugin.yaml`. What a current one does with the folder, an
environment from requirements.txt and `python <folder> <engine>`, is done here by hand.
"""

import json
import os
import pathlib
import subprocess
import sys

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.cluster import stack


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A Python with what requirements.txt names, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    locked = stack.CHECKOUT / "requirements.txt"
    subprocess.run(
        [folder / "bin/pip", "install", "--quiet", "--no-compile", "--require-hashes", "-r", locked], check=True
    )
    return folder / "bin/python"


def test_the_folder_runs_with_its_locked_requirements_from_anywhere(
    bare_python: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    command = [str(bare_python), str(stack.CHECKOUT), "127.0.0.1:9"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
                plugin = provider_pb2_grpc.ResourceProviderStub(channel)
                answer = plugin.GetSchema(provider_pb2.GetSchemaRequest(), wait_for_ready=True, timeout=20)
        finally:
            process.kill()
    assert answer.schema == (stack.CHECKOUT / "schema.json").read_text()


def test_a_yaml_project_adds_the_package_and_previews_with_it(bed: dict[str, str], tmp_path: pathlib.Path) -> None:
    project = stack.Stack(tmp_path, bed, "added")
    program = {
        "name": "added",
        "runtime": "yaml",
        "resources": {"notes": {"type": "tau:postgres:Database", "options": {"dependsOn": ["${before}"]}}},
    }
    program["resources"]["before"] = {"type": "random:RandomId", "properties": {"byteLength": 2}}  # type: ignore[index]
    (tmp_path / "Pulumi.yaml").write_text(json.dumps(program))
    project.run("package", "add", str(stack.CHECKOUT / "pulumi-resource-tau"))
    version = json.loads((stack.CHECKOUT / "schema.json").read_text())["version"]
    assert f"tau@{version}" in (tmp_path / "Pulumi.yaml").read_text()
    assert (tmp_path / "sdks/tau" / f"tau-{version}.yaml").exists()
    made = project.preview().changes["create"]
    assert made > 10
    project.run("stack", "rm", "--yes", "test")


def test_the_sdks_are_what_the_generators_make_of_the_schema(bed: dict[str, str]) -> None:
    done = subprocess.run(
        ["tools/generate-sdk", "--check"], cwd=stack.CHECKOUT, capture_output=True, text=True, env={**os.environ, **bed}
    )
    assert done.returncode == 0, done.stdout + done.stderr
