"""No deletion without a last backup: store up or down, of a stack or of one resource, with a program or without."""

import dataclasses
import json
import signal
from collections.abc import Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from testbed.drive import share as nas
from tests.cluster import ledger
from tests.cluster.conftest import NewStack

_SHOP, _OTHER = "postgres-shop", "postgres-other"
_HOLDERS = "clusters.postgresql.cnpg.io,pvc,secrets,objectstores,databases.postgresql.cnpg.io,databaseroles,schedules"
_HOLDERS = _HOLDERS.replace("schedules", "scheduledbackups,networkpolicies,roles,rolebindings")
_LAST = "tau/last-backup-of"


@dataclasses.dataclass(frozen=True)
class Refusal:
    """A deletion that failed, and what was there before and after it."""

    result: stack.Result
    before: Mapping[str, str]
    after: Mapping[str, str]
    answers: kubernetes.Answer


@dataclasses.dataclass(frozen=True)
class Deletion:
    """A deletion that went through: what is left in the namespace, and what was added on the share."""

    result: stack.Result
    left: set[str]
    backups: list[str]
    targets: list[str]
    on_share: list[str]


@dataclasses.dataclass(frozen=True)
class Course:
    """What each step came to."""

    written: str
    store_down: Refusal
    removal_refused: Refusal
    removal: Deletion
    interrupted: Refusal
    without_program: Deletion
    restored: str
    continued: Deletion


@dataclasses.dataclass(frozen=True)
class Scene:
    """Where all of it happens: a stack for the store, and one for what is deleted."""

    cluster: kubernetes.Kubernetes
    namespace: str
    share: nas.Share
    store: Any
    owned: stack.Stack
    client: kubernetes.Client

    def program(self, *names: str, **properties: Any) -> stack.Program:
        """These databases, with properties of the shop."""
        guarded: dict[str, Any] = {"backup": {"store": self.store}, "cleanup": {}}
        known = {
            "shop": programs.dedicated(self.namespace, **guarded | properties),
            "other": programs.instance(self.namespace, **guarded),
        }
        return {
            "resources": {name: known[name] for name in names},
            "outputs": {"url": "${shop.connectionString}"} if "shop" in names else {},
        }

    def book(self) -> ledger.Ledger:
        """The table of the shop."""
        return ledger.Ledger(self.client, str(self.owned.output("url")))

    def turn_store(self, replicas: int) -> None:
        """Turn the gateway off, or on and wait until it answers."""
        place = ("--namespace", self.namespace)
        self.cluster.kubectl("scale", "deployment/store", f"--replicas={replicas}", *place)
        if replicas:
            self.cluster.kubectl("rollout", "status", "deployment/store", *place, "--timeout=120s")

    def holders(self) -> Mapping[str, str]:
        """What holds the data and the way to it, by kind and name."""
        listed = json.loads(self.cluster.kubectl("get", _HOLDERS, "--namespace", self.namespace, "-o", "json"))
        return {f"{one['kind']} {one['metadata']['name']}": one["metadata"]["uid"] for one in listed["items"]}

    def last_backups(self, instance: str) -> list[Any]:
        """The Backups that deletions took, oldest first."""
        listed = json.loads(
            self.cluster.kubectl("get", "backups.postgresql.cnpg.io", "-n", self.namespace, "-l", _LAST, "-o", "json")
        )
        found = [one for one in listed["items"] if one["spec"]["cluster"]["name"] == instance]
        return sorted(found, key=lambda one: str(one["metadata"]["name"]))

    def refusal(self, result: stack.Result, before: Mapping[str, str], url: str) -> Refusal:
        """What came of a deletion that failed."""
        return Refusal(result, before, self.holders(), self.client.try_sql(url, "SELECT count(*) > 0 FROM ledger"))

    def deletion(self, result: stack.Result, instance: str, generation: int) -> Deletion:
        """What came of a deletion that went through."""
        made = self.last_backups(instance)
        complete = [one["status"] for one in made if one["status"].get("phase") == "completed"]
        return Deletion(
            result=result,
            left={name for name in self.holders() if instance in name},
            backups=[str(status["backupId"]) for status in complete],
            targets=[str(one["spec"].get("target")) for one in made],
            on_share=self.share.generation(f"{self.namespace}/store", f"{instance}-15-{generation}").backups(),
        )


@pytest.fixture(scope="module")
def scene(
    operator: None, cluster: kubernetes.Kubernetes, namespace: str, share: nas.Share, new_stack: NewStack
) -> Scene:
    kept = new_stack()
    nfs = {"server": share.server, "path": share.path}
    store = {"type": "tau:postgres:BackupStore", "properties": {"namespace": namespace, "nfs": nfs}}
    kept.up({"resources": {"store": store}, "outputs": {"store": "${store.store}"}})
    client = cluster.start_client(namespace)
    return Scene(cluster, namespace, share, kept.output("store"), new_stack(), client)


