"""A database comes back under its own name: to the second before a mistake, and with nothing left but the share."""

import dataclasses
import datetime
import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from testbed.drive import share as nas
from tests.cluster import ledger
from tests.cluster.conftest import NewStack

_SHOP = "postgres-shop"
_GENERATIONS = [f"{_SHOP}-15-{number}" for number in (1, 2, 3)]


@dataclasses.dataclass(frozen=True)
class Refusal:
    """What came of making the database anew without a word about its archive."""

    result: stack.Result
    clusters: set[str]
    claims: set[str]
    changed_files: set[str]


@dataclasses.dataclass(frozen=True)
class Restored:
    """A restored database, and what was on the share before and after."""

    generation: str
    checksum: str
    second_up: stack.Result
    old_password: kubernetes.Answer
    lost_files: set[str]
    segments: set[str]


@dataclasses.dataclass(frozen=True)
class Course:
    """The life of one database over three generations; checksums of the rows at the moments that count."""

    before_mistake: str
    after_mistake: str
    files_lost_by_deletion: set[str]
    refusal: Refusal
    rewound: Restored
    before_disaster: str
    rescued: Restored
    older: str


@dataclasses.dataclass(frozen=True)
class Scene:
    """Where all of it happens."""

    cluster: kubernetes.Kubernetes
    namespace: str
    share: nas.Share
    server: kubernetes.Server

    def generation(self, number: int) -> nas.Generation:
        """One generation of the archive."""
        return self.share.generation(f"{self.namespace}/postgres", _GENERATIONS[number - 1])

    def ledger(self, owned: stack.Stack, client: str) -> ledger.Ledger:
        """The table, used by a new Pod with the URL that the program gives out."""
        return ledger.Ledger(self.cluster.start_client(self.namespace, client), str(owned.output("url")))


@pytest.fixture(scope="module")
def scene(operator: None, cluster: kubernetes.Kubernetes, namespace: str, share: nas.Share) -> Scene:
    return Scene(cluster, namespace, share, kubernetes.Server(cluster, namespace, _SHOP))


