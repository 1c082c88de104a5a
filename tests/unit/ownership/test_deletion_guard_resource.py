"""`tau.ownership.deletion_guard_resource`: nothing of another owner is deleted, whatever the state says."""

from typing import Any

import pytest

from tau import errors
from tau.ownership.deletion_guard_resource import DeletionGuard
from tau.types.postgres import DeletionGuardArgs, OwnedObject
from tests.unit.live_cluster import OTHER, OWN, LiveCluster, Told

POLICY = OwnedObject(api_version="networking.k8s.io/v1", kind="NetworkPolicy", name="shop", namespace="shop")
INGRESS = OwnedObject(api_version="networking.k8s.io/v1", kind="Ingress", name="shop", namespace="shop")
ARGS = DeletionGuardArgs(owner=OWN, objects=[POLICY, INGRESS])


async def test_its_own_objects_and_those_of_nobody_may_go() -> None:
    api = LiveCluster()
    api.put("NetworkPolicy", "shop", owner=OWN)
    api.put("Ingress", "shop")
    await DeletionGuard(lambda *_: api).delete(ARGS, {}, Told().operation)
    assert api.deleted == []


async def test_an_object_of_another_owner_holds_up_all_of_them() -> None:
    api = LiveCluster()
    api.put("NetworkPolicy", "shop", owner=OWN)
    api.put("Ingress", "shop", owner=OTHER)
    with pytest.raises(errors.ClusterError) as refused:
        await DeletionGuard(lambda *_: api).delete(ARGS, {}, Told().operation)
    text = str(refused.value)
    assert "Ingress shop/shop now belongs to tau:app:TauApplication 'shop' of stack 'test'" in text
    assert f"pulumi state delete --target-dependents '{OWN}'" in text
    assert f"ingress.networking.k8s.io/shop 'tau/owner={OWN}'" in text


async def test_a_cluster_that_is_away_holds_up_all_of_them() -> None:
    api = LiveCluster()
    api.away = True
    with pytest.raises(errors.Unreachable):
        await DeletionGuard(lambda *_: api).delete(ARGS, {}, Told().operation)


@pytest.mark.parametrize(("owner", "count"), [(OWN, 0), (None, 0), (OTHER, 1)])
async def test_an_object_that_the_program_drops_must_be_its_own(owner: str | None, count: int) -> None:
    api = LiveCluster()
    api.put("Ingress", "shop", owner=owner)
    dropped = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "shop", "namespace": "shop"}
    recorded: dict[str, Any] = {"owner": OWN, "objects": [dropped]}
    problems = errors.Problems()
    given = DeletionGuardArgs(owner=OWN, objects=[POLICY])
    await DeletionGuard(lambda *_: api).compare(recorded, given, problems)
    assert len(problems) == count
