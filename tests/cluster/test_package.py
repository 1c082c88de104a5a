"""How the plugin gets into a project: by `pulumi package add`, and as the folder that a language host runs.

The Python language host of the bed is older than `PulumiPlugin.yaml`. What a current one does with the folder, an
environment from requirements.txt and `python <folder> <engine>`, is done here by hand. Neither it nor that of Node.js
generates packages: in TypeScript and Python projects the package of `sdk/`, which is what the command would generate,
is put into the project and linked as the command links it. Their programs are those of docs/sdk.md.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from testbed.drive import stack


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


def first_program(language: str) -> str:
    """The first program of the documentation in a language."""
    text = (stack.CHECKOUT / "docs/sdk.md").read_text()
    return text[text.index("## The first program") :].partition(f"```{language}\n")[2].partition("```")[0]


def previewed(project: stack.Stack, runtime: str) -> int:
    """How many resources a program would make; with no cluster, as that of the tests has an operator already."""
    project.write({"runtime": runtime})
    project.environment |= {"KUBECONFIG": str(project.folder / "absent"), "HOME": str(project.folder)}
    created = project.preview().changes["create"]
    project.run("stack", "rm", "--yes", "test")
    return created


def test_a_typescript_project_gets_the_package_from_its_folder(bed: dict[str, str], tmp_path: pathlib.Path) -> None:
    project = stack.Stack(tmp_path, bed, "linked")
    shutil.copytree(stack.CHECKOUT / "sdk/nodejs", tmp_path / "sdks/tau")
    pinned = json.loads((stack.CHECKOUT / "tools/node/package.json").read_text())["dependencies"]
    needed = ("@pulumi/pulumi", "@pulumi/kubernetes", "@types/node", "typescript")
    dependencies = {name: pinned[name] for name in needed} | {"pulumi-tau": "file:sdks/tau"}
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": dependencies}))
    (tmp_path / "tsconfig.json").write_text((stack.CHECKOUT / "examples/tsconfig.json").read_text())
    # Without the CLI on the search path, which would be asked to download what the bed has built.
    search = ":".join(part for part in bed["PATH"].split(":") if not (pathlib.Path(part) / "pulumi").exists())
    install = ["npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(install, cwd=tmp_path, check=True, env={**os.environ, "PATH": search})
    (tmp_path / "index.ts").write_text(first_program("typescript"))
    subprocess.run(["node_modules/.bin/tsc", "-p", "."], cwd=tmp_path, check=True)
    assert previewed(project, "nodejs") > 10


def test_a_python_project_gets_the_package_from_its_folder(bed: dict[str, str], tmp_path: pathlib.Path) -> None:
    project = stack.Stack(tmp_path, {**bed, "PYTHONPATH": str(tmp_path / "packages")}, "linked")
    shutil.copytree(stack.CHECKOUT / "sdk/python", tmp_path / "sdks/tau")
    # Its dependencies are in the environment of the tests.
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", "packages", "./sdks/tau"]
    subprocess.run(install, cwd=tmp_path, check=True)
    (tmp_path / "__main__.py").write_text(first_program("python"))
    assert previewed(project, "python") > 10


def test_the_sdks_are_what_the_generators_make_of_the_schema(bed: dict[str, str]) -> None:
    done = subprocess.run(
        ["tools/generate-sdk", "--check"], cwd=stack.CHECKOUT, capture_output=True, text=True, env={**os.environ, **bed}
    )
    assert done.returncode == 0, done.stdout + done.stderr
