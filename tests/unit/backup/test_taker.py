"""`tau.backup.taker`: a backup counts with everything that the primary had confirmed, and with every file."""

import pytest

from tau import errors
from tau.archive import generations as archives
from tau.backup import taker
from tau.values import duration
from tests.unit.archive import archive_reports as reports
from tests.unit.cleanup.test_guard_resource import Cluster, Store, deleted, listing, refused


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taker, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(taker, "_SECONDS_BETWEEN_LOOKS", 0.01)


async def test_it_is_taken_from_the_primary_and_waits_for_the_primarys_last_wal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The backup ends in segment 2, and rows were confirmed up to segment 4 while it was made."""
    short, whole = (
        archives.parse(
            {
                "now": reports.at(60).isoformat(),
                "folders": ["shop-15-1"],
                "generations": [reports.generation("shop-15-1", reports.backup(2, until=(until, 9)), last=(until, 9))],
            }
        )
        for until in (3, 4)
    )
    store = Store(monkeypatch, short, short, short, whole)
    cluster = Cluster()
    cluster.position = f"0/{5 * reports.SEGMENT:X}"
    await deleted(cluster)
    assert len(store.listed) == 1
    made = [one for one in cluster.sent if one["kind"] in ("Backup", "command")]
    assert [one["kind"] for one in made] == ["Backup", "command"]
    assert made[0]["spec"]["target"] == "primary"
    assert made[1]["pod"] == "shop-1"


async def test_rows_that_the_primary_has_not_archived_hold_everything_up(monkeypatch: pytest.MonkeyPatch) -> None:
    Store(monkeypatch, listing(1, 2))
    monkeypatch.setattr(duration, "seconds", lambda _: 0.05)
    cluster = Cluster()
    cluster.position = "0/5000000"
    assert (
        "backup 20261123T000002 completed, but the WAL up to 0/5000000, where the primary was after it, has not "
        "reached the store: segment 000000010000000000000003 is not there"
    ) in await refused(cluster)


@pytest.mark.parametrize("position", [errors.ClusterError("no command can be run in Pod apps/shop-1"), "ERROR"])
async def test_a_primary_that_cannot_be_asked_holds_everything_up(
    monkeypatch: pytest.MonkeyPatch, position: str | Exception
) -> None:
    Store(monkeypatch, listing(1, 2))
    monkeypatch.setattr(duration, "seconds", lambda _: 0.05)
    cluster = Cluster()
    cluster.position = position
    assert "the primary could not be asked to archive the WAL that it has written" in await refused(cluster)


async def test_a_base_backup_that_is_not_whole_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = reports.backup(2, until=(2, 2)) | {"problem": "data.tar is missing"}
    whole = [reports.generation("shop-15-1", broken, last=(2, 2))]
    found = {"now": reports.at(60).isoformat(), "folders": ["shop-15-1"], "generations": whole}
    Store(monkeypatch, archives.parse(found))
    monkeypatch.setattr(duration, "seconds", lambda _: 0.05)
    assert "backup 20261123T000002 completed, but data.tar is missing" in await refused(Cluster())


async def test_a_server_without_a_status_but_with_volumes_is_backed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    Store(monkeypatch, listing(1))
    monkeypatch.setattr(taker, "_SECONDS_TO_BEGIN", 0)
    cluster = Cluster()
    cluster.living["status"].pop("currentPrimary")
    cluster.claims.append({"metadata": {"name": "shop-1", "annotations": {"cnpg.io/pvcStatus": "ready"}}})
    cluster.outcome = {"phase": "pending"}
    assert "did not start" in await refused(cluster)
    assert cluster.made == ["backups"]
