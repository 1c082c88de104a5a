"""What every custom resource implements, and what it is given to work with."""

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

from tau import errors, fields
from tau.kubernetes_api import KubernetesApi

DEFAULT_SECONDS = 15 * 60.0
"""How long an operation may take where nobody says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the engine on one resource; `seconds` is its time-out.

    `tell` shows progress, `note` and `warn` tell what is still to be read when all is over.
    """

    urn: str
    seconds: float
    tell: Callable[[str], None]
    note: Callable[[str], None] = lambda message: None
    warn: Callable[[str], None] = lambda message: None
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What changed inputs, or time, ask for beyond an update of the inputs that changed.

    `replaced` are inputs that another resource has to be made for, `expired` are outputs to be made anew by an update.
    """

    replaced: frozenset[str] = frozenset()
    expired: frozenset[str] = frozenset()


class CustomResource(Protocol):
    """A resource with a life of its own; failures are TauErrors.

    `outputs` are the recorded ones, with secrets as plain values; a new secret output is returned as `fields.Secret`.
    """

    def check(self, args: Any, problems: errors.Problems) -> None:
        """Note what is wrong with the inputs."""

    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """What the changed inputs, or time, ask for; nothing special by default."""
        return Difference()

    async def create(self, args: Any, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Identifier and outputs of the new resource."""

    async def update(self, args: Any, outputs: Mapping[str, Any], operation: Operation) -> Mapping[str, Any]:
        """Outputs after a change of inputs."""

    async def read(self, args: Any, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Outputs as they are now, or None where the resource is gone."""

    async def delete(self, args: Any, outputs: Mapping[str, Any], operation: Operation) -> None:
        """Remove the resource."""


@runtime_checkable
class Foreseeable(Protocol):
    """A custom resource that may tell in a preview what it will have."""

    async def foreseen(self, args: Any, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """All outputs after `create`, or after `update` where some are recorded; None where that cannot be told."""


@runtime_checkable
class Observing(Protocol):
    """A custom resource that looks at the cluster to tell whether an update is needed that no input asks for."""

    async def observed(self, args: Any, outputs: Mapping[str, Any]) -> frozenset[str]:
        """Outputs to be made anew by an update; none where the cluster does not answer."""


@runtime_checkable
class Comparing(Protocol):
    """A custom resource that refuses certain changes of its inputs."""

    async def compare(self, recorded: Mapping[str, Any], args: Any, problems: errors.Problems) -> None:
        """Note what must not change, beside the inputs of the last time."""


@runtime_checkable
class Supplementing(Protocol):
    """A custom resource with inputs that it finds out by itself, to have them recorded."""

    async def supplement(self, recorded: Mapping[str, Any], args: Any) -> Mapping[str, Any]:
        """Inputs beside the given ones."""


Connect = Callable[[str | None, str | None], KubernetesApi]
"""A client for a kubeconfig and a context, both of which may be None."""

T = TypeVar("T")


def revealed(value: T) -> T:
    """Arguments with secrets as plain values, at any depth, to call the cluster with."""
    found: Any = value
    if isinstance(value, fields.Secret):
        found = value.value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type | fields.Deferred):
        parts = {one.name: revealed(getattr(value, one.name)) for one in dataclasses.fields(value)}
        found = dataclasses.replace(value, **parts)
    elif isinstance(value, Mapping):
        found = {key: revealed(item) for key, item in value.items()}
    elif isinstance(value, list):
        found = [revealed(item) for item in value]
    return found  # type: ignore[no-any-return]
