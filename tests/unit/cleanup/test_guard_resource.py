"""`tau.cleanup.guard_resource`: nothing is deleted before its backup is in the store, whatever fails on the way."""

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors
from tau.archive import generations as archives
from tau.archive import reader
from tau.backup import taker
from tau.cleanup import objects as cleanup
from tau.cleanup.guard_resource import CleanupGuard
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds.cluster import HEALTHY, HIBERNATION
from tau.resource.contract import Operation
from tau.types.postgres import CleanupGuardArgs, KeptObject
from tau.values import duration
from tests.unit.archive import archive_reports as reports
from tests.unit.archive.archive_cluster import ArchiveCluster

ARGS = CleanupGuardArgs(
    instance="shop",
    namespace="apps",
    backup=True,
    backup_timeout="1h",
    on_backup_failure="abort",
    image="sidecar:1",
    owner="garden/dev/shop",
)
CNPG = "postgresql.cnpg.io/v1"
KEEP = [
    KeptObject(api_version=CNPG, kind="Cluster", name="shop"),
    KeptObject(api_version="v1", kind="Secret", name="shop-store"),
    KeptObject(api_version="networking.k8s.io/v1", kind="NetworkPolicy", name="shop"),
]
DELAYED = dataclasses.replace(ARGS, keep=KEEP, keep_for="2d")


class Cluster(ArchiveCluster):
    """A cluster with one server that archives; Backups come to what `outcome` says, as soon as they are made."""

    def __init__(self) -> None:
        super().__init__()
        self.archiving("shop", "shop-15-1")
        self.outcome: Mapping[str, Any] = {"phase": "completed", "backupId": "20261123T000002"}
        self.made: list[str] = []
        self.away = False
        self.sleeps = True
        self.hibernations = 0
        living = self.living
        living["metadata"] |= {"uid": "uid-of-shop", "annotations": {}, "labels": {}}
        living["spec"]["instances"] = 1
        living["status"] |= {"currentPrimary": "shop-1", "targetPrimary": "shop-1"}
        living["status"] |= {"phase": HEALTHY, "readyInstances": 1}
        living["status"]["conditions"].append({"type": "Ready", "status": "True"})

    @property
    def living(self) -> Any:
        """The Cluster."""
        return self.objects["clusters", "shop"]

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        if self.away:
            raise errors.Unreachable("Kubernetes does not answer")
        return await super().get(kind, namespace, name)

    async def create(self, kind: Kind, namespace: str | None, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self.made.append(kind.plural)
        made = await super().create(kind, namespace, body)
        if kind.plural != "jobs":
            self.objects[kind.plural, body["metadata"]["name"]] = {**made, "status": self.outcome}
        return made

    async def merge(self, kind: Kind, namespace: str | None, name: str, change: Mapping[str, Any]) -> None:
        about: Any = self.objects[kind.plural, name].setdefault("metadata", {})  # type: ignore[attr-defined]
        for part in ("annotations", "labels"):
            held = {**(about.get(part) or {}), **change["metadata"].get(part, {})}
            about[part] = {key: value for key, value in held.items() if value is not None}
        about["managedFields"] = change["metadata"].get("managedFields", about.get("managedFields"))
        self.operate()

    def operate(self) -> None:
        """Stop or start the server, as the operator does; every hibernation has a timestamp of its own."""
        conditions = self.living["status"]["conditions"]
        asleep = [one for one in conditions if one["type"] == HIBERNATION]
        wanted = self.living["metadata"]["annotations"].get(HIBERNATION) == "on"
        if wanted and not asleep and self.sleeps:
            self.hibernations += 1
            since = f"2026-11-23T03:00:{self.hibernations:02}Z"
            conditions.append({"type": HIBERNATION, "status": "True", "lastTransitionTime": since})
        if not wanted:
            self.living["status"]["conditions"] = [one for one in conditions if one not in asleep]


class Store:
    """What the store lists, at every look; an error is raised instead."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *listed: Any) -> None:
        self.listed = list(listed)

        async def look(*_: Any) -> Any:
            found = self.listed.pop(0) if len(self.listed) > 1 else self.listed[0]
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(reader.ArchiveReader, "report", look)


@dataclasses.dataclass
class Told:
    """An operation, and what it told."""

    notes: list[str] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)
    cancelled: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    @property
    def operation(self) -> Operation:
        """The operation."""
        return Operation(
            urn="",
            seconds=1,
            tell=lambda _: None,
            note=self.notes.append,
            warn=self.warnings.append,
            cancelled=self.cancelled,
        )


def listing(*numbers: int, reached: bool = True) -> archives.Report:
    """A report of a store with base backups of these numbers, and perhaps the log of their own time."""
    held = [reports.backup(one, until=(one, one) if reached else None) for one in numbers]
    whole = [reports.generation("shop-15-1", *held, last=(1, 1))]
    return archives.parse({"now": reports.at(60).isoformat(), "folders": ["shop-15-1"], "generations": whole})


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for long."""
    monkeypatch.setattr(taker, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(taker, "_SECONDS_BETWEEN_LOOKS", 0.01)


async def deleted(cluster: Cluster, args: CleanupGuardArgs = ARGS, told: Told | None = None) -> Told:
    """Let a guard go; what it told."""
    told = told or Told()
    await CleanupGuard(lambda *_: cluster).delete(args, {}, told.operation)
    return told


async def refused(cluster: Cluster, args: CleanupGuardArgs = ARGS) -> str:
    """Why it does not go."""
    with pytest.raises(errors.ClusterError) as failure:
        await deleted(cluster, args)
    return str(failure.value)


async def test_it_goes_when_the_store_lists_the_backup(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(monkeypatch, listing(1), listing(1), listing(1, 2, reached=False), listing(1, 2))
    told = await deleted(cluster := Cluster())
    assert cluster.made == ["backups"]
    assert len(store.listed) == 1
    assert "is in the store as 20261123T000002 of shop-15-1" in told.notes[0]


async def test_a_second_guard_of_the_same_command_takes_no_second_backup(monkeypatch: pytest.MonkeyPatch) -> None:
    Store(monkeypatch, listing(1, 2))
    cluster = Cluster()
    guard = CleanupGuard(lambda *_: cluster)
    for _ in range(2):
        await guard.delete(ARGS, {}, Told().operation)
    assert cluster.made == ["backups"]


async def test_the_next_command_takes_another_as_rows_may_have_come(monkeypatch: pytest.MonkeyPatch) -> None:
    Store(monkeypatch, listing(1, 2))
    cluster = Cluster()
    await deleted(cluster)
    await deleted(cluster)
    assert cluster.made == ["backups", "backups"]


async def test_without_a_store_no_backup_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    Store(monkeypatch, errors.ClusterError("the store does not answer"))
    reason = await refused(cluster := Cluster())
    assert cluster.made == []
    for part in ("the store does not answer", "Nothing of it was deleted", "destroy again", "`continue`", "tau/last"):
        assert part in reason


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"phase": "failed", "error": "exit status 4"}, "exit status 4"),
        ({"phase": "pending"}, "did not start"),
        ({"phase": "running"}, "not complete in time"),
    ],
)
async def test_a_backup_that_fails_holds_everything_up(
    monkeypatch: pytest.MonkeyPatch, status: Mapping[str, str], expected: str
) -> None:
    Store(monkeypatch, listing(1))
    monkeypatch.setattr(taker, "_SECONDS_TO_BEGIN", 0)
    monkeypatch.setattr(duration, "seconds", lambda _: 0.05)
    cluster = Cluster()
    cluster.outcome = status
    assert expected in await refused(cluster)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (listing(1), "backup 20261123T000002 completed, but the store does not list it"),
        (
            listing(2, reached=False),
            "backup 20261123T000002 completed, but the WAL written during it has not reached the store: segment",
        ),
    ],
)
async def test_a_backup_that_the_store_does_not_list_is_none(
    monkeypatch: pytest.MonkeyPatch, last: archives.Report, expected: str
) -> None:
    Store(monkeypatch, listing(1), last)
    monkeypatch.setattr(duration, "seconds", lambda _: 0.05)
    assert expected in await refused(Cluster())


