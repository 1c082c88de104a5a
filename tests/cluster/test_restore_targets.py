"""Clones beside the living server, one for each way to name a moment, hold exactly the rows of that moment."""

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from testbed.drive import share as nas
from tests.cluster import ledger
from tests.cluster.conftest import NewStack

_SOURCE = "postgres-source"
_EAST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
_CLONES = ("latest", "time", "idle", "backup", "name", "lsn")
_AT_WORK = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'logical replication launcher'"
# One clone archives to a gateway of its own, one archives nothing, the others use the gateway of the source.
_ARCHIVING = [name for name in _CLONES if name != "idle"]


@dataclasses.dataclass(frozen=True)
class Moment:
    """How a clone is told which moment it shall show, and the checksum of the rows of that moment."""

    restore: Mapping[str, str]
    checksum: str


@dataclasses.dataclass(frozen=True)
class Course:
    """What the clones hold, and what became of the source meanwhile."""

    moments: Mapping[str, Moment]
    found: Mapping[str, str]
    recovery: Mapping[str, Mapping[str, Any]]
    generations: Mapping[str, str]
    segments: Mapping[str, set[str]]
    source_checksums: tuple[str, str]
    source_segments: set[str]
    repeated: stack.Result
    at_work: Mapping[str, list[str]]
    jobs: Mapping[str, list[str]]


@dataclasses.dataclass(frozen=True)
class Scene:
    """Where all of it happens."""

    cluster: kubernetes.Kubernetes
    namespace: str
    share: nas.Share

    def server(self, name: str) -> kubernetes.Server:
        """The server of an Instance of the program."""
        return kubernetes.Server(self.cluster, self.namespace, f"postgres-{name}")

    def generation(self, name: str) -> nas.Generation:
        """The archive of an Instance of the program."""
        return self.share.generation(f"{self.namespace}/postgres", f"postgres-{name}-15-1")

    def spec(self, name: str) -> Mapping[str, Any]:
        """What the operator is asked for."""
        found: Mapping[str, Any] = self.cluster.get("cluster", f"postgres-{name}", self.namespace)["spec"]
        return found


@pytest.fixture(scope="module")
def scene(operator: None, cluster: kubernetes.Kubernetes, namespace: str, share: nas.Share) -> Scene:
    return Scene(cluster, namespace, share)


@pytest.fixture(scope="module")
def course(scene: Scene, new_stack: NewStack) -> Course:
    owned = new_stack()
    owned.configure("postgres_backup_nfs_path", scene.share.address)
    owned.up(_program(scene.namespace, {}))
    client = scene.cluster.start_client(scene.namespace)
    source = ledger.Ledger(client, str(owned.output("source")))
    moments = _history(scene, source)
    before = source.checksum()
    # No more at a time than two cores restore within minutes.
    owned.up(_program(scene.namespace, {name: moments[name] for name in _CLONES[:3]}))
    owned.up(_program(scene.namespace, moments))
    repeated = owned.up()
    books = {name: ledger.Ledger(client, str(owned.output(name))) for name in _CLONES}
    found = {name: book.checksum() for name, book in books.items()}
    for name in _ARCHIVING:
        books[name].forget_half()
        ledger.archive(scene.server(name), scene.generation(name))
    segment = ledger.archive(scene.server("source"), scene.generation("source"))
    specs = {name: scene.spec(name) for name in _CLONES}
    servers = {name: scene.server(name) for name in ("source", *_CLONES)}
    return Course(
        moments=moments,
        found=found,
        recovery={name: spec["bootstrap"]["recovery"] for name, spec in specs.items()},
        generations={name: specs[name]["plugins"][0]["parameters"]["serverName"] for name in _ARCHIVING},
        segments={name: scene.generation(name).segments() for name in _ARCHIVING},
        source_checksums=(before, source.checksum()),
        source_segments={segment} & scene.generation("source").segments(),
        repeated=repeated,
        at_work={name: server.sql(_AT_WORK) for name, server in servers.items()},
        jobs={name: servers[name].sql("SHOW cron.launch_active_jobs") for name in _CLONES},
    )


