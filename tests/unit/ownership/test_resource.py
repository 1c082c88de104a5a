"""`tau.ownership.resource`: whose objects are taken, what is not dropped, and which claims a deletion deletes."""

from typing import Any

import pytest

from tau import errors
from tau.ownership.resource import Ownership
from tau.types.postgres import OwnedObject, OwnershipArgs
from tests.unit.live_cluster import OTHER, OWN, LiveCluster, Told

SECRET = OwnedObject(api_version="v1", kind="Secret", name="keys", namespace="shop")
CLAIM = OwnedObject(api_version="v1", kind="PersistentVolumeClaim", name="data", namespace="shop", holds_data=True)
SERVER = OwnedObject(
    api_version="postgresql.cnpg.io/v1", kind="Cluster", name="postgres-shop", namespace="shop", holds_data=True
)
OLD = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": "old", "namespace": "shop", "holdsData": True}
DROPPED = {"owner": OWN, "objects": [OLD]}


def args(*objects: OwnedObject, owner: str = OWN) -> OwnershipArgs:
    return OwnershipArgs(owner=owner, objects=list(objects))


async def compared(api: LiveCluster, given: OwnershipArgs, recorded: dict[str, Any] | None = None) -> list[str]:
    problems = errors.Problems()
    await Ownership(lambda *_: api).compare(recorded or {}, given, problems)
    return [one.reason for one in problems]


async def test_objects_that_are_new_or_its_own_are_taken() -> None:
    api = LiveCluster()
    api.put("Secret", "keys", owner=OWN)
    assert await compared(api, args(SECRET, CLAIM)) == []


async def test_objects_that_nobody_claims_are_taken() -> None:
    """Those of an earlier tau, and those that a user labelled to be taken over; others are refused before this."""
    api = LiveCluster()
    api.put("Secret", "keys")
    assert await compared(api, args(SECRET)) == []


@pytest.mark.parametrize("one", [SECRET, CLAIM, SERVER])
async def test_objects_of_another_stack_are_refused_with_the_way_to_hand_them_over(one: OwnedObject) -> None:
    api = LiveCluster()
    api.put(str(one.kind), str(one.name), owner=OTHER)
    (reason,) = await compared(api, args(one))
    assert f"{one.kind} shop/{one.name} belongs to tau:app:TauApplication 'shop' of stack 'test'" in reason
    assert "of stack 'dev' of project 'home'; choose another `name`" in reason
    assert "kubectl annotate --overwrite --namespace shop" in reason
    assert f"'tau/owner={OWN}'" in reason
    assert "aliases" not in reason


async def test_all_of_them_are_told_at_once() -> None:
    api = LiveCluster()
    for one in (SECRET, CLAIM, SERVER):
        api.put(str(one.kind), str(one.name), owner=OTHER)
    (reason,) = await compared(api, args(SECRET, CLAIM, SERVER))
    assert reason.startswith("Secret shop/keys, PersistentVolumeClaim shop/data, Cluster shop/postgres-shop belongs to")
    assert "secret/keys persistentvolumeclaim/data cluster.postgresql.cnpg.io/postgres-shop" in reason


async def test_a_resource_of_the_same_stack_that_moved_is_told_of_aliases() -> None:
    api, former = LiveCluster(), OWN.replace("::shop", "::store")
    api.put("Secret", "keys", owner=former)
    (reason,) = await compared(api, args(SECRET))
    assert f"add its former URN to `aliases`: '{former}'" in reason


async def test_what_an_alias_brings_along_is_its_own() -> None:
    """The engine hands over the inputs of the resource before it moved, or before its stack was renamed."""
    api = LiveCluster()
    api.put("Secret", "keys", owner=OTHER)
    assert await compared(api, args(SECRET), {"owner": OTHER, "objects": []}) == []


async def test_data_does_not_leave_the_program_without_a_word() -> None:
    api = LiveCluster()
    api.put("PersistentVolumeClaim", "old", owner=OWN)
    (reason,) = await compared(api, args(CLAIM), DROPPED)
    assert reason.startswith("PersistentVolumeClaim shop/old holds data")
    assert "kubectl annotate --namespace shop persistentvolumeclaim/old tau/given-up=true" in reason


