"""Why a check failed, and how long it may take."""

import time


class CheckFailed(Exception):
    """What was found, as the message that people get to read."""


class Skipped(Exception):
    """Another check of the same name is at work; its result counts."""


class Deadline:
    """The time until which a check has to be through."""

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        self._end = time.monotonic() + minutes * 60

    @property
    def seconds(self) -> float:
        """What is left; CheckFailed where nothing is."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise CheckFailed(f"not finished within {self.minutes} minutes")
        return left
