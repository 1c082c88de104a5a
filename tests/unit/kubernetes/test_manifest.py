"""`tau.kubernetes.manifest`: how parts of objects go together."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tau import fields
from tau.kubernetes import manifest
from tau.kubernetes.kind import Kind
from tests.unit.evaluation import evaluated

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@given(one=OBJECTS)
def test_merging_with_nothing_changes_nothing(one: dict[str, Any]) -> None:
    assert manifest.merge(one, {}) == manifest.merge({}, one) == manifest.merge(one, one) == one


@given(base=OBJECTS, override=OBJECTS)
def test_everything_that_the_override_says_holds(base: Any, override: Any) -> None:
    merged = manifest.merge(base, override)
    assert manifest.merge(merged, override) == merged
    for key, value in override.items():
        assert merged[key] == value or (isinstance(value, dict) and isinstance(base[key], dict))


@given(base=OBJECTS, override=OBJECTS)
def test_merging_leaves_its_inputs_alone_and_keeps_every_key(base: Any, override: Any) -> None:
    before = repr((base, override))
    assert set(manifest.merge(base, override)) == set(base) | set(override)
    assert repr((base, override)) == before


def test_objects_merge_deeply_and_lists_are_replaced() -> None:
    merged = manifest.merge({"a": {"b": 1, "c": [1, 2]}}, {"a": {"c": [3]}, "d": None})
    assert merged == {"a": {"b": 1, "c": [3]}, "d": None}


@given(base=OBJECTS, override=OBJECTS, chosen=st.data())
def test_parts_that_are_known_later_merge_the_same(base: Any, override: Any, chosen: st.DataObject) -> None:
    hidden = manifest.merge(_some_deferred(base, chosen), _some_deferred(override, chosen))
    assert evaluated(hidden) == manifest.merge(base, override)


def _some_deferred(value: dict[str, Any], chosen: st.DataObject) -> dict[str, Any]:
    return {key: fields.Deferred(handle=item) if chosen.draw(st.booleans()) else item for key, item in value.items()}


def test_a_plain_value_over_one_that_is_not_known_stays_plain() -> None:
    assert manifest.merge({"a": fields.Deferred(handle=1)}, {"a": 2}) == {"a": 2}


@given(base=OBJECTS, more=OBJECTS)
def test_a_union_is_the_same_known_now_or_later(base: Any, more: Any) -> None:
    now = manifest.union(base, more)
    assert now == {**base, **more}
    assert evaluated(manifest.union(base, fields.Deferred(handle=more))) == now
    hidden = {key: fields.Deferred(handle=value) for key, value in base.items()}
    assert evaluated(manifest.union(hidden, fields.Deferred(handle=more))) == now


def test_a_union_with_nothing_is_a_copy() -> None:
    base = {"a": 1}
    copy = manifest.union(base, None)
    assert copy == base
    assert copy is not base


def test_absent_parts_of_an_object_are_left_out() -> None:
    assert manifest.manifest(Kind("v1", "Thing", "things"), {"name": "a"}, spec={}, data=None) == {
        "apiVersion": "v1",
        "kind": "Thing",
        "metadata": {"name": "a"},
        "spec": {},
    }
    assert manifest.metadata(name="a", namespace="b", labels={}, annotations=None) == {"name": "a", "namespace": "b"}
