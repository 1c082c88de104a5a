"""tau on a cluster compared with `kubectl apply` of the same objects: time to a first answer, many databases.

The objects are those that tau registered, taken from the state of a first round, which warms the machine's caches up.
"""

import statistics
import time
from collections.abc import Callable
from typing import Protocol

from tools.benchmarks import first_answer, many_databases
from tools.benchmarks.amounts import Amounts
from tools.benchmarks.owned_bed import running
from tools.benchmarks.report import Row
from tools.benchmarks.workshop import watched

_TARGET, _MAY_BE = 1.2, 120.0
_AGAINST = "kubectl apply of the same objects"


class Rounds(Protocol):
    """What alternates; each end leaves the cluster as it was before."""

    def by_tau(self) -> None: ...
    def end_of_tau(self) -> None: ...
    def by_hand(self) -> None: ...
    def end_by_hand(self) -> None: ...


def measure(amounts: Amounts, tell: Callable[[str], None]) -> tuple[list[Row], list[str]]:
    """Both, on one bed."""
    with running() as bed:
        ours, theirs = _compared(first_answer.Rounds(bed), amounts.rounds, tell)
        answer = "up of Operator, application and database to the first answer"
        rows = [Row(answer, ours, theirs, _AGAINST, target=_TARGET)]
        with many_databases.opened(bed, amounts.databases) as rounds:
            with watched() as memory:
                ours, theirs = _compared(rounds, amounts.rounds_of_databases, tell)
            most = rounds.most_at_once
    what = f"up of {amounts.databases} databases"
    rows += [
        Row(f"{what} at once to the last first query", ours, theirs, _AGAINST, target=_TARGET),
        Row(f"memory of the plugin in {what} at once", max(memory), _MAY_BE, "what it may be", "MB", 1.0),
    ]
    return rows, [f"in {what}, tau waited for {most} Clusters at once"]


def _compared(rounds: Rounds, count: int, tell: Callable[[str], None]) -> tuple[float, float]:
    """Medians of seconds, by tau and by hand, which alternate."""
    rounds.by_tau()
    rounds.end_of_tau()
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(count):
        for seconds, act, end in (
            (ours, rounds.by_tau, rounds.end_of_tau),
            (theirs, rounds.by_hand, rounds.end_by_hand),
        ):
            begin = time.monotonic()
            act()
            seconds.append(time.monotonic() - begin)
            tell(f"{act.__name__}: {seconds[-1]:.1f} s")
            end()
    return statistics.median(ours), statistics.median(theirs)
