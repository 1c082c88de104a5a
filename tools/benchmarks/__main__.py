"""The command line: measure some parts or all, print the table, and write it as Markdown, as JSON and as a plot.

A part that is not measured this time keeps what it had in the folder, if that was on this machine.
"""

import argparse
import pathlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from tools.benchmarks import report
from tools.benchmarks.amounts import FEW, FULL, Amounts
from tools.benchmarks.report import Row

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_DOCUMENT = _ROOT / "docs" / "benchmarks.md"

Measure = Callable[[Amounts, Callable[[str], None]], tuple[Sequence[Row], Sequence[str]]]


def main() -> None:
    """Measure what was asked for; each part is written as soon as it is through."""
    arguments = _arguments()
    amounts = FEW if arguments.few else FULL
    machine, begin = report.machine(), time.monotonic()

    def tell(message: str) -> None:
        print(f"{time.monotonic() - begin:6.0f} s  {message}", file=sys.stderr, flush=True)

    known = _parts()
    measured = report.opened(arguments.output, list(known), machine)
    for name in arguments.parts or known:
        started = report.Begin()
        tell(f"measuring: {name}")
        measured[name] = started.end(*known[name](amounts, tell))
        table = report.Table(machine, {part: measured[part] for part in known if part in measured})
        report.write(arguments.output, table)
        if arguments.document:
            report.put_into(_DOCUMENT, table)
    print(table.markdown())


def _parts() -> Mapping[str, Measure]:
    from tools.benchmarks import backups, deployments, on_bed, process

    return {
        "plugin": process.measure,
        "programs": deployments.measure,
        "cluster": on_bed.measure,
        "backups": backups.measure,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(_parts())}; all by default")
    parser.add_argument("--few", action="store_true", help="few applications and rounds, to see that it works")
    parser.add_argument("--output", type=pathlib.Path, default=_ROOT / "dist" / "benchmarks", metavar="FOLDER")
    parser.add_argument("--document", action="store_true", help="put the table into docs/benchmarks.md too")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(_parts())
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return arguments


if __name__ == "__main__":
    main()
