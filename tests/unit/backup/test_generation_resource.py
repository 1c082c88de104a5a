"""`tau:postgres:ArchiveGeneration`: what it decides about a store that the real scripts look into."""

import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors, fields
from tau.archive.choice import EMPTY
from tau.backup import generation_resource
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import object_store
from tau.resource import job
from tau.resource.contract import Operation, revealed
from tau.types.postgres import ArchiveGenerationArgs, Restore, Store
from tests.unit.archive.archive_cluster import ArchiveCluster
from tests.unit.archive.script import wal
from tests.unit.archive.script.bucket import START, Bucket, archive, information

STORE = Store(
    endpoint="http://gateway:7070",
    bucket="postgres",
    prefix="home",
    region="eu-1",
    access_key_id=fields.Secret(handle=None, value="AKEY"),
    secret_access_key=fields.Secret(handle=None, value="hidden"),
)
FOREIGN = Store(endpoint="http://elsewhere:9000", bucket="postgres", access_key_id="k", secret_access_key="hidden")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_POLL_SECONDS", 0.001)


def minutes(number: float) -> str:
    return (START + datetime.timedelta(minutes=number)).isoformat()


def arguments(**given: Any) -> ArchiveGenerationArgs:
    usual = {
        "image": "sidecar:1",
        "instance": "main",
        "namespace": "apps",
        "major_version": "15",
        "on_existing_archive": "fail",
        "store": STORE,
    }
    return revealed(ArchiveGenerationArgs(**{**usual, **given}))


def operation(told: list[str] | None = None) -> Operation:
    return Operation(urn="urn", seconds=60, tell=(told if told is not None else []).append)


def resource(cluster: ArchiveCluster) -> generation_resource.ArchiveGeneration:
    return generation_resource.ArchiveGeneration(lambda *_: cluster)


async def create(cluster: ArchiveCluster, **given: Any) -> Mapping[str, Any]:
    identifier, outputs = await resource(cluster).create(arguments(**given), operation())
    assert identifier == "apps/main"
    return outputs


def fill(bucket: Bucket, server_name: str, *, root: str = "home/", later: int = 0) -> None:
    """A base backup at 3:01, a commit at 3:02, a restore point at 3:25, and nothing else; archived until 4:00.

    What it holds may be archived some minutes later.
    """
    writer = wal.Writer()
    writer.ended(START + datetime.timedelta(minutes=2))
    writer.switch()
    writer.point(START + datetime.timedelta(minutes=25), "before the upgrade")
    writer.switch()
    writer.append(10, 0, bytes(100))
    for number, segment in enumerate(writer.segments, start=1):
        bucket.put(
            f"{root}{server_name}/wals/0000000100000000/0000000100000000{number:08X}",
            segment,
            minute=20 * number + later,
        )
    told = information(
        xlog_segment_size=wal.SEGMENT,
        begin_wal="000000010000000000000001",
        begin_xlog=f"0/{wal.SEGMENT + 40:X}",
        end_xlog=f"0/{wal.SEGMENT + 40:X}",
    )
    bucket.put(f"{root}{server_name}/base/20261123T030000/backup.info", told)
    bucket.put(f"{root}{server_name}/base/20261123T030000/data.tar", archive())


@pytest.fixture
def cluster() -> ArchiveCluster:
    """An empty store and no server."""
    found = ArchiveCluster()
    found.bucket()
    return found


@pytest.fixture
def archived(cluster: ArchiveCluster) -> ArchiveCluster:
    """A store with the archive of a server that is gone."""
    fill(cluster.bucket(), "main-15-1")
    return cluster


async def test_a_new_server_begins_empty_with_the_first_generation(cluster: ArchiveCluster) -> None:
    outputs = await create(cluster)
    assert outputs == {
        "serverName": "main-15-1",
        "recovery": EMPTY,
        "message": "begins empty and archives to main-15-1",
        "location": "gateway:7070/postgres/home",
    }


async def test_an_archive_of_the_same_name_is_not_touched_unasked(archived: ArchiveCluster) -> None:
    with pytest.raises(
        errors.InvalidInputs, match=r"backup.onExistingArchive: .* restorable from 2026-11-23T03:01:00Z"
    ):
        await create(archived)
    outputs = await create(archived, on_existing_archive="newGeneration")
    assert (outputs["serverName"], outputs["recovery"]) == ("main-15-2", EMPTY)


@pytest.mark.parametrize("given", [{"restore": Restore()}, {"on_existing_archive": "restore"}])
async def test_the_latest_state_is_taken_back(archived: ArchiveCluster, given: dict[str, Any]) -> None:
    outputs = await create(archived, **given)
    assert outputs == {
        "serverName": "main-15-2",
        "recovery": {**EMPTY, "serverName": "main-15-1", "backupId": "20261123T030000"},
        "message": "restores base backup 20261123T030000 of main-15-1 to the latest state, of 2026-11-23T04:00:00Z, "
        "and archives to main-15-2",
        "location": "gateway:7070/postgres/home",
    }
    assert len(archived.asked) == 1


