"""`tau:app:DigestKey`: a random key for digests of secrets, which the state of the stack keeps and nothing else."""

import uuid
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import fields
from tau.credentials import digest as digests
from tau.resource.contract import CustomResource, Operation
from tau.types.app import DigestKeyArgs

OUTPUT = "digestKey"
"""Output of a resource that makes credentials and a key for their digests; states of earlier versions have none."""


class DigestKey(CustomResource[DigestKeyArgs]):
    """Generated once, regardless of changes; it is stored in the state only."""

    @override
    async def create(self, args: DigestKeyArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Make a key."""
        return uuid.uuid4().hex, {"value": _hidden(digests.new_key())}

    @override
    async def update(self, args: DigestKeyArgs, outputs: Mapping[str, Any], operation: Operation) -> Mapping[str, Any]:
        """The same key."""
        return {"value": _hidden(outputs["value"])}

    @override
    async def read(self, args: DigestKeyArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The key as it is recorded; there is nowhere else to look."""
        return {"value": _hidden(outputs["value"])}


def missing(outputs: Mapping[str, Any]) -> frozenset[str]:
    """The output, where an earlier version has recorded none."""
    return frozenset() if outputs.get(OUTPUT) else frozenset({OUTPUT})


def foreseen(outputs: Mapping[str, Any]) -> dict[str, fields.Deferred]:
    """The key that is recorded; in a preview, one that is yet to be made is not known."""
    known = outputs.get(OUTPUT)
    return {OUTPUT: _hidden(known) if known else fields.Deferred(handle=None)}


def recorded_or_new(outputs: Mapping[str, Any]) -> dict[str, fields.Secret]:
    """The key that is recorded, or a new one."""
    return {OUTPUT: _hidden(outputs.get(OUTPUT) or digests.new_key())}


def _hidden(value: str) -> fields.Secret:
    return fields.Secret(handle=None, value=value)
