"""The objects of one component and of all below it, and the two resources that look after whose they are.

An Ownership is registered before the first object, a DeletionGuard after the last one. Both are given every object,
which the Ownership waits for: registrations are only sent once the component has been constructed.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from tau.engine import property_map
from tau.kubernetes.manifest import Manifest
from tau.ownership import objects as ownership

if TYPE_CHECKING:
    from tau.component.children import Children


class Inventory:
    """What belongs to one owner, the URN of the component that the user's program makes."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.first: list[pulumi.Resource] = []
        """What comes before every object."""
        self._objects: list[Manifest] = []
        self._resources: list[pulumi.Resource] = []
        self._complete: asyncio.Future[list[Any]] | None = None
        self._children: Children | None = None
        self._name = ""

    def open(self, children: "Children", name: str, *, after: Sequence[pulumi.Resource] = ()) -> None:
        """Register what comes before every object; a component within another one has that of the outermost."""
        if self._complete is not None:
            return
        self._complete = asyncio.get_running_loop().create_future()
        self._children, self._name = children, name
        inputs = self._inputs(pulumi.Output.from_input(self._complete))
        self.first = [children.own("Ownership", f"{name}-ownership", inputs, after=after, acts=True)]

    def add(self, item: Manifest) -> None:
        """Note an object."""
        self._objects.append(ownership.described(item))

    def follow(self, made: pulumi.Resource) -> None:
        """Note a resource that the last one comes after."""
        self._resources.append(made)

    def close(self) -> None:
        """Register what comes after every object, and let the first one go."""
        if self._complete is None or self._children is None:
            return
        objects = property_map.output(self._objects)
        inputs = self._inputs(objects)
        after = list(self._resources)
        self._children.own("DeletionGuard", f"{self._name}-deletion-guard", inputs, after=after, acts=True)
        self._complete.set_result(objects)

    def abandon(self) -> None:
        """Let nobody wait any longer for a component that could not be constructed."""
        if self._complete is not None and not self._complete.done():
            self._complete.cancel()

    def _inputs(self, objects: Any) -> dict[str, Any]:
        assert self._children
        return {"owner": self.owner, "objects": objects} | self._children.kubernetes_access()