async def test_a_clone_is_recorded_and_told_as_one(archived: ArchiveCluster) -> None:
    fill(archived.bucket(), "shop-15-1")
    outputs = await create(archived, restore=Restore(from_="shop"))
    assert outputs["recovery"]["clone"] is True
    assert ", without its pg_cron jobs and subscriptions (see docs/backups.md), and" in outputs["message"]


@pytest.mark.parametrize(("endpoint", "clones"), [("http://gateway:7070", True), ("http://elsewhere:9000", False)])
async def test_a_server_is_a_clone_while_another_one_archives_to_what_it_is_restored_from(
    archived: ArchiveCluster, endpoint: str, clones: bool
) -> None:
    archived.archiving("staging", "main-15-1")
    store: Any = archived.objects["objectstores", "staging"]
    store["spec"]["configuration"]["endpointURL"] = endpoint
    outputs = await create(archived, restore=Restore())
    assert outputs["recovery"].get("clone", False) is clones


async def test_where_others_may_not_be_looked_for_a_server_of_the_same_name_is_no_clone(
    archived: ArchiveCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = archived.items

    async def refused(kind: Kind, *where: Any, **which: Any) -> Any:
        if kind.plural == "clusters":
            raise errors.ClusterError("forbidden")
        return await looked(kind, *where, **which)

    monkeypatch.setattr(archived, "items", refused)
    assert "clone" not in (await create(archived, restore=Restore()))["recovery"]


@pytest.mark.parametrize(
    ("target", "recovery"),
    [
        ({"target_time": minutes(1.5)}, {"targetTime": "2026-11-23T03:01:30Z"}),
        ({"target_time": minutes(30)}, {}),
        ({"target_name": "before the upgrade"}, {"targetName": "before the upgrade"}),
        ({"target_lsn": f"0/{2 * wal.SEGMENT + 40:X}"}, {"targetLsn": f"0/{2 * wal.SEGMENT + 40:X}"}),
        ({"backup_id": "20261123T030000"}, {}),
        ({"server_name": "main-15-1"}, {}),
    ],
)
async def test_a_target_is_restored_that_the_log_reaches(
    archived: ArchiveCluster, target: dict[str, Any], recovery: dict[str, str]
) -> None:
    outputs = await create(archived, restore=Restore(**target))
    assert outputs["recovery"] == {**EMPTY, "serverName": "main-15-1", "backupId": "20261123T030000", **recovery}


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"target_name": "before the update"}, "restore.targetName: .* did you mean 'before the upgrade'"),
        ({"target_lsn": f"0/{4 * wal.SEGMENT - 1:X}"}, "restore.targetLsn: .* is not in the archived WAL"),
        ({"target_time": minutes(90)}, "restore.targetTime: .* is after the last moment"),
    ],
)
async def test_a_target_that_the_log_does_not_reach_is_refused(
    archived: ArchiveCluster, target: dict[str, Any], words: str
) -> None:
    with pytest.raises(errors.InvalidInputs, match=words):
        await create(archived, restore=Restore(**target))


async def test_another_store_and_another_instance_can_be_restored(cluster: ArchiveCluster) -> None:
    fill(cluster.bucket("http://elsewhere:9000"), "old-15-4", root="")
    outputs = await create(cluster, restore=Restore(from_="old", store=FOREIGN, target_name="before the upgrade"))
    assert outputs["serverName"] == "main-15-1"
    assert outputs["recovery"]["serverName"] == "old-15-4"
    assert [one["endpoint"] for one in cluster.asked] == [STORE.endpoint, FOREIGN.endpoint, FOREIGN.endpoint]


async def test_a_restore_point_is_looked_for_in_older_generations_too(archived: ArchiveCluster) -> None:
    fill(archived.bucket(), "main-15-2", later=60)
    first = "home/main-15-1/wals/0000000100000000/000000010000000000000001"
    archived.bucket().put(first.replace("15-1", "15-3"), archived.bucket().files[first][0], minute=150)
    told = archived.bucket().files["home/main-15-1/base/20261123T030000/backup.info"][0]
    archived.bucket().put("home/main-15-3/base/20261123T030000/backup.info", told)
    archived.bucket().put("home/main-15-3/base/20261123T030000/data.tar", archive())
    outputs = await create(archived, restore=Restore(target_name="before the upgrade"))
    assert outputs["recovery"]["serverName"] == "main-15-2"