@pytest.fixture(scope="module")
def course(scene: Scene) -> Course:
    owned = scene.owned
    owned.up(scene.program("shop", "other"))
    book = scene.book()
    book.create()
    written = book.write()
    scene.turn_store(0)
    before = scene.holders()
    store_down = scene.refusal(owned.destroy(fails=True), before, book.url)
    refused = owned.up(scene.program("shop"), fails=True)
    removal_refused = scene.refusal(refused, before, book.url)
    scene.turn_store(1)
    removal = scene.deletion(owned.up(scene.program("shop")), _OTHER, 1)
    interrupted = _interrupted(scene, book.url)
    _let_a_replica_lag(scene)
    # What follows is in the archive by the last backup alone, and in no replica.
    written = book.write()
    owned.write({"resources": {}})
    without_program = scene.deletion(owned.destroy("--run-program=false"), _SHOP, 1)
    owned.up(scene.program("shop", restore={}, cleanup={"onBackupFailure": "continue"}))
    restored = scene.book().again().checksum()
    scene.turn_store(0)
    continued = scene.deletion(owned.destroy(), _SHOP, 2)
    scene.turn_store(1)
    return Course(written, store_down, removal_refused, removal, interrupted, without_program, restored, continued)


def _let_a_replica_lag(scene: Scene) -> None:
    """Add a replica that is ready, and that the operator prefers for backups, and let it replay nothing from now on."""
    place = ("--namespace", scene.namespace)
    scene.cluster.kubectl("patch", "cluster", _SHOP, *place, "--type=merge", "-p", '{"spec":{"instances":2}}')

    def status() -> Any:
        return scene.cluster.get("cluster", _SHOP, scene.namespace)["status"]

    waiting.until("the replica", lambda: status().get("readyInstances") == 2, seconds=240)
    (replica,) = set(status()["instanceNames"]) - {status()["currentPrimary"]}
    pause = ("psql", "-Atc", "SELECT pg_wal_replay_pause()")
    scene.cluster.kubectl("exec", replica, "-c", "postgres", *place, "--", *pause)


def _interrupted(scene: Scene, url: str) -> Refusal:
    """Ctrl-C once the last backup is under way."""
    before = scene.holders()
    known = len(scene.last_backups(_SHOP))
    process, events = scene.owned.start("destroy", "--yes", "--skip-preview")
    waiting.until("the last backup", lambda: len(scene.last_backups(_SHOP)) > known)
    process.send_signal(signal.SIGINT)
    code = process.wait(timeout=120)
    waiting.until("the end of the backup", lambda: _ended(scene.last_backups(_SHOP)[-1]))
    return scene.refusal(stack.Result(code, "", stack.read_events(events)), before, url)


def _ended(item: Any) -> bool:
    return item.get("status", {}).get("phase") in ("completed", "failed")


@pytest.mark.parametrize("which", ["store_down", "removal_refused", "interrupted"])
def test_a_deletion_that_fails_deletes_nothing(course: Course, which: str) -> None:
    refusal: Refusal = getattr(course, which)
    assert refusal.result.code != 0
    # The state of the first deletion knows two resources less, which hold nothing.
    assert refusal.before == refusal.after
    assert refusal.answers == kubernetes.Answer(0, "t\n")


@pytest.mark.parametrize(("which", "instance"), [("store_down", _SHOP), ("removal_refused", _OTHER)])
def test_the_error_says_what_failed_and_what_to_do(course: Course, which: str, instance: str) -> None:
    refusal: Refusal = getattr(course, which)
    message = next(text for _, text in refusal.result.diagnostics() if f"{instance} was not deleted" in text)
    assert "https://store." in message
    for part in ("Repair the store and destroy again", "`cleanup.backup`", "`continue`", "kubectl annotate"):
        assert part in message


@pytest.mark.parametrize("which", ["removal", "without_program"])
def test_the_last_backup_is_on_the_share_before_the_server_goes(course: Course, which: str) -> None:
    deletion: Deletion = getattr(course, which)
    assert deletion.backups
    assert set(deletion.backups) <= set(deletion.on_share)
    assert deletion.left == set()


def test_a_deletion_tells_which_backup_it_took(course: Course) -> None:
    told = [text for _, text in course.without_program.result.diagnostics("info#err")]
    told += [text for _, text in course.without_program.result.diagnostics("info")]
    assert any(f"is in the store as {course.without_program.backups[-1]}" in text for text in told)


def test_a_last_backup_is_taken_from_the_primary(course: Course) -> None:
    assert course.without_program.targets == ["primary"] * len(course.without_program.targets)
    assert course.without_program.targets


def test_every_row_up_to_the_deletion_is_restored(course: Course) -> None:
    assert course.restored == course.written


def test_a_deletion_goes_on_without_a_backup_where_it_is_told_to(course: Course) -> None:
    (message,) = {text for _, text in course.continued.result.diagnostics("warning") if "final backup" in text}
    assert f"{_SHOP} is deleted without a final backup" in message
    assert course.continued.left == set()
