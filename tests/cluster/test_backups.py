"""With the NAS in the configuration and nothing else, a database is archived; and of several servers in one store."""

import dataclasses
import json
import pathlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from testbed.drive import share as nas
from tests.cluster import ledger
from tests.cluster.conftest import NewStack

_SHOP = "postgres-shop"
_GENERATION = f"{_SHOP}-15-1"
_BACKUP = "backups.postgresql.cnpg.io"


@dataclasses.dataclass(frozen=True)
class Course:
    """What each step of the course reported, and what lay on the share."""

    up: stack.Result
    archived: Mapping[str, int]
    base: Mapping[str, int]
    shared: Mapping[str, list[str]]
    second_up: stack.Result
    preview: stack.Result
    refresh: stack.Result
    preview_after_refresh: stack.Result
    change: stack.Result
    made: list[Mapping[str, Any]]
    oldest: str
    removed: set[str]
    backups: list[str]
    needed_segment: str
    segments: set[str]
    objects: set[str]
    checksums: tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Scene:
    """Where all of it happens."""

    cluster: kubernetes.Kubernetes
    namespace: str
    neighbour: str
    share: nas.Share
    owned: stack.Stack

    @property
    def server(self) -> kubernetes.Server:
        """The server of the database."""
        return kubernetes.Server(self.cluster, self.namespace, _SHOP)

    @property
    def generation(self) -> nas.Generation:
        """Its archive."""
        return self.share.generation(f"{self.namespace}/postgres", _GENERATION)

    def up(self, **backup: Any) -> stack.Result:
        """`pulumi up`, with these properties of the database's backups."""
        return self.owned.up(_program(self.namespace, self.neighbour, **({"backup": backup} if backup else {})))

    def backups(self) -> list[Mapping[str, Any]]:
        """The Backup objects of the server."""
        listed = json.loads(self.cluster.kubectl("get", _BACKUP, "--namespace", self.namespace, "-o", "json"))["items"]
        return [one for one in listed if one["spec"]["cluster"]["name"] == _SHOP]


@pytest.fixture(scope="module")
def scene(
    empty_cluster: None,
    namespace: str,
    neighbour: str,
    share: nas.Share,
    new_stack: NewStack,
    cluster: kubernetes.Kubernetes,
) -> Scene:
    owned = new_stack()
    owned.configure("postgres_backup_nfs_path", share.address)
    return Scene(cluster, namespace, neighbour, share, owned)


@pytest.fixture(scope="module")
def course(scene: Scene) -> Course:
    first_up = scene.up()
    book = ledger.Ledger(scene.cluster.start_client(scene.namespace), str(scene.owned.output("url")))
    book.create()
    written = book.write()
    return Course(
        up=first_up,
        **_archived(scene),
        **_unchanged(scene.owned),
        **_scheduled(scene),
        **_retained(scene),
        checksums=(written, book.again().checksum()),
    )


def _archived(scene: Scene) -> dict[str, Any]:
    """What lies on the share after the first rows."""
    segment = ledger.archive(scene.server, scene.generation)
    oldest = waiting.until("the first base backup", scene.generation.backups)[0]
    return {
        "oldest": oldest,
        "archived": _sizes(scene.generation.folder.glob(f"wals/*/{segment}*")),
        "base": _sizes(scene.generation.folder.glob(f"base/{oldest}/*")),
        "shared": waiting.until("a backup of each server in the store", lambda: _shared(scene)),
    }


def _sizes(files: Iterable[pathlib.Path]) -> dict[str, int]:
    """Bytes in each file, by its name without the suffix of a compression."""
    return {file.name.removesuffix(".snappy"): file.stat().st_size for file in files}


def _unchanged(owned: stack.Stack) -> dict[str, Any]:
    return {
        "second_up": owned.up(),
        "preview": owned.preview(),
        "refresh": owned.refresh(),
        "preview_after_refresh": owned.preview(),
    }


def _scheduled(scene: Scene) -> dict[str, Any]:
    """Back up often for a while."""
    change = scene.up(schedule="*/15 * * * * *", retentionDays=1)
    waiting.until("two scheduled backups", lambda: len(scene.generation.backups()) >= 3)
    scene.up(schedule="0 0 3 * * *", retentionDays=1)
    return {"change": change, "made": waiting.until("the end of the last backup", lambda: _ended(scene.backups()))}


