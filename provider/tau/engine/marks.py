"""The marks that the engine wraps around a value in a property map: secret, unknown, or where it comes from.

They stand at any depth and in any order: https://pulumi-developer-docs.readthedocs.io/latest/docs/references/grpc.html.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from tau.engine import sdk_internals

MARK = sdk_internals.MARK
_SPECIAL = {
    sdk_internals.ASSET: "an asset",
    sdk_internals.ARCHIVE: "an archive",
    sdk_internals.RESOURCE: "a resource",
}


@dataclasses.dataclass
class Marked:
    """A value without the marks around it; `special` says what it is where it is neither data nor unknown."""

    value: struct_pb2.Value
    secret: bool = False
    unknown: bool = False
    special: str = ""


def unwrapped(raw: struct_pb2.Value, dependencies: set[str] | None = None) -> Marked:
    """The value within all marks; the URNs that it comes from are added to `dependencies`."""
    marked = Marked(raw)
    while True:
        kind = marked.value.WhichOneof("kind")
        if kind == "string_value" and marked.value.string_value == sdk_internals.UNKNOWN:
            marked.unknown = True
        inner = marked.value.struct_value.fields if kind == "struct_value" else {}
        mark = inner[MARK].string_value if MARK in inner else ""
        if mark == sdk_internals.SECRET:
            marked.secret = True
            # Without a value it says no more than null.
            marked.value = inner["value"] if "value" in inner else struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        elif mark == sdk_internals.OUTPUT:
            if dependencies is not None:
                dependencies.update(urn.string_value for urn in inner["dependencies"].list_value.values)
            marked.secret = marked.secret or ("secret" in inner and inner["secret"].bool_value)
            if "value" not in inner:
                marked.unknown = True
                return marked
            marked.value = inner["value"]
        else:
            marked.special = _SPECIAL.get(mark, "")
            return marked


def are_secrets(spec: Mapping[str, Any]) -> bool:
    """Whether every value of a map is secret. Pulumi's own mark would make one unknown value the whole map's."""
    return bool(_own(spec) == "values")


def may_be_secret(spec: Mapping[str, Any]) -> bool:
    """Whether a secret may be given here, since it stays one in the cluster, or was made one by what it came with."""
    return bool(spec.get("secret")) or _own(spec) in ("values", "allowed")


def _own(spec: Mapping[str, Any]) -> Any:
    return spec.get("language", {}).get("plugin", {}).get("secret")
