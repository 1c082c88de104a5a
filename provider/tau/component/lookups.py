"""What several components of one deployment ask the cluster, asked once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

_T = TypeVar("_T")


class Lookups:
    """Answers of one deployment. One that says that nothing is there is asked for again: `up` may just be making it."""

    def __init__(self) -> None:
        self._answers: dict[object, Any] = {}
        self._locks: dict[object, asyncio.Lock] = {}

    async def once(self, key: object, ask: Callable[[], Awaitable[_T]]) -> _T:
        """The answer for `key`, which two components that ask at the same time share."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._answers:
                answer = await ask()
                if not answer:
                    return answer
                self._answers[key] = answer
        known: _T = self._answers[key]
        return known
