"""How much is measured: enough for figures, or few to see that it works."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """How many `applications` a program has, and where also a deployment `again` is measured, without a change.

    `constructs` are of one process of the plugin, so many `at_once`.
    """

    applications: tuple[int, ...]
    again: tuple[int, ...]
    rounds: int
    starts: int
    at_once: int
    constructs: int
    overlap: int
    databases: int
    languages: tuple[str, ...] = ("Python", "TypeScript", "Helm")
    compressions: tuple[str, ...] = ("none", "lz4", "snappy", "gzip")


FULL = Amounts(
    applications=(10, 100, 400),
    again=(10, 100),
    rounds=3,
    starts=7,
    at_once=100,
    constructs=1000,
    overlap=100,
    databases=20,
)
FEW = Amounts(
    applications=(2,),
    again=(),
    rounds=1,
    starts=1,
    at_once=5,
    constructs=10,
    overlap=2,
    databases=2,
    languages=("Python", "TypeScript"),
    compressions=("snappy",),
)
