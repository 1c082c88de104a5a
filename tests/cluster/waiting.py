"""Waits for what comes about by itself."""

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def until(what: str, reached: Callable[[], _T], *, seconds: float = 300) -> _T:
    """The first true answer; fails with `what` when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := reached()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(0.2)
    return answer
