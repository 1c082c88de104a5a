"""The base of every custom resource, and what it is given to work with."""

import asyncio
import copy
import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar

from tau import errors, fields
from tau.kubernetes.api import KubernetesApi

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

    `replaced` are inputs that require another resource, `expired` are outputs that an update computes again.
    """

    replaced: frozenset[str] = frozenset()
    expired: frozenset[str] = frozenset()


Connect = Callable[[str | None, str | None], KubernetesApi]
"""A client for a kubeconfig and a context, both of which may be None."""

Args = TypeVar("Args")


class CustomResource(ABC, Generic[Args]):
    """A resource with a life of its own, in one cluster; failures are TauErrors. Only `create` has no default.

    The arguments that a method is given have secrets as plain values, except those of `check`. `recorded` are the
    inputs of the last `up`, `outputs` its outputs, both with secrets as plain values; a new secret output is returned
    as `fields.Secret`.
    """

    _access: tuple[str | None, str | None] = None, None

    def __init__(self, connect: Connect) -> None:
        """`connect` opens the cluster that the arguments name, and any other one."""
        self.connect = connect

    def reached_by(self, kubeconfig: str | None, context: str | None) -> Self:
        """The same resource in the cluster that arguments name, with its memory of earlier calls."""
        copied = copy.copy(self)
        copied._access = kubeconfig, context
        return copied

    @property
    def api(self) -> KubernetesApi:
        """The cluster that the arguments name."""
        return self.connect(*self._access)

    def check(self, args: Args, problems: errors.Problems) -> None:
        """Note what is wrong with the inputs, in which secrets are still hidden; nothing by default."""

    async def compare(self, recorded: Mapping[str, Any], args: Args, problems: errors.Problems) -> None:
        """Note what must not change, next to the inputs of the last time; by default everything may."""

    async def supplement(self, recorded: Mapping[str, Any], args: Args) -> Mapping[str, Any]:
        """Inputs that the resource finds out by itself, to have them recorded; none by default."""
        return {}

    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """What the changed inputs, or time, ask for; by default an update of the inputs that changed."""
        return Difference()

    async def observed(self, args: Args, outputs: Mapping[str, Any]) -> frozenset[str]:
        """Outputs to be renewed by an update that no input asks for, but the cluster; none by default.

        None either where the cluster does not answer.
        """
        return frozenset()

    async def foreseen(self, args: Args, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """All outputs after `create`, or after `update` where some are recorded; None where a preview cannot tell."""
        return None

    @abstractmethod
    async def create(self, args: Args, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Identifier and outputs of the new resource."""

    async def update(self, args: Args, outputs: Mapping[str, Any], operation: Operation) -> Mapping[str, Any]:
        """Outputs after a change of inputs; those of before by default."""
        return outputs

    async def read(self, args: Args, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Outputs as they are now, or None where the resource is gone; by default what is recorded."""
        return outputs

    async def delete(self, args: Args, outputs: Mapping[str, Any], operation: Operation) -> None:
        """Remove the resource; by default nothing was made, so nothing is removed."""


T = TypeVar("T")


def revealed(value: T) -> T:
    """Arguments with secrets as plain values, at any depth, to call the cluster with."""
    result: Any = value
    if isinstance(value, fields.Secret):
        result = value.value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type | fields.Deferred):
        parts = {attribute.name: revealed(getattr(value, attribute.name)) for attribute in dataclasses.fields(value)}
        result = dataclasses.replace(value, **parts)
    elif isinstance(value, Mapping):
        result = {key: revealed(item) for key, item in value.items()}
    elif isinstance(value, list):
        result = [revealed(item) for item in value]
    return result  # type: ignore[no-any-return]
