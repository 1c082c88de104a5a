"""Another store for a live Cluster: it is looked into, and nothing goes there under a name that is taken."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors, fields
from tau.backup import generation_resource, store_move
from tau.backup.sidecars import Sidecars
from tau.resource import job
from tau.resource.contract import Operation
from tau.types.postgres import Store
from tests.unit.archive.archive_cluster import ArchiveCluster
from tests.unit.backup.test_generation_resource import FOREIGN, STORE, arguments, fill

MANAGERS = [{"manager": "pulumi", "operation": "Apply"}]
RECORDED = {"serverName": "main-15-1", "recovery": {}, "message": "", "location": "gateway:7070/postgres/home"}
BEFORE_LOCATIONS = {key: value for key, value in RECORDED.items() if key != "location"}
ENCRYPTED = dataclasses.replace(STORE, endpoint="https://gateway:7070", ca_certificate="pem")
ROTATED = dataclasses.replace(STORE, access_key_id="new", secret_access_key="newer")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_POLL_SECONDS", 0.001)
    monkeypatch.setattr(store_move, "_SECONDS_UNTIL_SEEN", 0.001)


@pytest.fixture
def cluster() -> ArchiveCluster:
    """A server that archives to main-15-1, and another store, with an archive of the same name by another server."""
    found = ArchiveCluster()
    found.archiving("main", "main-15-1")
    for name in (("clusters", "main"), ("objectstores", "main"), ("secrets", "main-store")):
        about: Any = found.objects[name]["metadata"]
        about["managedFields"] = MANAGERS
    found.bucket()
    fill(found.bucket("http://elsewhere:9000"), "main-15-1", root="")
    return found


def resource(cluster: ArchiveCluster) -> generation_resource.ArchiveGeneration:
    return generation_resource.ArchiveGeneration(lambda *_: cluster)


async def update(
    cluster: ArchiveCluster, used: Store, recorded: Mapping[str, Any] = RECORDED, **given: Any
) -> tuple[Mapping[str, Any], list[str]]:
    told: list[str] = []
    operation = Operation(urn="urn", seconds=5, tell=told.append, note=told.append)
    return await resource(cluster).update(arguments(store=used, **given), recorded, operation), told


def server_name(cluster: ArchiveCluster) -> str:
    (plugin,) = cluster.objects["clusters", "main"]["spec"]["plugins"]
    return str(plugin["parameters"]["serverName"])


async def test_another_store_is_looked_into_and_its_archive_left_alone(cluster: ArchiveCluster) -> None:
    outputs, told = await update(cluster, FOREIGN)
    assert outputs["serverName"] == "main-15-2"
    assert outputs["location"] == "elsewhere:9000/postgres"
    assert [one["endpoint"] for one in cluster.asked] == [FOREIGN.endpoint]
    assert "apps/main archives to main-15-2, as the store is another than that of main-15-1, and starts" in told[-1]


async def test_the_number_is_free_in_the_former_store_too(cluster: ArchiveCluster) -> None:
    cluster.bucket("http://elsewhere:9000").files.clear()
    outputs, _ = await update(cluster, FOREIGN, {**RECORDED, "serverName": "main-15-4"})
    assert outputs["serverName"] == "main-15-5"


async def test_the_server_has_its_new_name_before_it_sees_the_new_store(cluster: ArchiveCluster) -> None:
    await update(cluster, FOREIGN)
    values = [(plural, change) for plural, _, change in cluster.merged if "managedFields" not in str(change)]
    assert [plural for plural, _ in values] == ["clusters", "secrets", "secrets", "secrets", "objectstores"]
    assert server_name(cluster) == "main-15-2"
    configuration = cluster.objects["objectstores", "main"]["spec"]["configuration"]
    assert (configuration["endpointURL"], configuration["destinationPath"]) == (FOREIGN.endpoint, "s3://postgres")
    assert configuration["s3Credentials"]["accessKeyId"] == {"name": "main-store", "key": "ACCESS_KEY_ID"}
    assert cluster.objects["secrets", "main-store"]["data"]["ACCESS_SECRET_KEY"] == "aGlkZGVu"


async def test_whoever_manages_the_objects_goes_on_managing_them(cluster: ArchiveCluster) -> None:
    await update(cluster, FOREIGN)
    for before, after in zip(cluster.merged[::2], cluster.merged[1::2], strict=True):
        assert before[:2] == after[:2]
        assert after[2] == {"metadata": {"managedFields": MANAGERS}}


async def test_other_keys_are_no_other_store(cluster: ArchiveCluster) -> None:
    outputs, _ = await update(cluster, ROTATED)
    assert outputs == RECORDED
    assert (cluster.asked, server_name(cluster)) == ([], "main-15-1")
    assert cluster.objects["secrets", "main-store"]["data"]["ACCESS_SECRET_KEY"] == "bmV3ZXI="


async def test_what_is_reached_as_before_is_not_touched(cluster: ArchiveCluster) -> None:
    assert (await update(cluster, STORE))[0] == RECORDED
    assert (cluster.asked, cluster.merged) == ([], [])


async def test_over_tls_a_store_is_the_same_and_the_server_gets_its_certificate(cluster: ArchiveCluster) -> None:
    for _ in range(2):
        outputs, _ = await update(cluster, ENCRYPTED)
        assert (outputs, cluster.asked, server_name(cluster)) == (RECORDED, [], "main-15-1")
        configuration = cluster.objects["objectstores", "main"]["spec"]["configuration"]
        assert configuration["endpointURL"] == ENCRYPTED.endpoint
        assert configuration["endpointCA"] == {"name": "main-store", "key": "ca.crt"}
        assert cluster.objects["secrets", "main-store"]["data"]["ca.crt"] == "cGVt"
        changes, cluster.merged = cluster.merged, []
    assert changes == [], "the second time there was nothing to do"


@pytest.mark.parametrize(("used", "authority"), [(ENCRYPTED, "pem"), (ROTATED, None)])
async def test_a_server_that_is_well_is_waited_for(
    cluster: ArchiveCluster, monkeypatch: pytest.MonkeyPatch, used: Store, authority: str | None
) -> None:
    waited: list[str | None] = []

    async def wait(_: Any, given: str | None) -> None:
        waited.append(given)

    monkeypatch.setattr(Sidecars, "verify_by", wait)
    await update(cluster, used)
    assert waited == []
    status: Any = cluster.objects["clusters", "main"]["status"]
    status.update(phase="Cluster in healthy state", conditions=[{"type": "Ready", "status": "True"}])
    await update(cluster, dataclasses.replace(used, access_key_id="again"))
    assert waited == [authority]


async def test_a_server_that_moves_to_a_public_authority_verifies_by_no_certificate(cluster: ArchiveCluster) -> None:
    await update(cluster, ENCRYPTED)
    outputs, _ = await update(cluster, FOREIGN)
    assert outputs["serverName"] == "main-15-2"
    assert "endpointCA" not in cluster.objects["objectstores", "main"]["spec"]["configuration"]


async def test_without_the_secret_to_mount_no_server_is_started_anew(cluster: ArchiveCluster) -> None:
    """Its Pods would not start."""
    cluster.objects["secrets", "of-somebody"] = cluster.objects.pop(("secrets", "main-store"))
    keys = cluster.objects["objectstores", "main"]["spec"]["configuration"]["s3Credentials"]
    for one in keys.values():
        one["name"] = "of-somebody"
    await update(cluster, ENCRYPTED)
    assert cluster.merged == []


async def test_another_share_behind_the_same_endpoint_is_another_store(cluster: ArchiveCluster) -> None:
    recorded = {**RECORDED, "location": "nfs://old.local/backups/postgres/home"}
    fill(cluster.bucket(), "main-15-3")
    outputs, _ = await update(cluster, dataclasses.replace(STORE, location="nfs://new.local/backups"), recorded)
    assert (outputs["serverName"], server_name(cluster)) == ("main-15-4", "main-15-4")
    assert {plural for plural, *_ in cluster.merged} == {"clusters"}


async def test_another_share_behind_the_same_host_is_reached_with_its_certificate(cluster: ArchiveCluster) -> None:
    recorded = {**RECORDED, "location": "nfs://old.local/backups/postgres/home"}
    cluster.buckets[str(ENCRYPTED.endpoint)] = cluster.bucket()
    await update(cluster, dataclasses.replace(ENCRYPTED, location="nfs://new.local/backups"), recorded)
    assert server_name(cluster) == "main-15-2"
    assert cluster.merged[0][0] == "clusters"
    assert cluster.objects["objectstores", "main"]["spec"]["configuration"]["endpointURL"] == ENCRYPTED.endpoint


async def test_another_gateway_of_the_same_share_is_the_same_store(cluster: ArchiveCluster) -> None:
    known = dataclasses.replace(STORE, location="nfs://old.local/backups")
    recorded = {**RECORDED, "location": "nfs://old.local/backups/postgres/home"}
    outputs, _ = await update(cluster, dataclasses.replace(known, endpoint="http://renamed:7070"), recorded)
    assert (outputs, server_name(cluster)) == (recorded, "main-15-1")
    configuration = cluster.objects["objectstores", "main"]["spec"]["configuration"]
    assert configuration["endpointURL"] == "http://renamed:7070"


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (STORE, "main-15-1"),
        (dataclasses.replace(STORE, endpoint="https://gateway:8443", location="nfs://nas.local/b"), "main-15-1"),
        (FOREIGN, "main-15-2"),
        (dataclasses.replace(STORE, prefix=None), "main-15-2"),
    ],
)
async def test_a_state_from_before_locations_goes_by_what_the_server_uses(
    cluster: ArchiveCluster, used: Store, expected: str
) -> None:
    cluster.buckets["https://gateway:8443"] = cluster.bucket()
    outputs, _ = await update(cluster, used, BEFORE_LOCATIONS)
    assert (outputs["serverName"], server_name(cluster)) == (expected, expected)
    assert outputs["location"]


async def test_a_move_and_a_major_version_at_once(cluster: ArchiveCluster) -> None:
    fill(cluster.bucket("http://elsewhere:9000"), "main-17-1", root="")
    outputs, _ = await update(cluster, FOREIGN, major_version="17")
    assert (outputs["serverName"], server_name(cluster)) == ("main-17-2", "main-17-2")


async def test_a_server_that_the_state_does_not_know_is_moved_too(cluster: ArchiveCluster) -> None:
    operation = Operation(urn="urn", seconds=5, tell=print)
    _, outputs = await resource(cluster).create(arguments(store=FOREIGN), operation)
    assert (outputs["serverName"], server_name(cluster)) == ("main-15-2", "main-15-2")


async def test_the_objects_of_somebody_else_are_not_changed(cluster: ArchiveCluster) -> None:
    """The Cluster is about to get an ObjectStore of tau's, and with it, in one step, the new name."""
    (plugin,) = cluster.objects["clusters", "main"]["spec"]["plugins"]
    plugin["parameters"]["barmanObjectName"] = "their-own"
    cluster.objects["objectstores", "their-own"] = cluster.objects["objectstores", "main"]
    outputs, _ = await update(cluster, FOREIGN, BEFORE_LOCATIONS)
    assert outputs["serverName"] == "main-15-2"
    assert cluster.merged == []


