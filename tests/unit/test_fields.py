"""`tau.fields`: placing and computing with values that are not known yet."""

from typing import Any

import pytest

from tau import fields
from tests.unit.evaluation import evaluated

LATER = fields.Deferred(handle=2)


def test_a_function_is_called_now_where_everything_is_known() -> None:
    assert fields.lift(lambda one, two: one + two, 1, 2) == 3


@pytest.mark.parametrize("value", [LATER, [LATER], (1, LATER), {"a": {"b": [LATER]}}])
def test_a_function_is_called_later_where_anything_is_not_known(value: Any) -> None:
    found = fields.lift(lambda known: known, value)
    assert isinstance(found, fields.Computed)
    assert fields.contains_deferred(found)
    assert evaluated(found) == evaluated(value)


@pytest.mark.parametrize("value", [None, "a", [1, {"a": ("b",)}], {}])
def test_plain_values_hold_nothing_deferred(value: Any) -> None:
    assert not fields.contains_deferred(value)


@pytest.mark.parametrize(
    "value",
    [
        fields.Deferred(handle="s3cret"),
        fields.Secret(handle="s3cret", value="s3cret"),
        fields.Computed(handle=None, function=str, inputs=("s3cret",)),
    ],
)
def test_stand_ins_do_not_show_what_they_hold(value: fields.Deferred) -> None:
    assert "s3cret" not in repr(value) + str(value)


def test_stand_ins_are_equal_to_themselves_only() -> None:
    assert fields.Deferred(handle=1) != fields.Deferred(handle=1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("size", "size"), ("storageClass", "storage_class"), ("apiVersion", "api_version"), ("walStorage", "wal_storage")],
)
def test_properties_have_python_names(name: str, expected: str) -> None:
    assert fields.snake_case(name) == expected
