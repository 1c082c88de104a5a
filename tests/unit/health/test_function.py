"""`tau:postgres:getHealth`: which objects it reads, and what it says where there are none."""

import asyncio
from typing import Any

import pytest

from tau import errors
from tau.health.function import get_health
from tau.resource import job
from tau.resource.function import Call
from tau.types.postgres import GetHealthArgs
from tests.unit.archive.archive_cluster import ArchiveCluster
from tests.unit.backup.test_generation_resource import fill


async def ask(cluster: ArchiveCluster, *, preview: bool = False, **given: Any) -> Any:
    heard: list[str] = []
    call = Call(api=cluster, tell=heard.append, cancelled=asyncio.Event(), preview=preview)
    return await get_health(GetHealthArgs(**{"instance": "main", "namespace": "apps", **given}), call), heard


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_POLL_SECONDS", 0.001)


@pytest.fixture
def cluster() -> ArchiveCluster:
    found = ArchiveCluster()
    found.archiving("main", "main-15-1", archives=False)
    window = {"main-15-1": {"lastSuccessfulBackupTime": "2026-11-23T03:00:00Z"}}
    store = dict(found.objects["objectstores", "main"])
    found.objects["objectstores", "main"] = store | {"status": {"serverRecoveryWindow": window}}
    for name, result in (("main-restore-check", "passed"), ("weekly", "failed")):
        found.objects["configmaps", name] = {"data": {"result": result, "finished": "2026-11-23T05:00:00Z"}}
    return found


async def test_cluster_store_and_restore_check_are_read(cluster: ArchiveCluster) -> None:
    found, _ = await ask(cluster)
    assert (found["archiving"], found["archivingMessage"]) == ("failing", "share is full")
    assert (found["lastBackup"], found["restoreCheck"]) == ("2026-11-23T03:00:00Z", "passed")
    assert cluster.sent == []


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("", ""),
        ("base/20261123T030000/data.tar", "cannot be restored: data.tar is missing"),
        (
            "wals/0000000100000000/000000010000000000000001",
            "cannot be restored: the WAL written during it has not reached the store",
        ),
        (
            "wals/0000000100000000/000000010000000000000002",
            "has a gap after 000000010000000000000001: segment 000000010000000000000002 is not there",
        ),
    ],
)
async def test_the_store_is_looked_into_where_that_is_asked_for(
    cluster: ArchiveCluster, damage: str, problem: str
) -> None:
    fill(cluster.bucket(), "main-15-1")
    if damage:
        del cluster.bucket().files[f"home/main-15-1/{damage}"]
    found, _ = await ask(cluster, check_archive=True, backup_max_age="9999d", restore_check_max_age="9999d")
    about_archive = [one for one in found["problems"] if "main-15-1" in one]
    assert len(about_archive) == (1 if damage else 0)
    assert all(problem in one for one in about_archive)


async def test_another_restore_check_can_be_named(cluster: ArchiveCluster) -> None:
    found, _ = await ask(cluster, restore_check="weekly")
    assert found["restoreCheck"] == "failed"


async def test_what_is_too_old_is_an_input(cluster: ArchiveCluster) -> None:
    found, _ = await ask(cluster, backup_max_age="1s")
    assert any("too long ago" in one for one in found["problems"])
    with pytest.raises(errors.InvalidInputs) as refused:
        await ask(cluster, backup_max_age="soon", restore_check_max_age="1")
    assert {one.path for one in refused.value.problems} == {"backupMaxAge", "restoreCheckMaxAge"}


async def test_an_instance_that_is_not_there_is_told_in_a_preview_and_an_error_in_an_up() -> None:
    found, heard = await ask(ArchiveCluster(), preview=True)
    assert (found["healthy"], heard) == (False, ["main does not exist yet; `up` reports its health"])
    with pytest.raises(errors.ClusterError, match="there is no Instance apps/main"):
        await ask(ArchiveCluster())
