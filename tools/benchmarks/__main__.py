"""The command line: measure, print the table, and write it to dist/benchmarks; `--document` also into docs."""

import argparse
import pathlib
import shutil
import sys
import tempfile
import time

from tools.benchmarks import deployments, plugin, report, workshop

_FOLDER = workshop.ROOT / "dist" / "benchmarks"
_DOCUMENT = workshop.ROOT / "docs" / "benchmarks.md"


def main() -> None:
    """Measure what was asked for."""
    arguments = _arguments()
    about, begin = report.machine(), time.monotonic()

    def tell(message: str) -> None:
        print(f"{time.monotonic() - begin:6.0f} s  {message}", file=sys.stderr, flush=True)

    rows = plugin.starts(arguments.starts)
    lasting, notes = plugin.lasting(arguments.constructs)
    notes += plugin.hottest(min(100, arguments.constructs))
    tell("the plugin by itself is measured")
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        with workshop.opened(folder) as environment:
            bench = deployments.opened(folder / "programs", environment, tell)
            costs = {count: bench.measured(count, arguments.rounds) for count in arguments.applications}
            most, _ = deployments.overlapping(bench.programs(arguments.overlap)["tau"])
    finally:
        shutil.rmtree(folder)
    for count, found in costs.items():
        rows += deployments.compared(count, found)
    rows += [*deployments.grown(costs), *lasting]
    notes.append(f"with PULUMI_PARALLEL=64, of {arguments.overlap} applications {most} were under construction at once")
    table = report.write(_FOLDER, rows, about, notes)
    if arguments.document:
        report.put_into(_DOCUMENT, table)
    print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.benchmarks", description=__doc__)
    parser.add_argument("--applications", type=int, nargs="+", default=[10, 100, 400], help="of one program")
    parser.add_argument("--constructs", type=int, default=1000, help="of one process of the plugin")
    parser.add_argument("--overlap", type=int, default=64, help="applications with PULUMI_PARALLEL=64")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--document", action="store_true", help="put the table into docs/benchmarks.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
