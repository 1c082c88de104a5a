"""What the bed tells while it works: one line for each finished step, with the seconds it took."""

import collections.abc
import contextlib
import sys
import time


@contextlib.contextmanager
def step(title: str) -> collections.abc.Iterator[None]:
    """Say what was done and how long it took, once it is done."""
    begin = time.monotonic()
    yield
    say(f"{title} ({time.monotonic() - begin:.0f} s)")


def say(line: str) -> None:
    """Goes to standard error: standard output belongs to the shell exports of `bed env`."""
    print(f"bed: {line}", file=sys.stderr, flush=True)