async def test_a_store_that_does_not_answer_moves_nothing(cluster: ArchiveCluster) -> None:
    del cluster.buckets["http://elsewhere:9000"]
    with pytest.raises(errors.ClusterError, match="does not answer"):
        await update(cluster, FOREIGN)
    assert cluster.merged == []


async def test_cancelled_it_says_how_to_go_on(cluster: ArchiveCluster) -> None:
    operation = Operation(urn="urn", seconds=5, tell=print)
    operation.cancelled.set()
    with pytest.raises(errors.ClusterError, match="noticed the store; run the same command again"):
        await store_move.StoreMove(
            api=cluster, namespace="apps", instance="main", used=FOREIGN, server_name="main-15-2", operation=operation
        ).move(cluster.objects["clusters", "main"])


async def test_without_its_server_a_decision_of_the_state_does_not_count(cluster: ArchiveCluster) -> None:
    """Another Kubernetes cluster under the same stack, or a server that was deleted by hand."""
    del cluster.objects["clusters", "main"]
    fill(cluster.bucket(), "main-15-1")
    with pytest.raises(errors.InvalidInputs, match="the store holds an archive of 'main' already"):
        await update(cluster, STORE)
    outputs, _ = await update(cluster, STORE, on_existing_archive="newGeneration")
    assert outputs["serverName"] == "main-15-2"


