"""Two Kubernetes clusters on one store: no generation has two servers, and none goes on from a living one's data."""

import datetime
import json
from typing import Any

import pytest

from tau import errors
from tau.backup import generation_resource
from tau.resource import job
from tau.resource.contract import Operation
from tau.types.postgres import Restore
from tests.unit.archive.archive_cluster import ArchiveCluster
from tests.unit.archive.script.bucket import START
from tests.unit.backup.test_generation_resource import arguments, fill


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_POLL_SECONDS", 0.001)


@pytest.fixture
def cluster() -> ArchiveCluster:
    found = ArchiveCluster()
    found.uid = "here"
    found.bucket()
    return found


async def decided(cluster: ArchiveCluster, **given: Any) -> str:
    operation = Operation(urn="urn", seconds=60, tell=lambda _: None)
    _, outputs = await generation_resource.ArchiveGeneration(lambda *_: cluster).create(arguments(**given), operation)
    return str(outputs["serverName"])


def owners(cluster: ArchiveCluster) -> dict[str, str]:
    files = cluster.bucket().files.items()
    return {key.split("/")[1]: json.loads(body)["cluster"] for key, (body, _) in files if key.endswith("tau.json")}


def written(cluster: ArchiveCluster, by: str, *, ago: int) -> None:
    """An archive of a server in some Kubernetes cluster that wrote to it some minutes ago."""
    minutes = int((datetime.datetime.now(datetime.UTC) - START).total_seconds() // 60)
    fill(cluster.bucket(), "main-15-1", later=minutes - 60 - ago)
    owner = {"cluster": by, "namespace": "apps", "instance": "main"}
    cluster.bucket().put("home/main-15-1/tau.json", json.dumps(owner).encode())


async def test_a_new_generation_says_whose_it_is(cluster: ArchiveCluster) -> None:
    assert await decided(cluster) == "main-15-1"
    assert owners(cluster) == {"main-15-1": "here"}
    assert await decided(cluster) == "main-15-1"


async def test_the_number_of_another_cluster_is_not_taken(cluster: ArchiveCluster) -> None:
    await decided(cluster)
    cluster.uid = "there"
    assert await decided(cluster) == "main-15-2"
    assert owners(cluster) == {"main-15-1": "here", "main-15-2": "there"}


@pytest.mark.parametrize("given", [{"restore": Restore()}, {"on_existing_archive": "restore"}])
async def test_nobody_goes_on_from_what_a_server_elsewhere_still_writes_to(
    cluster: ArchiveCluster, given: dict[str, Any]
) -> None:
    written(cluster, "there", ago=3)
    with pytest.raises(errors.InvalidInputs) as refused:
        await decided(cluster, **given)
    for words in ("main-15-1 (1 base", "of another Kubernetes cluster", "there", "`serverName: main-15-1` under"):
        assert words in str(refused.value)
    assert owners(cluster) == {"main-15-1": "there"}


@pytest.mark.parametrize(
    ("by", "ago", "restore"),
    [
        ("there", 45, Restore()),
        ("here", 3, Restore()),
        ("there", 3, Restore(server_name="main-15-1")),
    ],
    ids=["it has ended", "of this cluster", "said so"],
)
async def test_everything_else_is_restored(cluster: ArchiveCluster, by: str, ago: int, restore: Restore) -> None:
    written(cluster, by, ago=ago)
    assert await decided(cluster, restore=restore) == "main-15-2"
    assert owners(cluster) == {"main-15-1": by, "main-15-2": "here"}


async def test_a_copy_under_another_name_is_no_fork(cluster: ArchiveCluster) -> None:
    written(cluster, "there", ago=3)
    assert await decided(cluster, instance="rescue", restore=Restore(from_="main")) == "rescue-15-1"


async def test_nothing_is_written_to_a_store_that_is_restored_from_alone(cluster: ArchiveCluster) -> None:
    written(cluster, "here", ago=45)
    assert await decided(cluster, restore=Restore(), restore_only=True) == "main-15-2"
    assert owners(cluster) == {"main-15-1": "here"}


async def test_a_refused_restore_claims_nothing(cluster: ArchiveCluster) -> None:
    written(cluster, "here", ago=45)
    with pytest.raises(errors.InvalidInputs):
        await decided(cluster, restore=Restore(backup_id="20200101T000000"))
    assert owners(cluster) == {"main-15-1": "here"}