@pytest.mark.parametrize("args", [ARGS, DELAYED, dataclasses.replace(ARGS, backup=False)])
async def test_a_server_of_another_owner_is_left_alone(args: CleanupGuardArgs) -> None:
    cluster, own = Cluster(), "urn:pulumi:dev::garden::tau:postgres:Instance::shop"
    cluster.living["metadata"]["annotations"]["tau/owner"] = own.replace("shop", "store")
    before = dict(cluster.living["metadata"]["annotations"])
    with pytest.raises(errors.ClusterError, match="now belongs to tau:postgres:Instance 'store' of stack 'dev'"):
        await deleted(cluster, dataclasses.replace(args, resource=own, deletes=True))
    assert cluster.made == []
    assert cluster.living["metadata"]["annotations"] == before


@pytest.mark.parametrize("deletes", [None, True])
async def test_the_guard_before_the_server_deletes_it_after_the_backup(
    monkeypatch: pytest.MonkeyPatch, deletes: bool | None
) -> None:
    Store(monkeypatch, listing(1, 2))
    cluster = Cluster()
    await deleted(cluster, dataclasses.replace(ARGS, resource="urn", deletes=deletes))
    assert cluster.made == ["backups"]
    assert (("clusters", "shop") in cluster.objects) is not deletes


async def test_a_server_that_is_kept_is_not_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    Store(monkeypatch, listing(1, 2))
    cluster = Cluster()
    await deleted(cluster, dataclasses.replace(DELAYED, deletes=True))
    assert ("clusters", "shop") in cluster.objects


async def test_where_it_may_go_on_it_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    Store(monkeypatch, errors.ClusterError("the store does not answer"))
    told = await deleted(Cluster(), dataclasses.replace(ARGS, on_backup_failure="continue"))
    assert "is deleted without a final backup" in told.warnings[0]
    assert "the store does not answer" in told.warnings[0]


