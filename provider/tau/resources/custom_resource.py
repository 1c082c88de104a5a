"""What every custom resource implements, and what it is given to work with."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tau import errors
from tau.kubernetes_api import KubernetesApi


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the engine on one resource; `seconds` is its time-out, `tell` shows progress."""

    urn: str
    seconds: float
    tell: Callable[[str], None]
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)


class CustomResource(Protocol):
    """A resource with a life of its own; failures are TauErrors."""

    def check(self, args: Any, problems: errors.Problems) -> None:
        """Note what is wrong with the inputs."""

    async def create(self, args: Any, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Identifier and outputs of the new resource."""

    async def update(self, args: Any, operation: Operation) -> Mapping[str, Any]:
        """Outputs after a change of inputs."""

    async def read(self, args: Any) -> Mapping[str, Any] | None:
        """Outputs as they are now, or None where the resource is gone."""

    async def delete(self, args: Any, operation: Operation) -> None:
        """Remove the resource."""


Connect = Callable[[str | None, str | None], KubernetesApi]
"""A client for a kubeconfig and a context, both of which may be None."""
