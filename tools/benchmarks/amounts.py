"""How much is measured: enough for figures, or few to see that it works."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """`applications` of one program, of which the last only show growth; `constructs` of one process of the plugin."""

    applications: tuple[int, ...]
    rounds: int
    starts: int
    at_once: int
    constructs: int
    overlap: int
    databases: int
    languages: tuple[str, ...] = ("Python", "TypeScript", "Helm")
    compressions: tuple[str, ...] = ("none", "lz4", "snappy", "gzip")


FULL = Amounts(applications=(10, 100, 400), rounds=3, starts=7, at_once=100, constructs=1000, overlap=100, databases=20)
FEW = Amounts(
    applications=(2,),
    rounds=1,
    starts=1,
    at_once=10,
    constructs=20,
    overlap=4,
    databases=2,
    languages=("Python", "TypeScript"),
    compressions=("snappy",),
)
