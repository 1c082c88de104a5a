"""The recipes of the programs as programs.toml has them, and the key under which each result is cached."""

import dataclasses
import functools
import hashlib
import json
import pathlib
import tomllib

from testbed import errors, paths

_HERE = pathlib.Path(__file__).parent
FLAGS = ("-mod=readonly", "-trimpath", "-gcflags=all=-dwarf=false")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One Go module and the programs that are built from it."""

    module: str
    programs: dict[str, str]
    version: str = ""
    stamp: str = ""
    inputs: dict[str, str] = dataclasses.field(default_factory=dict)
    beside: dict[str, str] = dataclasses.field(default_factory=dict)
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    generate: tuple[str, ...] = ()
    tags: str = ""

    @property
    def source(self) -> pathlib.Path:
        """The folder that holds go.mod."""
        return _HERE / "modules" / self.module

    @property
    def linker_flags(self) -> str:
        """What the linker is told; no symbol tables, and the version."""
        return f"-s -w -X {self.stamp}={self.version}" if self.stamp else "-s -w"

    @functools.cached_property
    def key(self) -> str:
        """Changes when anything does that the programs are made from."""
        described = dataclasses.asdict(self)
        if not self.tags:
            # The programs of other recipes are those that were built before there were any.
            del described["tags"]
        content = hashlib.sha256(json.dumps([described, FLAGS]).encode())
        for file in sorted(self.source.rglob("*")):
            if file.is_file():
                content.update(f"{file.relative_to(self.source)}\0".encode() + file.read_bytes())
        return f"{self.module}-{content.hexdigest()[:16]}"

    @property
    def folder(self) -> pathlib.Path:
        """Where the built programs are stored."""
        return paths.cache() / "programs" / self.key

    def contents(self) -> set[str]:
        """The names of all files in the folder."""
        return {*self.programs, *self.beside, *self.files}


def everything() -> tuple[Recipe, ...]:
    """All recipes of the bed, the longest builds first."""
    return _table("build")


def optional() -> tuple[Recipe, ...]:
    """Recipes that the bed itself does without."""
    return _table("optional")


@functools.cache
def _table(name: str) -> tuple[Recipe, ...]:
    table = tomllib.loads((_HERE / "programs.toml").read_text())
    return tuple(Recipe(**entry) for entry in table[name])


def of(name: str) -> Recipe:
    """The recipe that makes the program or file of this name."""
    for recipe in (*everything(), *optional()):
        if name in recipe.contents():
            return recipe
    raise errors.BedError(f"The bed builds no {name}; add it to testbed/build/programs.toml.")