async def test_a_server_that_archives_already_keeps_its_generation(archived: ArchiveCluster) -> None:
    target = {"backupID": "20261122T030000", "targetTime": minutes(1)}
    sources = [{"name": "archive", "plugin": object_store.use(store="main-source", server_name="old-15-4")}]
    bootstrap = {"recovery": {"source": "archive", "recoveryTarget": target}}
    archived.archiving("main", "main-15-1", bootstrap=bootstrap, externalClusters=sources)
    outputs = await create(archived, restore=Restore())
    assert outputs["serverName"] == "main-15-1"
    wanted = {"serverName": "old-15-4", "backupId": "20261122T030000", "targetTime": minutes(1)}
    assert outputs["recovery"] == {**EMPTY, **wanted}
    assert archived.asked == []


async def test_a_living_server_that_archives_for_the_first_time_begins_a_generation(archived: ArchiveCluster) -> None:
    archived.archiving("main", "", plugins=[], bootstrap={"initdb": {}})
    outputs = await create(archived, restore=Restore())
    assert (outputs["serverName"], outputs["recovery"]) == ("main-15-2", EMPTY)


@pytest.mark.parametrize(("archives", "target", "refused"), [(True, 30, False), (False, 30, True), (False, 1.5, False)])
async def test_a_moment_that_a_living_source_could_not_archive_is_refused(
    archived: ArchiveCluster, archives: bool, target: float, refused: bool
) -> None:
    fill(archived.bucket(), "shop-15-1")
    archived.archiving("shop", "shop-15-1", archives=archives)
    restore = Restore(from_="shop", target_time=minutes(target))
    if refused:
        with pytest.raises(errors.InvalidInputs, match=r"is not being archived now: .*share is full; fix that first"):
            await create(archived, restore=restore, on_existing_archive="newGeneration")
    else:
        await create(archived, restore=restore)


async def test_another_major_version_begins_the_next_generation(archived: ArchiveCluster) -> None:
    archived.archiving("main", "main-15-1")
    recorded = {"serverName": "main-15-1", "recovery": {**EMPTY, "serverName": "old-15-4"}, "message": ""}
    fill(archived.bucket(), "main-17-2")
    same = await resource(archived).update(arguments(restore=Restore(backup_id="other")), recorded, operation())
    assert (same, archived.asked) == ({**recorded, "location": "gateway:7070/postgres/home"}, [])
    outputs = await resource(archived).update(arguments(major_version="17"), recorded, operation())
    assert (outputs["serverName"], outputs["recovery"]) == ("main-17-3", recorded["recovery"])


async def test_the_decision_lives_as_long_as_the_cluster(archived: ArchiveCluster) -> None:
    recorded = {"serverName": "main-15-1", "recovery": EMPTY, "message": ""}
    assert await resource(archived).read(arguments(), recorded) is None
    archived.archiving("main", "main-15-1")
    assert await resource(archived).read(arguments(), recorded) == recorded
    await resource(archived).delete(arguments(), recorded, operation())
    assert archived.sent == []


async def test_keys_go_into_the_secret_of_the_job_and_nowhere_else(archived: ArchiveCluster) -> None:
    told: list[str] = []
    _, outputs = await resource(archived).create(arguments(restore=Restore(target_time=minutes(1.5))), operation(told))
    jobs = [one for one in archived.sent if one["kind"] == "Job"]
    assert len(jobs) == 2
    assert "hidden" not in f"{jobs}{outputs}{told}"
    assert told[-1] == outputs["message"]


async def test_what_is_wrong_with_the_store_is_told_as_it_is() -> None:
    with pytest.raises(errors.ClusterError, match=r"^the store http://gateway:7070 does not answer$"):
        await create(ArchiveCluster())


@pytest.mark.parametrize(
    ("changed", "replaced", "expired"),
    [
        ({"store", "restore", "onExistingArchive"}, set(), set()),
        ({"instance", "store"}, {"instance"}, set()),
        ({"majorVersion"}, set(), {"serverName", "message"}),
    ],
)
def test_only_its_identity_replaces_it(changed: set[str], replaced: set[str], expired: set[str]) -> None:
    found = resource(ArchiveCluster()).difference(frozenset(changed), {})
    assert (set(found.replaced), set(found.expired)) == (replaced, expired)


def test_wrong_inputs_are_told_by_their_path() -> None:
    problems = errors.Problems()
    restore = Restore(target_time="2026-11-23T03:00:00", store=Store(**{**vars(FOREIGN), "bucket": "B"}))
    wrong = arguments(on_existing_archive="maybe", instance="1", major_version="15.1", restore=restore)
    resource(ArchiveCluster()).check(wrong, problems)
    paths = ["instance", "majorVersion", "onExistingArchive", "restore.store.bucket", "restore.targetTime"]
    assert sorted(problem.path for problem in problems) == paths