def _ended(backups: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """All of them, once none is at work."""
    phases = {one.get("status", {}).get("phase") for one in backups}
    return backups if phases <= {"completed", "failed"} else []


def _retained(scene: Scene) -> dict[str, Any]:
    """Let days pass for two backups on the share, and the plugin see it: it looks when it starts."""
    generation, before = scene.generation, scene.generation.backups()
    oldest, needed, *_ = before
    first, needed_segment = (generation.info(one, "begin_wal") for one in (oldest, needed))
    generation.age(oldest, days=4)
    generation.age(needed, days=2)
    scene.cluster.kubectl("delete", "pod", scene.server.primary(), "--namespace", scene.namespace)
    waiting.until("the removal of the oldest backup", lambda: oldest not in generation.backups())
    waiting.until("the removal of its log", lambda: first not in generation.segments())
    waiting.until("the removal of its object", lambda: len(scene.backups()) == len(before) - 1)
    return {
        "removed": set(before) - set(generation.backups()),
        "backups": generation.backups(),
        "needed_segment": needed_segment,
        "segments": generation.segments(),
        "objects": {one["status"]["backupId"] for one in scene.backups()},
    }


def _program(namespace: str, neighbour: str, **properties: Any) -> stack.Program:
    after = {"options": {"dependsOn": ["${operator}"]}}
    stored = {"backup": {"store": "${common.store}"}}
    common = {"namespace": namespace, "clientNamespaces": [neighbour]}
    return {
        "resources": {
            "operator": {"type": "tau:postgres:Operator"},
            "shop": programs.dedicated(namespace, **properties) | after,
            "common": {"type": "tau:postgres:BackupStore", "properties": common} | after,
            "here": programs.instance(namespace, **stored) | after,
            "there": programs.instance(neighbour, **stored) | after,
        },
        "outputs": {"url": "${shop.connectionString}"},
    }


def _shared(scene: Scene) -> dict[str, list[str]]:
    """The backups in the common store by generation, once each of its servers has one."""
    found = {name: one.backups() for name, one in scene.share.generations(f"{scene.namespace}/common").items()}
    return found if len(found) == 2 and all(found.values()) else {}


def test_one_up_with_the_nas_in_the_configuration_makes_operator_and_archived_servers(course: Course) -> None:
    assert set(course.up.changed) == {"create"}


def test_the_log_lies_on_the_share_as_files(course: Course) -> None:
    assert list(course.archived.values()) > [0]


def test_a_base_backup_lies_on_the_share_as_files(course: Course) -> None:
    assert {name for name, size in course.base.items() if size} == {"backup.info", "data.tar"}


@pytest.mark.parametrize("step", ["second_up", "preview", "refresh", "preview_after_refresh"])
def test_nothing_is_left_to_do_while_backups_go_on(course: Course, step: str) -> None:
    result = getattr(course, step)
    assert result.changes
    assert result.changed == {}


def test_servers_of_two_namespaces_share_a_store_and_keep_apart_in_it(course: Course) -> None:
    assert set(course.shared) == {"postgres-here-15-1", "postgres-there-15-1"}


def test_a_changed_schedule_is_an_update(course: Course) -> None:
    assert set(course.change.changed) == {"update"}


def test_scheduled_backups_fire_and_succeed(course: Course) -> None:
    assert len(course.made) >= 3
    assert {one["status"]["phase"] for one in course.made} == {"completed"}


def test_the_name_of_a_backup_says_server_and_time_or_that_it_is_the_first(course: Course) -> None:
    names = {one["metadata"]["name"] for one in course.made}
    assert {name for name in names if not re.fullmatch(rf"{_SHOP}-\d{{14}}", name)} == {f"{_GENERATION}-first"}


def test_a_backup_that_no_moment_needs_any_more_is_removed_and_no_other(course: Course) -> None:
    assert course.removed == {course.oldest}


def test_the_log_is_kept_from_the_oldest_needed_backup_on(course: Course) -> None:
    assert course.needed_segment == min(course.segments)


def test_the_object_of_a_removed_backup_goes_with_it(course: Course) -> None:
    assert course.objects == set(course.backups)


def test_the_rows_are_untouched(course: Course) -> None:
    before, after = course.checksums
    assert before == after
