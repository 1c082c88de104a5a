"""Children of components, of which the SDK keeps no more than what somebody asks for.

For each property of a resource the SDK makes an output, with five futures, a task and several closures, and takes apart
what the engine answers. A fifth of what a hundred applications held in memory while they waited for their servers were
outputs that nobody ever looks at (docs/benchmarks.md).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from google.protobuf import struct_pb2

from tau.engine import sdk_internals


class Child(pulumi.CustomResource):
    """A resource with `urn`, `id`, and those `outputs` as attributes; it has no others."""

    def __init__(
        self,
        token: str,
        name: str,
        properties: Mapping[str, Any],
        options: pulumi.ResourceOptions,
        *,
        outputs: Sequence[str] = (),
    ) -> None:
        self.wanted = frozenset(outputs)
        super().__init__(token, name, properties, options)


def _transfer_wanted(res: pulumi.Resource, props: Mapping[str, Any], custom: bool) -> dict[str, Any]:
    """An output for each property that is wanted."""
    if isinstance(res, Child):
        props = dict.fromkeys(res.wanted)
    return sdk_internals.transfer_properties(res, props, custom)


def _resolve_wanted(
    res: pulumi.Resource,
    serialized_props: Mapping[str, Any],
    outputs: struct_pb2.Struct,
    deps: Mapping[str, set[pulumi.Resource]],
    resolvers: dict[str, Any],
    *more: Any,
    **named: Any,
) -> None:
    """Read what is wanted of the answer, and nothing else."""
    if isinstance(res, Child):
        outputs = struct_pb2.Struct(fields={name: outputs.fields[name] for name in resolvers if name in outputs.fields})
        serialized_props = {name: serialized_props[name] for name in resolvers if name in serialized_props}
    sdk_internals.resolve_outputs(res, serialized_props, outputs, deps, resolvers, *more, **named)  # type: ignore[arg-type]


sdk_internals.replace_outputs(_transfer_wanted, _resolve_wanted)
