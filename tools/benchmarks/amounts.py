"""How much is measured: enough for figures, or few to see that it works."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """How many rounds for how many `applications` of a program, and where a deployment without a change comes `again`.

    A round of many takes minutes, in which what disturbs it evens out. `constructs` are of one process of the plugin,
    so many `at_once`.
    """

    applications: Mapping[int, int]
    again: tuple[int, ...]
    rounds: int
    starts: int
    at_once: int
    constructs: int
    overlap: int
    databases: int
    rounds_of_databases: int
    languages: tuple[str, ...] = ("Python", "TypeScript", "Helm")
    compressions: tuple[str, ...] = ("none", "lz4", "snappy", "gzip")


FULL = Amounts(
    applications={10: 3, 100: 3, 400: 2},
    again=(10, 100),
    rounds=3,
    starts=7,
    at_once=100,
    constructs=1000,
    overlap=100,
    databases=20,
    rounds_of_databases=2,
)
FEW = Amounts(
    applications={2: 1},
    again=(),
    rounds=1,
    starts=1,
    at_once=5,
    constructs=10,
    overlap=2,
    databases=2,
    rounds_of_databases=1,
    languages=("Python", "TypeScript"),
    compressions=("snappy",),
)
