"""The command line: build the bed, take it up and down, and tell how to use it."""

import argparse
import sys
from collections.abc import Sequence

from testbed import errors
from testbed.build import programs
from testbed.cluster import environment, lifecycle


def main() -> int:
    """Run one command; an expected failure is one sentence."""
    try:
        _run(_arguments())
    except errors.BedError as problem:
        print(f"bed: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m testbed", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build every program and image that the cache lacks")
    build.add_argument("program", nargs="*", help="build just these, which may be some that the bed does without")
    commands.add_parser("up", help="build what is missing, start what is not running")
    commands.add_parser("down", help="end and remove everything but the cache")
    commands.add_parser("env", help="print the shell exports that use the running bed")
    commands.add_parser("status", help="print whether each daemon runs")
    second = commands.add_parser("node2", help="add a second node, or remove it as if its power failed")
    second.add_argument("action", choices=["up", "down"])
    return parser.parse_args()


def _run(arguments: argparse.Namespace) -> None:
    match arguments.command:
        case "build":
            _build(arguments.program)
        case "up":
            _build()
            lifecycle.up()
        case "down":
            lifecycle.down()
        case "env":
            print(environment.exports())
        case "status":
            print(lifecycle.status())
        case "node2":
            action = {"up": lifecycle.second_node_up, "down": lifecycle.second_node_down}
            action[arguments.action]()


def _build(some: Sequence[str] = ()) -> None:
    for name in some:
        programs.ensured(name)
    if some:
        return
    # Only these two commands pay for what building imports.
    from testbed.build import cache

    cache.everything()


sys.exit(main())