def _program(namespace: str, moments: Mapping[str, Moment]) -> stack.Program:
    resources: dict[str, Any] = {"source": programs.instance(namespace)}
    for name, moment in moments.items():
        resources[name] = programs.instance(namespace, **_clone(name, moment.restore))
    shops = {f"shop-on-{name}": programs.shared(namespace, name, name="shop") for name in resources}
    outputs = {name: f"${{shop-on-{name}.connectionString}}" for name in resources}
    return {"resources": resources | shops, "outputs": outputs}


def _clone(name: str, restore: Mapping[str, str]) -> Mapping[str, Any]:
    store = "${source.store}"
    given: dict[str, Any] = {"restore": {"from": "${source.name}", **restore}}
    match name:
        case "latest":
            return given
        case "idle":
            return {"restore": {**given["restore"], "store": store}, "backup": {"enabled": False}}
        case _:
            return given | {"backup": {"store": store}}


def _history(scene: Scene, source: ledger.Ledger) -> dict[str, Moment]:
    """Live through the moments that the clones shall show, each followed by a mistake."""
    server, generation = scene.server("source"), scene.generation("source")
    first = waiting.until("the first base backup", generation.backups)[0]
    source.create()
    rows = {"time": source.write()}
    time = ledger.now(server)
    source.forget_half()
    rows["name"] = source.write()
    server.sql("SELECT pg_create_restore_point('before the upgrade')")
    source.forget_half()
    rows["lsn"] = source.write()
    (lsn,) = server.sql("SELECT pg_current_wal_insert_lsn()")
    source.forget_half()
    _back_up(scene)
    waiting.until("the second base backup", lambda: len(generation.backups()) == 2)
    rows |= dict.fromkeys(("latest", "backup", "idle"), source.write())
    idle = ledger.now(server)
    ledger.archive(server, generation)
    restores = {
        "latest": {"serverName": generation.folder.name},
        "time": {"targetTime": time.astimezone(_EAST).isoformat()},
        "idle": {"targetTime": idle.isoformat()},
        "backup": {"backupId": first},
        "name": {"targetName": "before the upgrade"},
        "lsn": {"targetLsn": lsn},
    }
    return {name: Moment(restores[name], rows[name]) for name in _CLONES}


def _back_up(scene: Scene) -> None:
    """What a person does before an upgrade."""
    spec = {"cluster": {"name": _SOURCE}, "method": "plugin"}
    plugin = {"pluginConfiguration": {"name": "barman-cloud.cloudnative-pg.io"}}
    metadata = {"name": "by-hand", "namespace": scene.namespace}
    version = "postgresql.cnpg.io/v1"
    scene.cluster.apply({"apiVersion": version, "kind": "Backup", "metadata": metadata, "spec": spec | plugin})


@pytest.mark.parametrize("clone", _CLONES)
def test_a_clone_holds_the_rows_of_its_moment(course: Course, clone: str) -> None:
    assert course.found[clone] == course.moments[clone].checksum


def test_the_moments_differ(course: Course) -> None:
    assert len({moment.checksum for moment in course.moments.values()}) == 4


def test_a_named_backup_is_the_one_that_is_used(course: Course) -> None:
    wanted = course.moments["backup"].restore["backupId"]
    assert course.recovery["backup"]["recoveryTarget"]["backupID"] == wanted


@pytest.mark.parametrize("clone", _ARCHIVING)
def test_a_clone_archives_into_a_generation_of_its_own(course: Course, clone: str) -> None:
    assert course.generations[clone] == f"postgres-{clone}-15-1"
    assert course.segments[clone]


def test_no_clone_runs_jobs_or_subscriptions_of_the_source(course: Course) -> None:
    assert course.at_work == {"source": ["1"], **{name: ["0"] for name in _CLONES}}
    assert course.jobs == {name: ["off"] for name in _CLONES}


def test_the_source_goes_on_and_is_archived(course: Course) -> None:
    before, after = course.source_checksums
    assert before == after
    assert course.source_segments


def test_restores_that_stay_in_the_program_change_nothing_and_are_told(course: Course) -> None:
    assert course.repeated.changes
    assert course.repeated.changed == {}
    warnings = " ".join(message for _, message in course.repeated.diagnostics("warning"))
    assert all(f"/postgres-{clone} already exists" in warnings for clone in _CLONES)
