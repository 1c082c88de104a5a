"""Waiting for something to become true, with a limit."""

import time
from collections.abc import Callable

from testbed import errors


def until(what: str, ready: Callable[[], bool], *, timeout: float = 60, hint: str = "") -> None:
    """Return once `ready()` is true; past the limit, say what was waited for."""
    deadline = time.monotonic() + timeout
    while not ready():
        if time.monotonic() > deadline:
            raise errors.BedError(f"Waited {timeout:.0f} s in vain for {what}. {hint}".strip())
        time.sleep(0.1)
