"""`tau:postgres:getRecoveryWindow`: what it tells of a living Instance, and of one that is gone."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tau import errors
from tau.archive.window_function import get_recovery_window
from tau.kubernetes.kinds import object_store
from tau.resource import job
from tau.resource.function import Call
from tau.types.postgres import GetRecoveryWindowArgs, Store
from tests.unit.archive.archive_cluster import ArchiveCluster
from tests.unit.archive.script import wal
from tests.unit.archive.script.bucket import archive, information

STORE = Store(
    endpoint="http://gateway:7070", bucket="postgres", prefix="home", access_key_id="AKEY", secret_access_key="hidden"
)

NOTHING = {
    "serverName": "",
    "generations": [],
    "firstRestorable": "",
    "lastRestorable": "",
    "backups": [],
    "lastWal": "",
    "lastWalAgeSeconds": -1,
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_POLL_SECONDS", 0.001)


@pytest.fixture
def cluster() -> ArchiveCluster:
    """A store with three generations, the second with a base backup, and no server."""
    found = ArchiveCluster()
    bucket = found.bucket()
    for server_name, segment in (("main-15-1", 2), ("main-15-2", 3), ("main-15-2", 4), ("main-x-15-1", 5)):
        name = f"00000001000000000000000{segment}"
        bucket.put(f"home/{server_name}/wals/{name[:16]}/{name}", wal.segment(name))
    base = "home/main-15-2/base"
    bucket.put(f"{base}/20261123T030000/backup.info", information())
    bucket.put(f"{base}/20261123T030000/data.tar", archive())
    bucket.put(f"{base}/20261123T050000/backup.info", information(status="FAILED", end_time=None, end_xlog=None))
    bucket.put(f"{base}/20261123T060000/data.tar")
    return found


async def ask(
    cluster: ArchiveCluster, *, preview: bool = False, tell: Callable[[str], None] = lambda _: None, **given: Any
) -> Mapping[str, Any]:
    call = Call(api=cluster, tell=tell, cancelled=asyncio.Event(), preview=preview)
    return await get_recovery_window(GetRecoveryWindowArgs(**{"instance": "main", "namespace": "apps", **given}), call)


async def test_what_a_living_instance_can_be_restored_to_is_told(cluster: ArchiveCluster) -> None:
    cluster.archiving("main", "main-15-2")
    found = dict(await ask(cluster))
    assert found.pop("lastWalAgeSeconds") >= 0
    done, failed = found.pop("backups")
    assert found == {
        "serverName": "main-15-2",
        "generations": ["main-15-1", "main-15-2"],
        "firstRestorable": "2026-11-23T03:01:00Z",
        "lastRestorable": "2026-11-23T03:02:00Z",
        "lastWal": "000000010000000000000004",
    }
    assert done == {
        "backupId": "20261123T030000",
        "serverName": "main-15-2",
        "started": "2026-11-23T03:00:00.500000Z",
        "ended": "2026-11-23T03:01:00Z",
        "bytes": len(archive()) + len(information()),
        "status": "DONE",
        "beginLsn": "0/3000028",
        "endLsn": "0/3000100",
        "version": "15",
        "restorable": True,
        "problem": "",
    }
    assert (failed["backupId"], failed["status"], failed["ended"]) == ("20261123T050000", "FAILED", "")
    assert (failed["restorable"], failed["problem"]) == (False, "it is not complete (FAILED)")
    assert [one["serverName"] for one in cluster.asked] == ["main-15-2"]


async def test_a_base_backup_with_a_file_missing_is_told_with_what_is_missing(cluster: ArchiveCluster) -> None:
    cluster.archiving("main", "main-15-2")
    del cluster.bucket().files["home/main-15-2/base/20261123T030000/data.tar"]
    found = await ask(cluster)
    assert (found["firstRestorable"], found["lastRestorable"]) == ("", "")
    done = found["backups"][0]
    assert (done["status"], done["restorable"], done["problem"]) == ("DONE", False, "data.tar is missing")


async def test_a_base_backup_that_is_being_made_is_not_told(cluster: ArchiveCluster) -> None:
    cluster.archiving("main", "main-15-2")
    begun = information(status="STARTED", end_time=None, end_xlog=None)
    cluster.bucket().put("home/main-15-2/base/20261123T060000/backup.info", begun)
    found = await ask(cluster)
    assert [one["backupId"] for one in found["backups"]] == ["20261123T030000", "20261123T050000"]


async def test_the_keys_are_those_of_the_object_store(cluster: ArchiveCluster) -> None:
    cluster.archiving("main", "main-15-2")
    await ask(cluster)
    (secret,) = [one for one in cluster.sent if one["kind"] == "Secret"]
    assert secret["stringData"]["AWS_SECRET_ACCESS_KEY"] == "hidden"
    assert (cluster.asked[0]["bucket"], cluster.asked[0]["prefix"], cluster.asked[0]["region"]) == (
        "postgres",
        "home",
        "eu-1",
    )


@pytest.mark.parametrize("image", [None, "mirror/sidecar:1"])
async def test_the_image_is_that_of_the_sidecar(cluster: ArchiveCluster, image: str | None) -> None:
    cluster.archiving("main", "main-15-2")
    if image:
        sidecar = {"name": "plugin-barman-cloud", "image": image}
        cluster.objects["pods", "main-1"] = {"metadata": {"name": "main-1"}, "spec": {"initContainers": [sidecar]}}
    await ask(cluster)
    container = cluster.sent[0]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == image or object_store.SIDECAR_IMAGE


async def test_of_an_instance_that_is_gone_the_newest_generation_is_told(cluster: ArchiveCluster) -> None:
    assert (await ask(cluster, store=STORE))["serverName"] == "main-15-2"


async def test_another_generation_can_be_asked_for(cluster: ArchiveCluster) -> None:
    cluster.archiving("main", "main-15-2")
    found = await ask(cluster, server_name="main-15-1")
    assert (found["serverName"], found["lastWal"], found["lastRestorable"]) == (
        "main-15-1",
        "000000010000000000000002",
        "",
    )


@pytest.mark.parametrize(("living", "server_name"), [("main-15-9", "main-15-9"), (None, "")])
async def test_where_nothing_is_archived_yet_everything_is_empty(living: str | None, server_name: str) -> None:
    cluster = ArchiveCluster()
    cluster.bucket()
    if living:
        cluster.archiving("main", living)
    given: dict[str, Any] = {} if living else {"store": STORE}
    found = await ask(cluster, **given)
    assert found == {**NOTHING, "serverName": server_name}


async def test_a_preview_does_not_fail_for_an_instance_that_is_yet_to_be_made(cluster: ArchiveCluster) -> None:
    told: list[str] = []
    assert await ask(cluster, preview=True, tell=told.append) == NOTHING
    assert told == ["main does not exist yet; `up` reports what can be restored"]
    cluster.archiving("main", "main-15-2")
    assert (await ask(cluster, preview=True))["lastWal"]


async def test_a_generation_that_does_not_exist_is_refused(cluster: ArchiveCluster) -> None:
    with pytest.raises(
        errors.InvalidInputs, match="serverName: 'main-15-3' is not in the store; did you mean 'main-15-"
    ):
        await ask(cluster, store=STORE, server_name="main-15-3")


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (("clusters", "main"), "there is no Instance apps/main; set `store` to look for one that is gone"),
        (("objectstores", "main"), "the Instance archives to ObjectStore apps/main, which does not exist"),
        (("secrets", "main-store"), "ObjectStore apps/main needs Secret main-store, which does not exist"),
    ],
)
async def test_what_is_missing_is_told(cluster: ArchiveCluster, missing: tuple[str, str], words: str) -> None:
    cluster.archiving("main", "main-15-2")
    del cluster.objects[missing]
    with pytest.raises(errors.ClusterError, match=words):
        await ask(cluster)


async def test_an_instance_without_backups_is_told_as_one(cluster: ArchiveCluster) -> None:
    cluster.archiving("main", "", plugins=[])
    with pytest.raises(errors.ClusterError, match="Instance apps/main is not backed up; set `store`"):
        await ask(cluster)


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"s3Credentials": None}, "has no accessKeyId and no secretAccessKey of an S3 service"),
        ({"destinationPath": "gs://bucket"}, "is at gs://bucket, which is not an S3 service"),
        (
            {"s3Credentials": {key: {"name": "main-store", "key": "NO"} for key in ("accessKeyId", "secretAccessKey")}},
            "NO",
        ),
    ],
)
async def test_an_object_store_of_another_kind_is_told_as_one(
    cluster: ArchiveCluster, configuration: dict[str, Any], words: str
) -> None:
    cluster.archiving("main", "main-15-2")
    found = dict(cluster.objects["objectstores", "main"])
    found["spec"] = {**found["spec"], "configuration": {**found["spec"]["configuration"], **configuration}}
    cluster.objects["objectstores", "main"] = found
    with pytest.raises(errors.ClusterError, match=words):
        await ask(cluster)
