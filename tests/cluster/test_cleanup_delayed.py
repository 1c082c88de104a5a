"""A deletion that keeps: in time the same program takes everything back, later nothing is left but the backups.

The cleaner works alone: when it does, the program and its state are gone.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from testbed.drive import share as nas
from tests.cluster import ledger
from tests.cluster.conftest import NewStack

_SHOP = "postgres-shop"
_SECRET = f"{_SHOP}-shop-connection"
_MARKS = ("tau/kept-for", "tau/keep-until", "tau/kept")
_KINDS = "clusters.postgresql.cnpg.io,databases.postgresql.cnpg.io,databaseroles,objectstores,pvc,pods,secrets"
_KINDS += ",services,networkpolicies,cronjobs,jobs,roles,rolebindings,serviceaccounts"


@dataclasses.dataclass(frozen=True)
class Course:
    """What each step came to."""

    written: str
    password: str
    destroyed: stack.Result
    asleep: Mapping[str, Any]
    listed: str
    volume: str
    foreign: stack.Result
    taken_back: stack.Result
    rows: str
    same_password: str
    same_volume: str
    marks: Mapping[str, Any]
    cleaner_after: set[str]
    second_up: stack.Result
    resumed: stack.Result
    marks_after_resuming: Mapping[str, Any]
    server_names: tuple[str, str]
    namespace: kubernetes.Answer
    left: set[str]
    on_share: list[str]
    taken: list[str]


@dataclasses.dataclass(frozen=True)
class Scene:
    """Where all of it happens."""

    cluster: kubernetes.Kubernetes
    namespace: str
    share: nas.Share
    owned: stack.Stack
    client: kubernetes.Client

    def book(self) -> ledger.Ledger:
        """The table, with the URL that the program gives out."""
        return ledger.Ledger(self.client, str(self.owned.output("url")))

    def password(self) -> str:
        """The password of the connection Secret, encoded."""
        return str(self.cluster.get("secret", _SECRET, self.namespace)["data"]["password"])

    def server(self) -> Mapping[str, Any]:
        """The Cluster."""
        found: Mapping[str, Any] = self.cluster.get("clusters.postgresql.cnpg.io", _SHOP, self.namespace)
        return found

    def volume(self) -> str:
        """The identity of the server's volume."""
        return str(self.cluster.get("pvc", f"{_SHOP}-1", self.namespace)["metadata"]["uid"])

    def left(self) -> set[str]:
        """What there is of the server in the namespace."""
        items = json.loads(self.cluster.kubectl("get", _KINDS, "--namespace", self.namespace, "-o", "json"))["items"]
        return {f"{one['kind']} {name}" for one in items if _SHOP in (name := str(one["metadata"]["name"]))}


def _program(namespace: str, after: str) -> stack.Program:
    cleanup = {"policy": "delayed", "after": after}
    return {
        "resources": {"shop": programs.dedicated(namespace, cleanup=cleanup)},
        "outputs": {"url": "${shop.connectionString}"},
    }


@pytest.fixture(scope="module")
def scene(
    operator: None, cluster: kubernetes.Kubernetes, namespace: str, share: nas.Share, new_stack: NewStack
) -> Scene:
    owned = new_stack()
    owned.configure("postgres_backup_nfs_path", share.address)
    return Scene(cluster, namespace, share, owned, cluster.start_client(namespace))


@pytest.fixture(scope="module")
def course(scene: Scene, new_stack: NewStack, neighbour: str) -> Course:
    owned = scene.owned
    owned.up(_program(scene.namespace, "2d"))
    book = scene.book()
    book.create()
    known: dict[str, Any] = {"written": book.write(), "password": scene.password()}
    known |= {"destroyed": owned.destroy(), "asleep": scene.server(), "volume": scene.volume()}
    known["listed"] = scene.cluster.kubectl("get", "cluster", "-n", scene.namespace, "-L", "tau/keep-until")
    other = new_stack()
    other.configure("postgres_backup_nfs_path", scene.share.address)
    known["foreign"] = other.up(_program(scene.namespace, "2d"), fails=True)
    known["taken_back"] = owned.up(_program(scene.namespace, "5s"))
    known |= {"rows": scene.book().again().checksum(), "same_password": scene.password()}
    awake = scene.server()
    known |= {"same_volume": scene.volume(), "marks": awake["metadata"]}
    known["server_names"] = (_server_name(known["asleep"]), _server_name(awake))
    known["cleaner_after"] = {name for name in scene.left() if "cleaner" in name}
    known["second_up"] = owned.up()
    _interrupted(scene, known["asleep"])
    known |= {"resumed": owned.up(), "marks_after_resuming": scene.server()["metadata"]}
    owned.destroy()
    known["namespace"] = _deleted_namespace(scene, new_stack(), neighbour)
    known["left"] = waiting.until("the cleaner's work", lambda: _nothing(scene)) and scene.left()
    generation = scene.share.generation(f"{scene.namespace}/postgres", f"{_SHOP}-15-1")
    return Course(**known, on_share=generation.backups(), taken=_taken(scene))