@pytest.mark.parametrize("on_failure", ["abort", "continue"])
async def test_a_cancelled_deletion_goes_no_further(monkeypatch: pytest.MonkeyPatch, on_failure: str) -> None:
    Store(monkeypatch, listing(1))
    cluster, told = Cluster(), Told()
    cluster.outcome = {"phase": "running"}
    told.cancelled.set()
    args = dataclasses.replace(DELAYED, on_backup_failure=on_failure)
    with pytest.raises(errors.ClusterError, match="cancelled"):
        await deleted(cluster, args, told)
    assert not cluster.living["metadata"]["annotations"]


async def test_an_api_server_that_is_away_holds_everything_up() -> None:
    cluster = Cluster()
    cluster.away = True
    assert "was not deleted" in await refused(cluster, dataclasses.replace(ARGS, on_backup_failure="continue"))


async def test_nothing_is_backed_up_where_nothing_is() -> None:
    never, gone = Cluster(), Cluster()
    del never.living["status"]["currentPrimary"]
    del gone.objects["clusters", "shop"]
    for cluster in (never, gone):
        assert "nothing to back up" in (await deleted(cluster)).notes[0]
        assert cluster.made == []


async def test_data_that_was_given_up_by_hand_is_not_backed_up() -> None:
    cluster = Cluster()
    cluster.living["metadata"]["annotations"][cleanup.BACKUP] = "false"
    await deleted(cluster)
    assert cluster.made == []


async def test_a_server_that_somebody_put_to_sleep_is_not_deleted_unseen() -> None:
    cluster = Cluster()
    cluster.living["metadata"]["annotations"]["cnpg.io/hibernation"] = "on"
    assert "resume it first" in await refused(cluster)


async def test_delayed_is_kept_asleep_with_a_cleaner_after_the_backup(monkeypatch: pytest.MonkeyPatch) -> None:
    Store(monkeypatch, listing(1, 2))
    cluster = Cluster()
    await deleted(cluster, DELAYED)
    assert cluster.made == ["backups", "cronjobs", "serviceaccounts", "roles", "rolebindings"]
    about = cluster.living["metadata"]
    assert about["annotations"].items() >= {"tau/kept-for": "garden/dev/shop", "cnpg.io/hibernation": "on"}.items()
    assert about["labels"]["tau/keep-until"] == about["annotations"]["tau/keep-until"][:10]
    secret: Any = cluster.objects["secrets", "shop-store"]
    assert secret["metadata"]["annotations"] == {"tau/kept-for": "garden/dev/shop"}
    assert [entry["manager"] for entry in secret["metadata"]["managedFields"]] == ["tau"]


async def test_nothing_is_put_to_sleep_before_the_backup_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    Store(monkeypatch, errors.ClusterError("the store does not answer"))
    await refused(cluster := Cluster(), DELAYED)
    assert cluster.made == []
    assert not cluster.living["metadata"]["annotations"]


async def test_retain_puts_nothing_to_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    Store(monkeypatch, listing(1, 2))
    cluster = Cluster()
    await deleted(cluster, dataclasses.replace(DELAYED, keep_for=None))
    assert cluster.made == ["backups"]
    assert "cnpg.io/hibernation" not in cluster.living["metadata"]["annotations"]


@pytest.mark.parametrize("now", [DELAYED, ARGS], ids=["delayed", "immediate"])
async def test_the_same_resource_takes_everything_back(monkeypatch: pytest.MonkeyPatch, now: CleanupGuardArgs) -> None:
    Store(monkeypatch, listing(1, 2))
    cluster, told = Cluster(), Told()
    await deleted(cluster, DELAYED)
    await CleanupGuard(lambda *_: cluster).create(now, told.operation)
    assert ("cronjobs", "shop-cleaner") not in cluster.objects
    assert (cluster.living["metadata"]["annotations"], cluster.living["metadata"]["labels"]) == ({}, {})
    secret: Any = cluster.objects["secrets", "shop-store"]
    assert secret["metadata"]["annotations"] == {}
    assert "is resumed" in told.notes[0]


async def test_the_server_is_awake_before_anything_else_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    Store(monkeypatch, listing(1, 2))
    cluster = Cluster()
    await deleted(cluster, DELAYED)

    async def gone(*_: Any) -> None:
        raise errors.ClusterError('clusters "shop" not found')

    monkeypatch.setattr(cluster, "merge", gone)
    with pytest.raises(errors.ClusterError, match="not found"):
        await CleanupGuard(lambda *_: cluster).create(DELAYED, Told().operation)
    assert ("cronjobs", "shop-cleaner") in cluster.objects
    secret: Any = cluster.objects["secrets", "shop-store"]
    assert secret["metadata"]["annotations"] == {"tau/kept-for": "garden/dev/shop"}


async def test_another_resource_takes_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    Store(monkeypatch, listing(1, 2))
    cluster = Cluster()
    await deleted(cluster, DELAYED)
    other = dataclasses.replace(DELAYED, owner="garden/live/shop")
    await CleanupGuard(lambda *_: cluster).create(other, Told().operation)
    assert ("cronjobs", "shop-cleaner") in cluster.objects
    assert cluster.living["metadata"]["annotations"]["tau/kept-for"] == "garden/dev/shop"
