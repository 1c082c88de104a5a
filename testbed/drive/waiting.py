"""Waits for what comes about by itself."""

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def until(what: str, reached: Callable[[], _T], *, seconds: float = 300, rest: float = 3) -> _T:
    """The first true answer; fails with `what` when there is none in time.

    It rests between questions for so many times what an answer takes, and for a fifth of a second at least.
    """
    deadline = time.monotonic() + seconds
    while True:
        asked = time.monotonic()
        if answer := reached():
            return answer
        answered = time.monotonic()
        assert answered < deadline, f"{what} did not happen within {seconds:.0f} s"
        # A question to the cluster is a process; asking all the time would keep a core from what is waited for.
        time.sleep(max(0.2, rest * (answered - asked)))
