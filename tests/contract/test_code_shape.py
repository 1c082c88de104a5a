"""The shape of the code: layers, sizes, and nothing of one machine or one network in tracked files."""

import ast
import os
import pathlib
import re
import subprocess
import sys

from tests.contract import go_modules

ROOT = go_modules.ROOT
# Where packages are fetched from is the business of each machine's package managers.
PACKAGE_REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|(?:proxy|sum)\.golang\.org|(?:deb|security)\.debian\.org"
)
MACHINE_PATHS = re.compile(r"(?<![\w.}/-])/(?:work|root|home/\w+)/\w|/tmp/war[m]\b")


def tracked(*patterns: str) -> list[pathlib.Path]:
    """Files under version control."""
    done = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=True, text=True)
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def written() -> list[pathlib.Path]:
    """Python that people write; the SDKs and the types of the arguments are generated."""
    generated = (ROOT / "sdk", ROOT / "provider/tau/types")
    return [path for path in tracked("*.py") if not any(folder in path.parents for folder in generated)]


def test_data_flows_one_way() -> None:
    command = [str(pathlib.Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    search = os.pathsep.join([str(ROOT / "provider"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": search}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {str(path): len(path.read_text().splitlines()) for path in written()}
    assert lengths
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    long = []
    for path in written():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                length = node.end_lineno - node.lineno + 1
                long += [f"{path.relative_to(ROOT)}: {node.name} has {length}"] if length > 40 else []
    assert long == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(path) for path in written() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_no_tracked_file_names_a_package_registry_or_a_folder_of_one_machine() -> None:
    found = []
    for path in tracked():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            if PACKAGE_REGISTRIES.search(line) or MACHINE_PATHS.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert found == []
