"""`tau.component.claims`: two resources of one program never make the same object."""

from typing import Any

import pytest

from tau import fields
from tau.component import claims


def thing(name: Any = "a", *, namespace: Any = "b", kind: str = "Cluster") -> dict[str, Any]:
    """An object as far as claims look at it."""
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace}}


def test_the_first_claim_stands_and_the_second_learns_whose_it_is() -> None:
    known = claims.Claims()
    assert known.claim(thing(), "first") is None
    assert known.claim(thing(), "second") == "first"
    assert known.claim(thing(), "third") == "first"


def test_a_resource_may_claim_its_own_object_again() -> None:
    known = claims.Claims()
    assert [known.claim(thing(), "first") for _ in range(2)] == [None, None]


@pytest.mark.parametrize("other", [thing("c"), thing(namespace="c"), thing(kind="Secret")])
def test_another_name_namespace_or_kind_is_another_object(other: dict[str, Any]) -> None:
    known = claims.Claims()
    known.claim(thing(), "first")
    assert known.claim(other, "second") is None


def test_names_that_are_not_known_yet_claim_nothing() -> None:
    known = claims.Claims()
    later = fields.Deferred(handle=None)
    for item in (thing(later), thing(namespace=later)):
        assert [known.claim(item, resource) for resource in ("first", "second")] == [None, None]


def test_objects_without_a_namespace_are_claimed_too() -> None:
    known = claims.Claims()
    item = {"kind": "Namespace", "metadata": {"name": "a"}}
    assert [known.claim(item, resource) for resource in ("first", "second")] == [None, "first"]