@pytest.fixture(scope="module")
def lost_stack(scene: Scene, bed: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> stack.Stack:
    """A stack that nobody destroys."""
    project = f"test-{uuid.uuid4().hex[:8]}"
    return stack.Stack(tmp_path_factory.mktemp(project), bed, project)


@pytest.fixture(scope="module")
def course(scene: Scene, lost_stack: stack.Stack, new_stack: NewStack) -> Course:
    owned = lost_stack
    owned.configure("postgres_backup_nfs_path", scene.share.address)
    owned.up(_program(scene.namespace))
    book = scene.ledger(owned, "first")
    moment, before_mistake, after_mistake = _mistake(scene, book)
    files = scene.share.contents()
    owned.up({"resources": {}})
    lost = _lost(files, scene.share)
    refusal = _refused(scene, owned)
    program = _program(scene.namespace, restore={"targetTime": moment.isoformat()})
    rewound = _restored(scene, owned, 2, program, book.url)
    book = scene.ledger(owned, "second")
    before_disaster = book.write()
    waiting.until("a base backup of the new generation", scene.generation(2).backups)
    ledger.archive(scene.server, scene.generation(2))

    _destroy_cluster(scene, owned)
    fresh = new_stack()
    fresh.configure("postgres_backup_nfs_path", scene.share.address)
    rescued = _restored(scene, fresh, 3, _with_older(scene.namespace), book.url)
    older = ledger.Ledger(scene.cluster.start_client(scene.namespace), str(fresh.output("older"))).checksum()
    return Course(before_mistake, after_mistake, lost, refusal, rewound, before_disaster, rescued, older)


def _program(namespace: str, **properties: Any) -> stack.Program:
    return {
        "resources": {"shop": programs.dedicated(namespace, **properties)},
        "outputs": {"url": "${shop.connectionString}"},
    }


def _with_older(namespace: str) -> stack.Program:
    """The latest state of the database, and beside it that of its first generation."""
    program = _program(namespace, backup={"onExistingArchive": "restore"})
    restore = {"from": _SHOP, "serverName": _GENERATIONS[0]}
    more = {
        "older": programs.instance(namespace, restore=restore),
        "shop-in-older": programs.shared(namespace, "older", name="shop"),
    }
    outputs = {**program["outputs"], "older": "${shop-in-older.connectionString}"}
    return {"resources": {**program["resources"], **more}, "outputs": outputs}


def _mistake(scene: Scene, book: ledger.Ledger) -> tuple[datetime.datetime, str, str]:
    """A moment before a mistake, and the rows before and after it."""
    book.create()
    waiting.until("the first base backup", scene.generation(1).backups)
    before = book.write()
    moment = ledger.now(scene.server)
    after = book.forget_half()
    ledger.archive(scene.server, scene.generation(1))
    return moment, before, after


def _lost(before: Mapping[str, str], share: nas.Share) -> set[str]:
    """The files of the archives that are gone or changed."""
    after = share.contents()
    return {path for path, checksum in before.items() if "/buckets/" in path and after.get(path) != checksum}


def _refused(scene: Scene, owned: stack.Stack) -> Refusal:
    before = scene.share.contents()
    result = owned.up(_program(scene.namespace), fails=True)
    after = scene.share.contents()
    return Refusal(
        result=result,
        clusters=scene.cluster.names("cluster", scene.namespace),
        claims={name for name in scene.cluster.names("pvc", scene.namespace) if name.startswith(f"{_SHOP}-1")},
        changed_files={path for path, _ in before.items() ^ after.items() if "/buckets/" in path},
    )


def _restored(scene: Scene, owned: stack.Stack, number: int, program: stack.Program, old_url: str) -> Restored:
    files = scene.share.contents()
    owned.up(program)
    book = scene.ledger(owned, f"restored-{number}")
    assert book.url != old_url
    checksum = book.checksum()
    ledger.archive(scene.server, scene.generation(number))
    (plugin,) = scene.cluster.get("cluster", _SHOP, scene.namespace)["spec"]["plugins"]
    return Restored(
        generation=plugin["parameters"]["serverName"],
        checksum=checksum,
        second_up=owned.up(),
        old_password=book.client.try_sql(old_url, "SELECT 1"),
        lost_files=_lost(files, scene.share),
        segments=scene.generation(number).segments(),
    )


def _destroy_cluster(scene: Scene, owned: stack.Stack) -> None:
    """All that is left of the cluster and of the program's state is the share."""
    owned.run("stack", "rm", "--force", "--yes", "test")
    # A namespace with Pods in it is looked at again only after half the time that they may take to end, 15 minutes.
    scene.cluster.kubectl("delete", "cluster", "--all", "--cascade=foreground", "--namespace", scene.namespace)
    scene.cluster.delete_namespace(scene.namespace, wait=True)
    template = '{range .items[*]}{.spec.claimRef.namespace}{" "}{.metadata.name}{"\\n"}{end}'
    for line in scene.cluster.kubectl("get", "pv", "-o", f"jsonpath={template}").splitlines():
        namespace, _, name = line.partition(" ")
        if namespace == scene.namespace:
            scene.cluster.kubectl("delete", "pv", name)
    scene.cluster.create_namespace(scene.namespace)


def test_deleting_the_database_leaves_its_archive(course: Course) -> None:
    assert course.files_lost_by_deletion == set()


def test_making_it_anew_is_refused_and_told_how_to_restore(course: Course) -> None:
    (message,) = {message for name, message in course.refusal.result.diagnostics() if "shop" in name}
    assert _GENERATIONS[0] in message
    assert "restore: {}" in message
    assert "newGeneration" in message


def test_the_refusal_makes_no_server_and_leaves_the_share_alone(course: Course) -> None:
    assert course.refusal.clusters == set()
    assert course.refusal.claims == set()
    assert course.refusal.changed_files == set()


def test_the_rows_are_those_of_the_moment_before_the_mistake(course: Course) -> None:
    assert course.rewound.checksum == course.before_mistake != course.after_mistake


def test_the_rows_are_the_latest_when_only_the_share_is_left(course: Course) -> None:
    assert course.rescued.checksum == course.before_disaster != course.before_mistake


@pytest.mark.parametrize(("which", "number"), [("rewound", 2), ("rescued", 3)])
def test_a_restored_server_archives_into_a_generation_of_its_own(course: Course, which: str, number: int) -> None:
    restored: Restored = getattr(course, which)
    assert restored.generation == _GENERATIONS[number - 1]
    assert restored.segments
    assert restored.lost_files == set()


@pytest.mark.parametrize("which", ["rewound", "rescued"])
def test_the_role_has_the_password_that_the_program_knows_and_no_other(course: Course, which: str) -> None:
    restored: Restored = getattr(course, which)
    assert restored.old_password.code != 0
    assert "password authentication failed" in restored.old_password.output


def test_an_older_generation_is_restored_beside_the_newest(course: Course) -> None:
    assert course.older == course.after_mistake


@pytest.mark.parametrize("which", ["rewound", "rescued"])
def test_a_restore_that_stays_in_the_program_changes_nothing(course: Course, which: str) -> None:
    restored: Restored = getattr(course, which)
    assert restored.second_up.changes
    assert restored.second_up.changed == {}


def test_a_restore_that_stays_in_the_program_is_told(course: Course) -> None:
    assert any(f"/{_SHOP} already exists" in message for _, message in course.rewound.second_up.diagnostics("warning"))
