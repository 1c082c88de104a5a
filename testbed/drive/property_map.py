"""The engine's property maps from and to plain Python values; marks say secret, unknown or where a value comes from."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

UNKNOWN: str = rpc.UNKNOWN
_MARK = rpc._special_sig_key


def secret(value: Any) -> dict[str, Any]:
    """A value that must not be shown."""
    return {_MARK: rpc._special_secret_sig, "value": value}


def output(value: Any = None, *, dependencies: Iterable[str] = (), hidden: bool = False) -> dict[str, Any]:
    """A value that comes from other resources; None stands for one that is not known yet."""
    marked = {_MARK: rpc._special_output_value_sig, "dependencies": list(dependencies), "secret": hidden}
    return marked if value is None else {**marked, "value": value}


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """A property map of plain and marked values."""
    return json_format.ParseDict(dict(values), struct_pb2.Struct())


def plain(values: struct_pb2.Struct) -> dict[str, Any]:
    """Values without marks; unknown ones are UNKNOWN."""
    values_plain: dict[str, Any] = _plain(json_format.MessageToDict(values))
    return values_plain


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(_MARK) in (rpc._special_secret_sig, rpc._special_output_value_sig):
        return _plain(value.get("value", UNKNOWN))
    return {key: _plain(item) for key, item in value.items()}


def open_text(values: struct_pb2.Struct) -> str:
    """Every text that stands outside of a secret, one a line."""
    return "\n".join(_open(json_format.MessageToDict(values)))


def _open(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _open(item)
    elif isinstance(value, dict):
        if value.get(_MARK) != rpc._special_secret_sig and value.get("secret") is not True:
            for key, item in value.items():
                yield key
                yield from _open(item)
    else:
        yield str(value)


def is_secret(values: struct_pb2.Struct, name: str) -> bool:
    """Whether a property as a whole is marked as secret."""
    value = json_format.MessageToDict(values)[name]
    mark = value.get(_MARK) if isinstance(value, dict) else None
    return mark == rpc._special_secret_sig or (mark == rpc._special_output_value_sig and value.get("secret") is True)
