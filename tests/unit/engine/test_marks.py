"""`tau.engine.marks`: marks are taken off at any depth and in any order."""

from typing import Any

from google.protobuf import json_format, struct_pb2

from tau.engine import marks, sdk_internals


def unwrapped(value: Any, dependencies: set[str] | None = None) -> tuple[Any, marks.Marked]:
    """A value without its marks, and what they said."""
    found = marks.unwrapped(json_format.ParseDict(value, struct_pb2.Value()), dependencies)
    return json_format.MessageToDict(found.value), found


def secret(**value: Any) -> dict[str, Any]:
    """A value in the mark of a secret; none is null."""
    return {marks.MARK: sdk_internals.SECRET, **value}


def output(**value: Any) -> dict[str, Any]:
    """A value in the mark of an output; none is unknown."""
    return {marks.MARK: sdk_internals.OUTPUT, **value}


def test_a_plain_value_is_itself() -> None:
    value, found = unwrapped({"a": [1, "b"]})
    assert value == {"a": [1, "b"]}
    assert (found.secret, found.unknown, found.special) == (False, False, "")


def test_marks_in_marks_are_all_told() -> None:
    depends: set[str] = set()
    value, found = unwrapped(output(value=secret(value="x"), dependencies=["urn"]), depends)
    assert (value, found.secret, found.unknown, depends) == ("x", True, False, {"urn"})
    value, found = unwrapped(secret(value=output(secret=True)))
    assert (found.secret, found.unknown) == (True, True)


def test_a_secret_of_nothing_is_null() -> None:
    value, found = unwrapped(secret())
    assert (value, found.secret) == (None, True)


def test_the_unknown_value_is_unknown() -> None:
    assert unwrapped(sdk_internals.UNKNOWN)[1].unknown


def test_assets_are_named() -> None:
    assert unwrapped({marks.MARK: sdk_internals.ASSET, "text": "x"})[1].special == "an asset"
