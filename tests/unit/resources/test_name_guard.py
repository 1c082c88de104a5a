"""`tau:postgres:NameGuard`: which changes it refuses, and when it forgets."""

from typing import Any

import pytest

from tau import errors, fields
from tau.resources import name_guard
from tau.resources.custom_resource import Comparing, Operation
from tau.types.postgres import NameGuardArgs
from tests.unit.resources.scripted import HEALTHY, Script

RECORDED = {"namespace": "apps", "instance": "main", "database": "shop", "owner": "shop"}


def _refused(**changed: Any) -> dict[str, str]:
    problems = errors.Problems()
    name_guard.NameGuard(lambda *_: Script(HEALTHY)).compare(RECORDED, NameGuardArgs(**RECORDED | changed), problems)
    return {one.path: one.reason for one in problems}


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_another_name_is_refused_with_the_way_that_works(name: str) -> None:
    refused = _refused(**{name: "other"})
    assert list(refused) == [name]
    assert f"Write '{RECORDED[name]}' again" in refused[name]
    assert "copy the data (pg_dump)" in refused[name]


def test_the_same_names_and_unknown_ones_are_accepted() -> None:
    assert _refused() == {}
    assert _refused(instance=fields.Deferred(handle=None)) == {}


def test_another_way_to_the_cluster_is_accepted() -> None:
    assert _refused(kubeconfig="other") == {}


def test_it_is_asked_about_changes() -> None:
    assert isinstance(name_guard.NameGuard(lambda *_: Script(HEALTHY)), Comparing)


async def test_the_identifier_consists_of_the_names() -> None:
    guard = name_guard.NameGuard(lambda *_: Script(HEALTHY))
    operation = Operation(urn="urn", seconds=1, tell=print)
    assert await guard.create(NameGuardArgs(**RECORDED), operation) == ("apps/main/shop", {})


@pytest.mark.parametrize(("living", "found"), [(HEALTHY, {}), (None, None)])
async def test_where_the_cluster_is_gone_a_refresh_forgets_the_names(living: Any, found: Any) -> None:
    guard = name_guard.NameGuard(lambda *_: Script(living))
    assert await guard.read(NameGuardArgs(**RECORDED), {}) == found
