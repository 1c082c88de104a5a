"""Builds what the cache lacks: packages, programs and images, side by side where two cores gain from it."""

import collections.abc
import concurrent.futures

from testbed import host, progress
from testbed.build import images, packages, programs

_GO_BUILDS = 2


def everything() -> None:
    """Leave this machine with all that the bed starts; quick when it already has it."""
    host.check()
    with programs.lock():
        packages.ensure()
        missing = programs.missing()
        if missing:
            progress.say(f"building {len(missing)} Go modules; with empty Go caches all take about half an hour")
        with (
            concurrent.futures.ThreadPoolExecutor(_GO_BUILDS) as builders,
            concurrent.futures.ThreadPoolExecutor(1) as debian,
        ):
            started = [builders.submit(programs.build, recipe) for recipe in missing]
            started.append(debian.submit(images.ensure_roots))
            _finish(started)
        images.ensure()
        programs.link()


def _finish(started: collections.abc.Sequence[concurrent.futures.Future[None]]) -> None:
    """Wait for all; after a failure nothing new is begun."""
    done, waiting = concurrent.futures.wait(started, return_when=concurrent.futures.FIRST_EXCEPTION)
    for future in waiting:
        future.cancel()
    for future in done:
        future.result()
