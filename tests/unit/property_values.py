"""Property maps as the engine sends them, with its marks around unknowns, secrets and outputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

UNKNOWN = rpc.UNKNOWN


def secret(value: Any) -> dict[str, Any]:
    """A value marked as secret."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


@dataclass(frozen=True)
class _Nothing:
    """Stands for an output without a value, which no JSON value can."""


NOTHING = _Nothing()


def output(value: Any = NOTHING, *, secret: bool = False, dependencies: Sequence[str] = ()) -> dict[str, Any]:
    """An output; without a value it is not known yet."""
    marked: dict[str, Any] = {
        rpc._special_sig_key: rpc._special_output_value_sig,
        "secret": secret,
        "dependencies": list(dependencies),
    }
    return marked if value is NOTHING else marked | {"value": value}


def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """The message for a JSON object."""
    message = struct_pb2.Struct()
    message.update(dict(properties))
    return message
