"""A place for programs that render to files: the bed's CLI, plugins and language hosts, without its cluster."""

import os
import pathlib
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bed import environment, packages, paths, programs, recipes

ROOT = pathlib.Path(__file__).resolve().parents[2]
_STACK = "bench"


@dataclass(frozen=True)
class Cost:
    """What one command took: seconds on the clock, and of processors by it and all that it started."""

    wall: float
    cpu: float


@contextmanager
def opened(folder: pathlib.Path) -> Iterator[dict[str, str]]:
    """The environment of the CLI, with its plugins and stacks in this folder."""
    before = os.environ.get("TAU_BED_STATE")
    os.environ["TAU_BED_STATE"] = str(folder)
    try:
        with programs.lock():
            for recipe in programs.missing():
                if any(one.startswith("pulumi") for one in recipe.programs):
                    programs.build(recipe)
        paths.bin().mkdir(parents=True, exist_ok=True)
        for recipe in recipes.everything():
            for name in recipe.programs:
                if name.startswith("pulumi"):
                    (paths.bin() / name).symlink_to(programs.binary(name))
        environment.prepare()
        absent = folder / "no-cluster"
        yield {**environment.variables(), "KUBECONFIG": str(absent)}
    finally:
        if before is None:
            del os.environ["TAU_BED_STATE"]
        else:
            os.environ["TAU_BED_STATE"] = before
