"""Builds the bed's programs from their Go modules, once for each recipe, and tells where they are."""

import collections.abc
import contextlib
import fcntl
import json
import pathlib
import re
import shutil
import tempfile

from testbed import commands, errors, paths, progress
from testbed.build import recipes

_ENVIRONMENT = {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-buildvcs=false", "GOGC": "400"}


def binary(name: str) -> pathlib.Path:
    """A built program, or a file that came with one."""
    path = recipes.of(name).folder / name
    if not path.exists():
        raise errors.BedError(f"The program {name} is not built yet; run 'python -m testbed build'.")
    return path


def ensured(name: str) -> pathlib.Path:
    """A program that is built now if it is not yet."""
    recipe = recipes.of(name)
    if not recipe.folder.is_dir():
        with lock():
            # The process that was waited for may have built it.
            if not recipe.folder.is_dir():
                build(recipe)
    return binary(name)


def version(name: str) -> str:
    """The version that a program was built with."""
    return recipes.of(name).version


def missing() -> list[recipes.Recipe]:
    """What is still to be built, the longest builds first."""
    return [recipe for recipe in recipes.everything() if not recipe.folder.is_dir()]


def build(recipe: recipes.Recipe) -> None:
    """Make a recipe's folder in the cache; it appears whole or not at all."""
    with progress.step(f"built {', '.join(recipe.programs)}"), temporary() as work:
        source, output = work / "source", work / "output"
        shutil.copytree(recipe.source, source)
        _copy(recipe.inputs, source, source)
        if recipe.generate:
            _generate(recipe, source, work)
        _compile(recipe, source, output)
        _copy(recipe.beside, source, output, mode=0o755)
        _copy(recipe.files, source, output)
        output.rename(recipe.folder)


def link() -> None:
    """Fill the folder for PATH with links to the programs, and the cache's folder of manifests."""
    all_recipes = recipes.everything()
    _link(paths.bin(), [name for recipe in all_recipes for name in (*recipe.programs, *recipe.beside)])
    files = [name for recipe in all_recipes for name in recipe.files]
    _link(paths.cache() / "manifests", [name for name in files if name.endswith(".yaml")])


@contextlib.contextmanager
def temporary() -> collections.abc.Iterator[pathlib.Path]:
    """A folder in the cache's own file system, so that results can be renamed into place."""
    parent = paths.cache() / "work"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        yield pathlib.Path(folder)


@contextlib.contextmanager
def lock() -> collections.abc.Iterator[None]:
    """Let one process at a time build; what a killed one left half done is thrown away."""
    (paths.cache() / "programs").mkdir(parents=True, exist_ok=True)
    with (paths.cache() / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say("waiting for another process that builds")
            fcntl.flock(file, fcntl.LOCK_EX)
        shutil.rmtree(paths.cache() / "work", ignore_errors=True)
        yield


def _link(folder: pathlib.Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        present, wanted = folder / name, binary(name)
        if present.is_symlink() and present.readlink() == wanted:
            continue
        fresh = folder / f".{name}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(wanted)
        fresh.rename(present)


def _generate(recipe: recipes.Recipe, source: pathlib.Path, work: pathlib.Path) -> None:
    for name in recipe.generate:
        (source / name).write_text("{}")
    _compile(recipe, source, work / "generator")
    (program,) = recipe.programs
    commands.run(work / "generator" / program, "generate", source, folder=work)


def _compile(recipe: recipes.Recipe, source: pathlib.Path, output: pathlib.Path) -> None:
    """One `go build` for all of them: packages they share are compiled once."""
    output.mkdir()
    packages = recipe.programs.values()
    tags = ("-tags", recipe.tags) if recipe.tags else ()
    go("build", *recipes.FLAGS, *tags, "-ldflags", recipe.linker_flags, "-o", f"{output}/", *packages, folder=source)
    for name, package in recipe.programs.items():
        produced = recipe.module if package == "." else _executable(package)
        (output / produced).rename(output / name)


def _executable(package: str) -> str:
    """What `go build` names a program: after the last part of its path that is not a major version."""
    parts = [part for part in package.split("/") if not re.fullmatch("v[0-9]+", part)]
    return parts[-1]


def _copy(wanted: dict[str, str], source: pathlib.Path, target: pathlib.Path, *, mode: int = 0o644) -> None:
    for name, origin in wanted.items():
        module, _, path = origin.partition(":")
        # `go list` would tell no folder for a module that nothing has downloaded yet.
        downloaded = json.loads(go("mod", "download", "-json", module, folder=source))
        shutil.copyfile(pathlib.Path(downloaded["Dir"]) / path, target / name)
        (target / name).chmod(mode)


def go(*arguments: str, folder: pathlib.Path) -> str:
    """Run the Go command in a module."""
    return commands.run("go", *arguments, folder=folder, environment=_ENVIRONMENT)
