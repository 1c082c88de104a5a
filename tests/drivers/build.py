"""Builds the programs of each language once, into the cache of the bed, under a digest of their sources and locks."""

import hashlib
import os
import pathlib
import shutil
import sys
from collections.abc import Callable

from testbed import commands, paths
from testbed.build import programs
from tests.drivers.clients import FOLDER

_PACKAGES = {"php": ("php-cli", "php-pgsql"), "ruby": ("ruby", "ruby-pg"), "shell": ("postgresql-client",)}
# What an editor, or a build by hand, leaves in the folder.
_BY_HAND = {"node_modules", "target", "__pycache__"}
_PROGRAMS = {"php": "php", "ruby": "ruby", "shell": "psql"}


def built(folder: str) -> pathlib.Path:
    """The folder with what was built of this language; it appears whole or not at all."""
    _install(folder)
    target = paths.cache() / "drivers" / f"{folder}-{_digest(folder)}"
    if not target.is_dir():
        with programs.lock(), programs.temporary() as work:
            if not target.is_dir():
                source = work / folder
                _copy(folder, source)
                if folder in _BUILDS:
                    _BUILDS[folder](source)
                target.parent.mkdir(exist_ok=True)
                source.rename(target)
    return target


def _digest(folder: str) -> str:
    digest = hashlib.sha256()
    for file in sorted(
        path for path in (FOLDER / folder).rglob("*") if path.is_file() and "node_modules" not in path.parts
    ):
        digest.update(f"{file.relative_to(FOLDER)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _copy(folder: str, target: pathlib.Path) -> None:
    if (FOLDER / folder).is_dir():
        shutil.copytree(FOLDER / folder, target, ignore=shutil.ignore_patterns(*_BY_HAND))
    else:
        target.mkdir()


def _install(folder: str) -> None:
    if folder in _PROGRAMS and not shutil.which(_PROGRAMS[folder]):
        commands.run("apt-get", "update")
        commands.run("apt-get", "install", "--yes", "--no-install-recommends", *_PACKAGES[folder])


def _python(source: pathlib.Path) -> None:
    # A folder of packages; a virtual environment would hold its own path.
    install = (sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--target", source / "packages")
    commands.run(*install, "-r", source / "requirements.txt")


def _node(source: pathlib.Path) -> None:
    commands.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=source)


def _go(source: pathlib.Path) -> None:
    commands.run("go", "build", "-o", "drivers", ".", folder=source)


def _rust(source: pathlib.Path) -> None:
    # Users may have set another folder for everything that Cargo builds.
    commands.run("cargo", "build", "--locked", "--quiet", "--target-dir", "target", folder=source)
    (source / "target/debug/drivers").rename(source / "drivers")
    shutil.rmtree(source / "target")


def _java(source: pathlib.Path) -> None:
    commands.run("mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib", folder=source)
    jars = os.pathsep.join(str(jar) for jar in sorted((source / "lib").glob("*.jar")))
    commands.run("javac", "-cp", jars, "Client.java", folder=source)


_BUILDS: dict[str, Callable[[pathlib.Path], None]] = {
    "python": _python,
    "node": _node,
    "go": _go,
    "rust": _rust,
    "java": _java,
}
