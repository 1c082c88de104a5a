"""What `getRecoveryWindow` tells in a program is what lies on the share; and the log is read as PostgreSQL reads it."""

import base64
import dataclasses
import datetime
import os
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tau.archive.script import wal_records
from testbed.drive import kubernetes, programs, stack, waiting
from testbed.drive import share as nas
from tests.cluster import ledger
from tests.cluster.conftest import NewStack

_NAME = "postgres-main"
_GENERATION = f"{_NAME}-15-1"
_FOLDER = "archive"
_ENDED = re.compile(r"rmgr: Transaction .* desc: (?:COMMIT|ABORT)(?:_PREPARED \d+:)? (\S+ \S+) UTC")
_POINT = re.compile(r"desc: RESTORE_POINT (.*)$")
_LSN = re.compile(r" lsn: ([0-9A-F]+)/([0-9A-F]+),")
_ACTIVITY = (
    "CREATE TABLE log (text text)",
    "SELECT pg_create_restore_point('a name')",
    "INSERT INTO log SELECT repeat('x', 500) FROM generate_series(1, 20000)",
    "BEGIN; INSERT INTO log VALUES ('undone'); SAVEPOINT one; DELETE FROM log; ROLLBACK TO one; ROLLBACK",
    "SELECT pg_logical_emit_message(true, 'long', repeat('y', 30000000))",
    "DROP TABLE log",
)
# Position, when a transaction ended there, and the restore point there.
_Record = tuple[int, str | None, str | None]


@dataclasses.dataclass(frozen=True)
class Scene:
    """Where all of it happens."""

    cluster: kubernetes.Kubernetes
    namespace: str
    share: nas.Share
    owned: stack.Stack

    @property
    def generation(self) -> nas.Generation:
        """The archive on the share."""
        return self.share.generation(_FOLDER, _GENERATION)

    def program(self, *, instance: bool, asked: Mapping[str, str]) -> dict[str, Any]:
        """A store, with a server that uses it or not, and what the function is asked beside the names."""
        location = {"server": self.share.server, "path": self.share.path}
        store = {"namespace": self.namespace, "nfs": location, "folder": _FOLDER}
        resources: dict[str, Any] = {"nas": {"type": "tau:postgres:BackupStore", "properties": store}}
        if instance:
            resources["main"] = programs.instance(self.namespace, backup={"store": "${nas.store}"})
        arguments = {"instance": _NAME, "namespace": self.namespace, **asked}
        call = {"fn::invoke": {"function": "tau:postgres:getRecoveryWindow", "arguments": arguments}}
        return {"resources": resources, "variables": {"window": call}, "outputs": {"window": "${window}"}}

    def window(self, *, instance: bool, **asked: str) -> Mapping[str, Any]:
        """What the function tells the program."""
        self.owned.up(self.program(instance=instance, asked=asked))
        found: Mapping[str, Any] = self.owned.output("window")
        return found


@dataclasses.dataclass(frozen=True)
class Course:
    """What was told while the server lived and afterwards, and what lay on the share."""

    preview: stack.Result
    begun: Mapping[str, Any]
    living: Mapping[str, Any]
    gone: Mapping[str, Any]
    damaged: Mapping[str, Any]
    unknown: stack.Result
    backup: str
    ended: datetime.datetime
    size: int
    segment: str
    archived: datetime.datetime
    jobs: set[str]
    read: list[_Record]
    dumped: list[_Record]


@pytest.fixture(scope="module")
def scene(
    operator: None, cluster: kubernetes.Kubernetes, namespace: str, share: nas.Share, new_stack: NewStack
) -> Scene:
    return Scene(cluster, namespace, share, new_stack())


@pytest.fixture(scope="module")
def course(scene: Scene) -> Course:
    at_once = scene.program(instance=True, asked={"instance": "${main.name}"})
    preview = scene.owned.preview(at_once)
    scene.owned.up(at_once)
    begun = scene.owned.output("window")
    generation, server = scene.generation, kubernetes.Server(scene.cluster, scene.namespace, _NAME)
    backup = waiting.until("the first base backup", generation.backups)[0]
    first = server.sql("SELECT pg_walfile_name(pg_current_wal_lsn())")[0]
    for statement in _ACTIVITY:
        server.sql(statement)
    segment = ledger.archive(server, generation)
    living = scene.window(instance=True)
    jobs = scene.cluster.names("job", scene.namespace)
    names, dumped = _dumped(server, first, segment)
    read = _read(server, names)
    gone = scene.window(instance=False, store="${nas.store}")
    asked = scene.program(instance=False, asked={})
    files = [file for file in (generation.folder / "base" / backup).rglob("*") if file.is_file()]
    (archived,) = generation.folder.glob(f"wals/*/{segment}*")
    return Course(
        preview=preview,
        begun=begun,
        living=living,
        gone=gone,
        unknown=scene.owned.up(asked, fails=True),
        backup=backup,
        ended=datetime.datetime.fromisoformat(generation.info(backup, "end_time")),
        size=sum(file.stat().st_size for file in files),
        segment=segment,
        archived=datetime.datetime.fromtimestamp(archived.stat().st_mtime, datetime.UTC),
        jobs=jobs,
        read=read,
        dumped=dumped,
        damaged=_damaged(scene, backup),
    )


