"""`tau:postgres:NameGuard`: which changes it refuses, where there is nothing to lose, and when it forgets."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tau import errors, fields
from tau.instance import name_guard_resource
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import merge
from tau.resource.contract import Operation
from tau.types.postgres import NameGuardArgs
from tests.unit.scripted import APPLIED, AWAY, HEALTHY, REFUSED, Script

SERVER: dict[str, Any] = {"namespace": "apps", "instance": "main"}
RECORDED: dict[str, Any] = {**SERVER, "database": "shop", "owner": "shop"}
SERVED = merge(HEALTHY, {"status": {"currentPrimary": "main-1"}})


class Cluster(KubernetesApi):
    """One server with one database, as far as they are given."""

    def __init__(self, server: Any = SERVED, database: Any = APPLIED, claims: Sequence[Any] = ()) -> None:
        super().__init__()
        self.claims = claims
        self.found = {("clusters", "apps", "main"): server, ("databases", "apps", "main-shop"): database}

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        found: Any = self.found[kind.plural, str(namespace), name]
        if isinstance(found, Exception):
            raise found
        return dict(found) if found else None

    async def items(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Mapping[str, Any]]:
        assert (kind.plural, namespace, labels) == ("persistentvolumeclaims", "apps", {"cnpg.io/cluster": "main"})
        return list(self.claims)


async def _refused(cluster: KubernetesApi, recorded: Mapping[str, Any] = RECORDED, /, **changed: Any) -> dict[str, str]:
    problems = errors.Problems()
    guard = name_guard_resource.NameGuard(lambda *_: cluster)
    await guard.compare(recorded, NameGuardArgs(**{**RECORDED, **changed}), problems)
    return {one.path: one.reason for one in problems}


@pytest.mark.parametrize("name", sorted(RECORDED))
async def test_another_name_is_refused_with_the_way_that_works(name: str) -> None:
    refused = await _refused(Cluster(), **{name: "other"})
    assert list(refused) == [name]
    assert f"Set '{RECORDED[name]}' again" in refused[name]
    assert "copy the data (pg_dump)" in refused[name]


async def test_all_other_names_are_told_at_once() -> None:
    assert set(await _refused(Cluster(), database="store", owner="clerk")) == {"database", "owner"}


async def test_the_same_names_and_unknown_ones_are_accepted() -> None:
    nowhere = Cluster(server=AssertionError("there is nothing to ask"))
    assert await _refused(nowhere) == {}
    assert await _refused(nowhere, instance=fields.Deferred(handle=None)) == {}


async def test_what_was_not_recorded_is_new_and_not_renamed() -> None:
    assert await _refused(Cluster(), {}, instance="other") == {}


async def test_another_way_to_the_cluster_is_accepted() -> None:
    assert await _refused(Cluster(), kubeconfig="other") == {}


@pytest.mark.parametrize(
    "cluster",
    [
        Cluster(server=None),
        Cluster(server=merge(HEALTHY, {"status": {"currentPrimary": None}})),
        Cluster(database=None),
        Cluster(database=REFUSED),
    ],
    ids=["no server", "a server that never served", "no database", "a database that could not be made"],
)
async def test_where_no_data_ever_was_a_slip_can_be_mended(cluster: Cluster) -> None:
    assert await _refused(cluster, namespace="other", database="store") == {}


async def test_a_server_with_volumes_keeps_its_name_even_where_its_status_was_lost() -> None:
    lost = merge(HEALTHY, {"status": {"currentPrimary": None}})
    claim = {"metadata": {"name": "main-1", "annotations": {"cnpg.io/pvcStatus": "ready"}}}
    assert set(await _refused(Cluster(lost, claims=[claim]), SERVER, instance="other")) == {"instance"}


async def test_a_server_that_holds_any_database_keeps_its_name() -> None:
    assert set(await _refused(Cluster(database=None), SERVER, instance="other")) == {"instance"}


async def test_a_database_that_a_later_change_of_failed_keeps_its_name() -> None:
    failed = merge(APPLIED, {"status": {"applied": False, "message": "no such extension"}})
    assert set(await _refused(Cluster(database=failed), database="store")) == {"database"}


@pytest.mark.parametrize("cluster", [Cluster(server=AWAY), Cluster(database=errors.ClusterError("forbidden"))])
async def test_where_nobody_can_look_a_change_is_refused(cluster: Cluster) -> None:
    assert set(await _refused(cluster, owner="other")) == {"owner"}


async def test_data_is_looked_for_in_the_cluster_that_it_was_recorded_in() -> None:
    asked: list[Any] = []

    def connect(*given: Any) -> KubernetesApi:
        asked.append(given)
        return Cluster()

    args = NameGuardArgs(**{**RECORDED, "owner": "other", "context": "new"})
    await name_guard_resource.NameGuard(connect).compare({**RECORDED, "context": "old"}, args, errors.Problems())
    assert asked == [(None, "old")]


def test_no_change_makes_another_one() -> None:
    guard = name_guard_resource.NameGuard(lambda *_: Script(HEALTHY))
    assert guard.difference(frozenset(RECORDED), {}).replaced == frozenset()


async def test_the_identifier_consists_of_the_names() -> None:
    guard = name_guard_resource.NameGuard(lambda *_: Script(HEALTHY))
    operation = Operation(urn="urn", seconds=1, tell=print)
    assert await guard.create(NameGuardArgs(**RECORDED), operation) == ("apps/main/shop", {"image": ""})


@pytest.mark.parametrize(("living", "found"), [(HEALTHY, {}), (None, None)])
async def test_where_the_cluster_is_gone_a_refresh_forgets_the_names(living: Any, found: Any) -> None:
    guard = name_guard_resource.NameGuard(lambda *_: Script(living))
    assert await guard.read(NameGuardArgs(**RECORDED), {}) == found


async def test_a_deletion_is_never_held_up() -> None:
    guard = name_guard_resource.NameGuard(lambda *_: Script(AWAY))
    await guard.delete(NameGuardArgs(**RECORDED), {}, Operation(urn="urn", seconds=1, tell=print))