MOVED = frozenset({"serverName", "location", "message"})
UNKNOWN = fields.Deferred(handle=None)


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (STORE, frozenset()),
        (ROTATED, frozenset()),
        (dataclasses.replace(STORE, access_key_id=UNKNOWN, secret_access_key=UNKNOWN, region=UNKNOWN), frozenset()),
        (FOREIGN, MOVED),
        (dataclasses.replace(FOREIGN, endpoint=UNKNOWN), frozenset()),
        (dataclasses.replace(FOREIGN, location=UNKNOWN), frozenset()),
        (UNKNOWN, frozenset()),
    ],
)
async def test_a_preview_tells_that_it_will_be_decided_again(
    cluster: ArchiveCluster, used: Any, expected: frozenset[str]
) -> None:
    assert await resource(cluster).observed(arguments(store=used), RECORDED) == expected


async def test_a_preview_tells_that_the_server_is_gone(cluster: ArchiveCluster) -> None:
    del cluster.objects["clusters", "main"]
    assert await resource(cluster).observed(arguments(), RECORDED) == MOVED | {"recovery"}


async def test_where_nobody_answers_a_preview_tells_nothing(
    cluster: ArchiveCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise errors.Unreachable("Kubernetes does not answer")

    monkeypatch.setattr(cluster, "get", away)
    assert await resource(cluster).observed(arguments(store=FOREIGN), RECORDED) == frozenset()