@pytest.mark.parametrize(
    "there",
    [None, {"owner": OTHER}, {"owner": OWN, "annotations": {"tau/given-up": "true"}}],
)
async def test_data_that_is_gone_another_s_or_given_up_holds_nothing_up(there: dict[str, Any] | None) -> None:
    api = LiveCluster()
    if there:
        api.put("PersistentVolumeClaim", "old", **there)
    assert await compared(api, args(CLAIM), DROPPED) == []


async def test_a_cluster_that_is_away_has_no_objection() -> None:
    api = LiveCluster()
    api.away = True
    assert await compared(api, args(SECRET), DROPPED) == []


async def test_a_claim_that_was_given_up_is_deleted_and_no_other() -> None:
    api, told = LiveCluster(), Told()
    api.put("PersistentVolumeClaim", "data", owner=OWN, annotations={"tau/given-up": "true"})
    api.put("PersistentVolumeClaim", "more", owner=OWN)
    made = Ownership(lambda *_: api)
    more = OwnedObject(api_version="v1", kind="PersistentVolumeClaim", name="more", namespace="shop", holds_data=True)
    _, outputs = await made.create(args(CLAIM, more, SERVER, SECRET), told.operation)
    assert [one["name"] for one in outputs["claims"]] == ["data", "more"]
    assert await made.update(args(SERVER), outputs, told.operation) == {"owner": OWN, "claims": []}
    assert api.deleted == ["data"]
    assert told.notes == ["PersistentVolumeClaim shop/data was given up, and is deleted with its files"]


async def test_a_deletion_deletes_its_claims_and_nothing_of_others() -> None:
    api, told = LiveCluster(), Told()
    api.put("PersistentVolumeClaim", "data", owner=OWN)
    api.put("PersistentVolumeClaim", "theirs", owner=OTHER)
    api.put("PersistentVolumeClaim", "kept", owner=OWN, annotations={"tau/kept-for": "home/dev/shop"})
    api.put("Cluster", "postgres-shop", owner=OWN)
    named = [
        OwnedObject(api_version="v1", kind="PersistentVolumeClaim", name=name, namespace="shop", holds_data=True)
        for name in ("data", "theirs", "kept", "gone")
    ]
    made = Ownership(lambda *_: api)
    given = args(*named, SERVER)
    _, outputs = await made.create(given, told.operation)
    await made.delete(given, outputs, told.operation)
    assert api.deleted == ["data"]


async def test_a_claim_that_does_not_go_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    api, told = LiveCluster(), Told(seconds=-1)
    api.put("PersistentVolumeClaim", "data", owner=OWN, finalizers=["kubernetes.io/pvc-protection"])
    api.lasts.add("data")
    made = Ownership(lambda *_: api)
    _, outputs = await made.create(args(CLAIM), told.operation)
    with pytest.raises(errors.ClusterError, match=r"was not gone within .* its finalizers are kubernetes\.io/pvc"):
        await made.delete(args(CLAIM), outputs, told.operation)


async def test_field_managers_of_an_earlier_tau_give_up_its_objects_and_no_others() -> None:
    """Else a volume or a port that the program drops would stay, as they still own it."""
    former, other = {"manager": "pulumi-kubernetes-1a2b"}, {"manager": "kubectl-edit"}
    api, told = LiveCluster(), Told()
    api.put("Secret", "keys", owner=OWN, managedFields=[former, other], resourceVersion="7")
    api.put("PersistentVolumeClaim", "data", managedFields=[former], resourceVersion="8")
    api.put("Cluster", "postgres-shop", owner=OTHER, managedFields=[former], resourceVersion="9")
    await Ownership(lambda *_: api).create(args(SECRET, CLAIM, SERVER), told.operation)
    assert api.merged["keys"] == {"resourceVersion": "7", "managedFields": [other]}
    assert [one["manager"] for one in api.merged["data"]["managedFields"]] == ["tau-released"]
    # What it owns is nothing that tau applies, as `tau/owner` is.
    assert api.merged["data"]["annotations"] == {"tau/released": "true"}
    assert api.merged.keys() == {"keys", "data"}


@pytest.mark.parametrize(("primary", "count"), [("postgres-old-1", 1), ("", 0)])
async def test_a_server_that_never_came_up_may_get_another_name(primary: str, count: int) -> None:
    api = LiveCluster()
    api.put("Cluster", "postgres-old", owner=OWN, status={"currentPrimary": primary})
    dropped = {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "name": "postgres-old", "namespace": "shop"}
    recorded = {"owner": OWN, "objects": [dropped | {"holdsData": True}]}
    assert len(await compared(api, args(SERVER), recorded)) == count