def _damaged(scene: Scene, backup: str) -> Mapping[str, Any]:
    """What is told once the base backup has lost a file, and a segment that it needs its content."""
    folder = scene.generation.folder
    for archive in (folder / "base" / backup).glob("data.tar*"):
        archive.unlink()
    begin = scene.generation.info(backup, "begin_wal")
    (segment,) = (file for file in folder.glob(f"wals/*/{begin}*") if ".backup" not in file.name)
    os.truncate(segment, 0)
    return scene.window(instance=False, store="${nas.store}")


def _shell(server: kubernetes.Server, script: str) -> str:
    pod = ["--namespace", server.namespace, "-c", "postgres", server.primary()]
    within = f"cd /var/lib/postgresql/data/pgdata/pg_wal && {script}"
    return server.kubernetes.kubectl("exec", *pod, "--", "sh", "-c", within)


def _dumped(server: kubernetes.Server, first: str, last: str) -> tuple[list[str], list[_Record]]:
    """The segments from one to another, and what PostgreSQL itself reads in them."""
    listed = _shell(server, "ls").split()
    names = [name for name in sorted(listed) if re.fullmatch("[0-9A-F]{24}", name) and first <= name <= last]
    found: list[_Record] = []
    for line in _shell(server, f"TZ=UTC pg_waldump --path . {first} {last} 2>/dev/null").splitlines():
        position, ended, point = _LSN.search(line), _ENDED.search(line), _POINT.search(line)
        assert position, line
        lsn = (int(position[1], 16) << 32) + int(position[2], 16)
        found.append((lsn, ended[1] if ended else None, point[1] if point else None))
    return names, found


def _read(server: kubernetes.Server, names: list[str]) -> list[_Record]:
    """What tau reads in the same segments."""
    log = wal_records.Log()
    contents = [base64.b64decode(_shell(server, f"base64 {name}")) for name in names]
    records = [record for content in contents for record in log.records(content)]
    return [(one.lsn, one.ended.strftime("%Y-%m-%d %H:%M:%S.%f") if one.ended else None, one.point) for one in records]


def test_one_program_makes_an_instance_and_asks_for_its_window(course: Course) -> None:
    assert course.preview.diagnostics() == []
    assert course.begun["serverName"] == _GENERATION


def test_the_base_backup_is_told_with_its_times_and_its_size_on_the_share(course: Course) -> None:
    (backup,) = course.living["backups"]
    assert (backup["backupId"], backup["status"], backup["version"]) == (course.backup, "DONE", "15")
    assert backup["bytes"] == course.size
    assert datetime.datetime.fromisoformat(backup["ended"]) == course.ended
    assert backup["serverName"] == _GENERATION
    assert (backup["restorable"], backup["problem"]) == (True, "")


def test_the_window_begins_with_the_base_backup_and_ends_with_the_last_segment(course: Course) -> None:
    assert datetime.datetime.fromisoformat(course.living["firstRestorable"]) == course.ended
    last = datetime.datetime.fromisoformat(course.living["lastRestorable"])
    assert abs(last - course.archived) < datetime.timedelta(seconds=2)
    assert course.living["lastWal"] == course.segment
    assert 0 <= course.living["lastWalAgeSeconds"] < 300


def test_what_is_left_of_a_deleted_instance_is_told_from_its_store(course: Course) -> None:
    assert course.gone["generations"] == course.living["generations"] == [_GENERATION]
    assert course.gone["backups"] == course.living["backups"]
    assert course.gone["lastWal"] >= course.segment


def test_a_base_backup_that_lost_its_files_is_told_with_what_is_missing(course: Course) -> None:
    (backup,) = course.damaged["backups"]
    assert (backup["status"], backup["restorable"]) == ("DONE", False)
    missing = "data.tar is missing; the WAL written during it has not reached the store: segment "
    assert backup["problem"].startswith(missing)
    assert backup["problem"].endswith(" is empty")
    assert (course.damaged["firstRestorable"], course.damaged["lastRestorable"]) == ("", "")


def test_of_a_deleted_instance_the_store_has_to_be_given(course: Course) -> None:
    assert f"/{_NAME}; set `store` to look for one that is gone" in course.unknown.output


def test_looking_leaves_no_job_behind(course: Course) -> None:
    assert {name for name in course.jobs if "archive" in name} == set()


def test_the_log_is_read_as_postgresql_reads_it(course: Course) -> None:
    assert len(course.dumped) > 1000
    assert "a name" in [point for _, _, point in course.dumped]
    assert course.read == course.dumped
