"""What every function implements, and what it is given to work with."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tau.kubernetes.api import KubernetesApi


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of a function: the cluster it looks at, `tell` shows progress, `cancelled` ends it.

    In a `preview` what the program makes may not be there yet; an answer with unknown values is not possible.
    """

    api: KubernetesApi
    tell: Callable[[str], None]
    cancelled: asyncio.Event
    preview: bool = False


class Function(Protocol):
    """Outputs for arguments, whose secrets are plain values; failures are TauErrors."""

    async def __call__(self, args: Any, call: Call) -> Mapping[str, Any]:
        """What the program gets."""
