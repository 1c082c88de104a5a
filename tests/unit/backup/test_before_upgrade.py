"""Before a major upgrade the last generation ends with a base backup; where that fails, no next one begins."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors, fields
from tau.backup import generation_resource, store_move, taker
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import cluster
from tau.resource import job
from tau.resource.contract import Operation
from tests.unit.archive.archive_cluster import ArchiveCluster
from tests.unit.archive.script import wal
from tests.unit.backup.test_generation_resource import arguments, fill

LISTED = "20261123T030000"
RECORDED = {"serverName": "main-15-1", "recovery": {}, "message": ""}


class Archiving(ArchiveCluster):
    """A living server of 15 that archives; each Backup goes through these states, the last one again and again."""

    def __init__(self, *states: Mapping[str, Any] | Exception, phase: str = cluster.HEALTHY) -> None:
        super().__init__()
        self.archiving("main", "main-15-1")
        living = self.objects["clusters", "main"]
        living["metadata"]["uid"] = "uid-of-main"
        living["status"].update(phase=phase, pgDataImageInfo={"majorVersion": 15}, currentPrimary="main-1")
        living["status"]["targetPrimary"] = "main-1"
        self.position = f"0/{4 * wal.SEGMENT:X}"
        fill(self.bucket(), "main-15-1")
        self.states = list(states)

    @property
    def living(self) -> Any:
        """The Cluster."""
        return self.objects["clusters", "main"]

    @property
    def backups(self) -> list[Mapping[str, Any]]:
        return [one for one in self.sent if one["kind"] == "Backup"]

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        if kind.plural != "backups":
            return await super().get(kind, namespace, name)
        found = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(found, Exception):
            raise found
        return {"metadata": {"name": name}, "status": found}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_POLL_SECONDS", 0.001)
    monkeypatch.setattr(taker, "_POLL_SECONDS", 0.001)
    monkeypatch.setattr(taker, "_SECONDS_BETWEEN_LOOKS", 0.001)
    monkeypatch.setattr(store_move, "_SECONDS_UNTIL_SEEN", 0.001)


async def update(archive: Archiving, version: str = "17", *, seconds: float = 5) -> tuple[Mapping[str, Any], list[str]]:
    told: list[str] = []
    operation = Operation(urn="urn", seconds=seconds, tell=told.append, note=told.append)
    generation = generation_resource.ArchiveGeneration(lambda *_: archive)
    return await generation.update(arguments(major_version=version), RECORDED, operation), told


async def test_a_backup_that_the_store_lists_lets_the_next_generation_begin() -> None:
    done = {"phase": "completed", "backupId": LISTED}
    archive = Archiving({"phase": "running"}, errors.Unreachable("away"), done)
    outputs, told = await update(archive)
    assert outputs["serverName"] == "main-17-1"
    (backup,) = archive.backups
    assert backup["spec"]["cluster"] == {"name": "main"}
    assert backup["spec"]["target"] == "primary"
    assert backup["metadata"]["ownerReferences"][0]["uid"] == "uid-of-main"
    assert told[0] == "backing up apps/main before its upgrade from 15"
    assert backup["metadata"]["name"].startswith("main-before-17-")
    assert told[-1].endswith(f"is in the store as {LISTED} of main-15-1")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"phase": "failed", "error": "share is full"}, "failed: share is full"),
        ({"phase": "walArchivingFailing"}, "not complete in time: walArchivingFailing"),
        ({"phase": "completed", "backupId": "20990101T000000"}, "the store does not list it"),
    ],
)
async def test_without_a_backup_there_is_no_next_generation(state: Mapping[str, Any], reason: str) -> None:
    archive = Archiving(state)
    about = "apps/main was not upgraded from 15 to 17, and nothing was changed, as the backup before it failed"
    with pytest.raises(errors.ClusterError, match=f"{about}: .*{reason}"):
        await update(archive, seconds=0.1)


async def test_where_the_store_does_not_answer_no_backup_is_begun() -> None:
    archive = Archiving({"phase": "completed", "backupId": LISTED})
    archive.buckets.clear()
    with pytest.raises(errors.ClusterError, match="nothing was changed, as the backup before it failed: the store"):
        await update(archive)
    assert archive.backups == []


async def test_the_backup_is_looked_for_where_the_server_archives_to_and_not_where_it_will() -> None:
    archive = Archiving({"phase": "completed", "backupId": LISTED})
    archive.bucket("http://new:7070")
    generation = generation_resource.ArchiveGeneration(lambda *_: archive)
    args = arguments(major_version="17", store=dataclasses.replace(arguments().store, endpoint="http://new:7070"))
    await generation.update(args, RECORDED, Operation(urn="urn", seconds=5, tell=print))
    assert [one["endpoint"] for one in archive.asked[:2]] == ["http://gateway:7070"] * 2


async def test_a_server_whose_upgrade_failed_goes_back_without_a_backup() -> None:
    archive = Archiving({"phase": "failed"}, phase=cluster.UPGRADING)
    recorded = {**RECORDED, "serverName": "main-17-1"}
    operation = Operation(urn="urn", seconds=5, tell=print)
    generation = generation_resource.ArchiveGeneration(lambda *_: archive)
    outputs = await generation.update(arguments(major_version="15"), recorded, operation)
    assert (outputs["serverName"], archive.backups) == ("main-15-2", [])


async def test_a_server_whose_upgrade_failed_has_to_go_back_first() -> None:
    with pytest.raises(errors.ClusterError, match=r'an upgrade is not over yet.*set `version: "15"` first'):
        await update(Archiving({"phase": "failed"}, phase=cluster.UPGRADING), "18")


async def test_a_server_that_does_not_say_its_version_is_backed_up() -> None:
    archive = Archiving({"phase": "completed", "backupId": LISTED})
    del archive.living["status"]["pgDataImageInfo"]
    outputs, told = await update(archive)
    assert outputs["serverName"] == "main-17-1"
    assert len(archive.backups) == 1
    assert told[0] == "backing up apps/main before its upgrade from an unknown version"


@pytest.mark.parametrize("status", ["ready", "detached", None])
async def test_a_server_without_a_status_is_backed_up_where_it_has_volumes(status: str | None) -> None:
    archive = Archiving({"phase": "failed", "error": "no primary"})
    archive.living["status"].clear()
    annotations = {"cnpg.io/pvcStatus": status} if status else {}
    archive.claims.append({"metadata": {"name": "main-1", "annotations": annotations}})
    with pytest.raises(errors.ClusterError, match="nothing was changed, as the backup before it failed"):
        await update(archive)
    assert len(archive.backups) == 1


@pytest.mark.parametrize("claims", [[], [{"metadata": {"annotations": {"cnpg.io/pvcStatus": "initializing"}}}]])
async def test_a_server_that_never_came_to_be_is_not_backed_up(claims: list[Mapping[str, Any]]) -> None:
    archive = Archiving({"phase": "failed"})
    archive.living["status"].clear()
    archive.claims.extend(claims)
    outputs, _ = await update(archive)
    assert (outputs["serverName"], archive.backups) == ("main-17-1", [])


UPGRADED = {**RECORDED, "serverName": "main-17-1"}
"""What an `up` recorded that stopped before it changed the Cluster."""


async def test_an_upgrade_that_stopped_half_way_is_backed_up_again_when_it_goes_on() -> None:
    archive = Archiving({"phase": "completed", "backupId": LISTED})
    generation = generation_resource.ArchiveGeneration(lambda *_: archive)
    args, operation = arguments(major_version="17"), Operation(urn="urn", seconds=5, tell=print)
    assert await generation.observed(args, UPGRADED) == {"message"}
    assert (await generation.update(args, UPGRADED, operation))["serverName"] == UPGRADED["serverName"]
    assert len(archive.backups) == 1


async def test_an_upgrade_that_stopped_half_way_does_not_go_on_without_a_backup() -> None:
    archive = Archiving({"phase": "failed", "error": "share is full"})
    generation = generation_resource.ArchiveGeneration(lambda *_: archive)
    with pytest.raises(errors.ClusterError, match=r"was not upgraded from 15 to 17.*share is full"):
        await generation.update(arguments(major_version="17"), UPGRADED, Operation(urn="urn", seconds=5, tell=print))


async def test_an_upgrade_that_stopped_after_the_store_was_moved_is_backed_up_again() -> None:
    archive = Archiving({"phase": "completed", "backupId": LISTED})
    archive.archiving("main", "main-17-1")
    archive.living["status"] = {"pgDataImageInfo": {"majorVersion": 15}}
    generation = generation_resource.ArchiveGeneration(lambda *_: archive)
    assert await generation.observed(arguments(major_version="17"), UPGRADED) == {"message"}


async def test_a_server_that_tau_no_longer_knows_is_not_upgraded_without_a_backup() -> None:
    archive = Archiving({"phase": "completed", "backupId": LISTED})
    generation = generation_resource.ArchiveGeneration(lambda *_: archive)
    operation = Operation(urn="urn", seconds=5, tell=print)
    _, outputs = await generation.create(arguments(major_version="17"), operation)
    assert (outputs["serverName"], len(archive.backups)) == ("main-17-1", 1)


@pytest.mark.parametrize("server_name", ["main-17-1", "main-17-2", "elsewhere"])
async def test_an_upgrade_that_was_begun_is_not_backed_up_again(server_name: str) -> None:
    archive = Archiving({"phase": "failed"})
    archive.archiving("main", server_name)
    generation = generation_resource.ArchiveGeneration(lambda *_: archive)
    assert await generation.observed(arguments(major_version="17"), UPGRADED) == frozenset()
    await generation.update(arguments(major_version="17"), UPGRADED, Operation(urn="urn", seconds=5, tell=print))
    assert archive.backups == []


async def test_where_there_is_no_cluster_no_upgrade_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archiving({"phase": "failed"})
    generation = generation_resource.ArchiveGeneration(lambda *_: archive)
    assert await generation.observed(arguments(namespace=fields.Deferred(handle=None)), UPGRADED) == frozenset()

    async def away(*_: Any) -> None:
        raise errors.Unreachable("Kubernetes does not answer")

    monkeypatch.setattr(archive, "get", away)
    assert await generation.observed(arguments(), UPGRADED) == frozenset()


async def test_a_server_that_archives_nothing_is_not_backed_up() -> None:
    archive = Archiving({"phase": "failed"})
    archive.objects["clusters", "main"]["spec"]["plugins"] = []
    outputs, _ = await update(archive)
    assert (outputs["serverName"], archive.backups) == ("main-17-1", [])
