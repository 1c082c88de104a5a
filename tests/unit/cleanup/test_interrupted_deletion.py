"""A deletion that retains the server and does not come to its end: its marks are undone, and no old backup counts."""

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors
from tau.cleanup.guard_resource import CleanupGuard
from tau.kubernetes.kind import Kind
from tests.unit.cleanup import test_guard_resource
from tests.unit.cleanup.test_guard_resource import ARGS, DELAYED, Cluster, Store, Told, deleted, listing, refused

hurried = test_guard_resource.hurried
RETAIN = dataclasses.replace(DELAYED, keep_for=None)
CLEANER = ["cronjobs", "serviceaccounts", "roles", "rolebindings"]


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store that lists every base backup."""
    return Store(monkeypatch, listing(1, 2))


def marks(cluster: Cluster) -> list[Mapping[str, Any]]:
    """What is left on any object of a deletion."""
    about: list[Any] = [item["metadata"] for item in cluster.objects.values() if item.get("metadata")]
    return [found for one in about for part in ("annotations", "labels") if (found := _own(one.get(part) or {}))]


def _own(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        key: value
        for key, value in given.items()
        if key in ("tau/kept-for", "tau/keep-until", "tau/kept", "tau/backed-up", "cnpg.io/hibernation")
    }


class Failing(Cluster):
    """One whose API server refuses one change, by the plural of what is changed, at its first time."""

    def __init__(self, plural: str) -> None:
        super().__init__()
        self.refused = plural

    async def merge(self, kind: Kind, namespace: str | None, name: str, change: Mapping[str, Any]) -> None:
        if kind.plural == self.refused:
            self.refused = ""
            raise errors.ClusterError(f"{kind.plural} cannot be patched")
        await super().merge(kind, namespace, name, change)

    async def create(self, kind: Kind, namespace: str | None, body: Mapping[str, Any]) -> Mapping[str, Any]:
        if kind.plural == self.refused:
            self.refused = ""
            raise errors.ClusterError(f"{kind.plural} cannot be created")
        return await super().create(kind, namespace, body)


async def test_a_time_out_undoes_every_mark() -> None:
    cluster = Cluster()
    cluster.sleeps = False
    reason = await refused(cluster, DELAYED)
    assert "did not hibernate within 1 s" in reason
    assert "Nothing was deleted, and the server keeps running" in reason
    assert (marks(cluster), cluster.made) == ([], ["backups"])


async def test_a_server_that_was_asleep_before_is_told_to_be_so_after_a_failure() -> None:
    cluster = Cluster()
    cluster.sleeps = False
    cluster.living["metadata"]["annotations"]["cnpg.io/hibernation"] = "on"
    reason = await refused(cluster, dataclasses.replace(DELAYED, backup=False))
    assert "Nothing was deleted, and the server hibernates as before" in reason


async def test_a_cancelled_deletion_undoes_every_mark() -> None:
    cluster, told = Cluster(), Told()
    cluster.sleeps = False
    merge = cluster.merge

    async def merged(*given: Any) -> None:
        await merge(*given)
        told.cancelled.set()

    cluster.merge = merged  # type: ignore[method-assign,assignment]
    with pytest.raises(errors.ClusterError, match="cancelled after 0 s while waiting for it to hibernate"):
        await deleted(cluster, DELAYED, told)
    assert marks(cluster) == []


@pytest.mark.parametrize("plural", ["clusters", "secrets", "cronjobs", "rolebindings"])
async def test_a_failure_on_the_way_undoes_every_mark(plural: str) -> None:
    cluster = Failing(plural)
    assert f"{plural} cannot be" in await refused(cluster, DELAYED)
    assert marks(cluster) == []
    assert ("cronjobs", "shop-cleaner") not in cluster.objects


async def test_a_failure_undoes_the_marks_of_retain_too() -> None:
    cluster = Failing("secrets")
    await refused(cluster, RETAIN)
    assert marks(cluster) == []


async def test_where_undoing_fails_too_it_says_how_to_go_on() -> None:
    cluster = Cluster()
    cluster.sleeps = False
    merge = cluster.merge

    async def merged(*given: Any) -> None:
        if given[-1]["metadata"]["annotations"].get("cnpg.io/hibernation", "") is None:
            raise errors.Unreachable("Kubernetes does not answer")
        await merge(*given)

    cluster.merge = merged  # type: ignore[method-assign,assignment]
    assert "Run `pulumi up` to undo what the deletion has begun" in await refused(cluster, DELAYED)
    cluster.merge = merge  # type: ignore[method-assign]
    guard = CleanupGuard(lambda *_: cluster)
    assert await guard.observed(DELAYED, {}) == {"message"}
    await guard.update(DELAYED, {}, Told().operation)
    assert marks(cluster) == []


async def test_a_server_that_a_person_put_to_sleep_is_not_woken_by_a_failure() -> None:
    cluster = Failing("secrets")
    cluster.living["metadata"]["annotations"]["cnpg.io/hibernation"] = "on"
    cluster.operate()
    await refused(cluster, dataclasses.replace(DELAYED, backup=False))
    assert marks(cluster) == [{"cnpg.io/hibernation": "on"}]


async def killed(cluster: Cluster) -> None:
    """The process of a deletion ends while the server is put to sleep: nothing is undone."""
    cluster.sleeps = False
    merge, before = cluster.merge, cluster.made

    async def merged(*given: Any) -> None:
        await merge(*given)
        raise KeyboardInterrupt

    cluster.merge = merged  # type: ignore[method-assign,assignment]
    with pytest.raises(KeyboardInterrupt):
        await deleted(cluster, DELAYED)
    cluster.merge = merge  # type: ignore[method-assign]
    before.clear()
    cluster.sleeps = True
    cluster.operate()


async def test_an_unchanged_program_takes_back_what_a_killed_deletion_left() -> None:
    cluster, told = Cluster(), Told()
    guard = CleanupGuard(lambda *_: cluster)
    assert await guard.observed(DELAYED, {}) == frozenset()
    await killed(cluster)
    assert await guard.observed(DELAYED, {}) == {"message"}
    assert await guard.observed(dataclasses.replace(DELAYED, owner="garden/live/shop"), {}) == frozenset()
    await guard.update(DELAYED, {}, told.operation)
    assert marks(cluster) == []
    assert "is resumed" in told.notes[0]


async def test_where_nobody_answers_nothing_is_to_be_done() -> None:
    cluster = Cluster()
    cluster.away = True
    assert await CleanupGuard(lambda *_: cluster).observed(DELAYED, {}) == frozenset()


async def test_after_a_killed_deletion_the_next_resumes_the_server_and_backs_it_up_again() -> None:
    cluster = Cluster()
    await killed(cluster)
    await deleted(cluster, DELAYED)
    assert cluster.made == ["backups", *CLEANER]
    assert cluster.hibernations == 2


async def test_woken_up_by_hand_it_is_backed_up_before_it_is_deleted_for_good() -> None:
    cluster = Cluster()
    await deleted(cluster, DELAYED)
    cluster.made.clear()
    del cluster.living["metadata"]["annotations"]["cnpg.io/hibernation"]
    cluster.operate()
    await deleted(cluster, ARGS)
    assert cluster.made == ["backups"]


async def test_woken_up_and_put_to_sleep_again_by_hand_its_old_backup_does_not_count() -> None:
    cluster = Cluster()
    await deleted(cluster, DELAYED)
    cluster.made.clear()
    for state in ("off", "on"):
        cluster.living["metadata"]["annotations"]["cnpg.io/hibernation"] = state
        cluster.operate()
    await deleted(cluster, ARGS)
    assert cluster.made == ["backups"]
    assert "cnpg.io/hibernation" not in cluster.living["metadata"]["annotations"]


async def test_one_that_has_not_run_since_its_backup_is_not_backed_up_again() -> None:
    cluster = Cluster()
    await deleted(cluster, DELAYED)
    cluster.made.clear()
    await deleted(cluster, ARGS)
    assert cluster.made == []


async def test_one_that_was_retained_without_a_backup_gets_one() -> None:
    cluster = Cluster()
    await deleted(cluster, dataclasses.replace(DELAYED, backup=False))
    cluster.made.clear()
    await deleted(cluster, ARGS)
    assert cluster.made == ["backups"]


async def test_retained_and_running_on_it_is_backed_up_by_the_next_deletion() -> None:
    cluster = Cluster()
    await deleted(cluster, RETAIN)
    await deleted(cluster, ARGS)
    assert cluster.made == ["backups", "backups"]


@pytest.mark.parametrize("record", ["", "[]", "{}", "yes", '{"backup": "x", "hibernatedSince": null}'])
async def test_a_record_that_somebody_edited_counts_for_nothing(record: str) -> None:
    cluster = Cluster()
    await deleted(cluster, DELAYED)
    cluster.made.clear()
    cluster.living["metadata"]["annotations"]["tau/backed-up"] = record
    await deleted(cluster, ARGS)
    assert cluster.made == ["backups"]


async def test_a_list_that_somebody_edited_is_refused_in_words() -> None:
    cluster = Cluster()
    await deleted(cluster, DELAYED)
    cluster.living["metadata"]["annotations"]["tau/kept"] = "Secret"
    with pytest.raises(errors.ClusterError, match=r"tau/kept of Cluster apps/shop is not a list of objects; set it to"):
        await CleanupGuard(lambda *_: cluster).create(DELAYED, Told().operation)


async def test_a_second_deletion_counts_the_time_from_now() -> None:
    cluster = Cluster()
    await deleted(cluster, DELAYED)
    old: Any = cluster.objects["cronjobs", "shop-cleaner"]
    before = datetime.datetime.now(datetime.UTC)
    await deleted(cluster, dataclasses.replace(DELAYED, keep_for="9d"))
    end = datetime.datetime.fromisoformat(cluster.living["metadata"]["annotations"]["tau/keep-until"])
    assert end >= before + datetime.timedelta(days=9)
    assert cluster.living["metadata"]["labels"]["tau/keep-until"] == f"{end:%Y-%m-%d}"
    assert cluster.objects["cronjobs", "shop-cleaner"] is old


async def test_the_second_guard_of_a_command_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster, told = Cluster(), Told()
    guard = CleanupGuard(lambda *_: cluster)
    await guard.delete(DELAYED, {}, told.operation)
    annotations = dict(cluster.living["metadata"]["annotations"])
    await guard.delete(DELAYED, {}, told.operation)
    assert (cluster.living["metadata"]["annotations"], len(told.notes)) == (annotations, 2)