def _interrupted(scene: Scene, asleep: Mapping[str, Any]) -> None:
    """Leave the marks on the server that a deletion leaves whose process is killed while the server falls asleep."""
    marks = {key: asleep["metadata"]["annotations"][key] for key in (*_MARKS, "cnpg.io/hibernation")}
    change = json.dumps({"metadata": {"annotations": marks}})
    scene.cluster.kubectl("patch", "cluster", _SHOP, "-n", scene.namespace, "--type=merge", "-p", change)


def _deleted_namespace(scene: Scene, owned: stack.Stack, namespace: str) -> kubernetes.Answer:
    """What comes of deleting a namespace in which a server without backups is kept, its cleaner beside it."""
    owned.up(_program(namespace, "2d"))
    owned.destroy()
    scene.cluster.get("cronjob", f"{_SHOP}-cleaner", namespace)
    return scene.cluster.try_kubectl("delete", "namespace", namespace, "--timeout=120s")


def _server_name(item: Mapping[str, Any]) -> str:
    (plugin,) = item["spec"]["plugins"]
    return str(plugin["parameters"]["serverName"])


def _nothing(scene: Scene) -> bool:
    return not scene.left()


def _taken(scene: Scene) -> list[str]:
    """The last backups, as their objects call them."""
    command = ("get", "backups.postgresql.cnpg.io", "--namespace", scene.namespace, "-l", "tau/last-backup-of")
    items = json.loads(scene.cluster.kubectl(*command, "-o", "json"))["items"]
    return [str(one["status"]["backupId"]) for one in items]


def test_a_deletion_puts_the_server_to_sleep_and_says_until_when(course: Course) -> None:
    annotations = course.asleep["metadata"]["annotations"]
    assert annotations["cnpg.io/hibernation"] == "on"
    day = annotations["tau/keep-until"][:10]
    assert course.asleep["metadata"]["labels"]["tau/keep-until"] == day
    assert day in course.listed


def test_another_resource_does_not_take_back_what_is_not_its_own(course: Course) -> None:
    (message,) = {text for _, text in course.foreign.diagnostics() if "is retained for" in text}
    assert "create that one again" in message


def test_the_same_program_takes_back_rows_password_volume_and_archive(course: Course) -> None:
    assert course.rows == course.written
    assert course.same_password == course.password
    assert course.same_volume == course.volume
    assert course.server_names == (f"{_SHOP}-15-1", f"{_SHOP}-15-1")


def _reminders(marks: Iterable[str]) -> list[str]:
    """Marks of a deletion; that of the owner stays."""
    return [key for key in marks if key != "tau/owner" and (key.startswith("tau/") or key == "cnpg.io/hibernation")]


def test_nothing_reminds_of_the_deletion_once_it_is_taken_back(course: Course) -> None:
    assert course.cleaner_after == set()
    for marks in (course.marks.get("annotations", {}), course.marks["labels"]):
        assert _reminders(marks) == []


def test_after_it_is_taken_back_nothing_is_left_to_do(course: Course) -> None:
    assert course.second_up.changed == {}


def test_the_final_backup_is_recorded_with_the_hibernation_that_followed_it(course: Course) -> None:
    record = json.loads(course.asleep["metadata"]["annotations"]["tau/backed-up"])
    (condition,) = [one for one in course.asleep["status"]["conditions"] if one["type"] == "cnpg.io/hibernation"]
    assert record["backup"].startswith(f"{_SHOP}-last-")
    assert (condition["status"], record["hibernatedSince"]) == ("True", condition["lastTransitionTime"])


def test_an_unchanged_program_resumes_what_an_interrupted_deletion_left(course: Course) -> None:
    # The second guard finds nothing left to do where it is looked at after the first.
    assert set(course.resumed.changed) == {"update"}
    left = [*course.marks_after_resuming.get("annotations", {}), *course.marks_after_resuming["labels"]]
    assert _reminders(left) == []


def test_when_the_time_is_over_everything_goes_and_the_cleaner_too(course: Course) -> None:
    assert course.left == set()


def test_deleting_the_namespace_of_a_kept_server_does_not_hang(course: Course) -> None:
    assert course.namespace.code == 0, course.namespace.output


def test_the_backups_stay_on_the_share(course: Course) -> None:
    assert len(course.taken) == 2
    assert set(course.taken) <= set(course.on_share)
