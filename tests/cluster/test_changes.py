"""A server changes while a client writes: `up` ends when the change has arrived, and no row is lost on the way."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack
from testbed.drive.operator_state import OperatorState
from tests.cluster import ledger
from tests.cluster.conftest import NewStack
from tests.cluster.writer import Writer

_CLUSTER = "postgres-server"
_BEGIN = {"storage": {"size": "512Mi"}}
_GROWN = {"storage": {"size": "1Gi"}}
_RESTARTED = {
    **_GROWN,
    "walStorage": {"size": "256Mi"},
    "parameters": {"max_connections": "57", "work_mem": "5MB"},
    "resources": {"limits": {"memory": "320Mi"}, "requests": {"cpu": "20m", "memory": "64Mi"}},
}
# Debian has one minor version of 15 only, so this is another name of the same bytes: for the operator another image.
_MINOR = {**_RESTARTED, "image": "ghcr.io/cloudnative-pg/postgresql:15-standard-bookworm"}
_LAST = {**_MINOR, "walStorage": {"size": "512Mi"}}
# By the change, the inputs of the server and those of the database.
_REFUSED: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "storage": ({**_LAST, "storage": {"size": "512Mi"}}, {}),
    "wal": ({**_LAST, "walStorage": {"size": "256Mi"}}, {}),
    "no wal": ({name: value for name, value in _LAST.items() if name != "walStorage"}, {}),
    "version": ({**_GROWN, "version": "14"}, {}),
    "instance": ({**_LAST, "name": "postgres-other"}, {}),
    "owner": (_LAST, {"owner": "somebody"}),
    "database": (_LAST, {"name": "store"}),
}


@dataclasses.dataclass(frozen=True)
class Scene:
    """A server, a database on it, and a client that writes."""

    cluster: kubernetes.Kubernetes
    namespace: str
    owned: stack.Stack
    server: kubernetes.Server

    def program(self, server: Mapping[str, Any], **database: Any) -> stack.Program:
        """The program with these inputs."""
        resources = {
            "server": programs.instance(self.namespace, **server),
            "shop": programs.shared(self.namespace, "server", **database),
        }
        return {"resources": resources, "outputs": {"url": "${shop.connectionString}"}}

    def objects(self) -> set[str]:
        """Everything that holds data or the way to it, as it is now."""
        kinds = "cluster,pvc,databases.postgresql.cnpg.io,databaseroles.postgresql.cnpg.io,secret"
        listed = self.cluster.kubectl("get", kinds, "--namespace", self.namespace, "-o", "json")
        about = [one["metadata"] | {"kind": one["kind"]} for one in json.loads(listed)["items"]]
        return {f"{one['kind']} {one['name']} {one['uid']} {one.get('generation')}" for one in about}

    def identities(self) -> set[str]:
        """The same, whatever was changed in place."""
        return {one.rpartition(" ")[0] for one in self.objects()}


@dataclasses.dataclass
class Course:
    """What was seen right after each `up`; `waits` are the client's longest, in seconds.

    Of a busy machine they tell little; whether the server has `restarted` tells what a change asks of its clients.
    """

    refused: dict[str, stack.Result] = dataclasses.field(default_factory=dict)
    untouched: bool = False
    results: dict[str, stack.Result] = dataclasses.field(default_factory=dict)
    seen: dict[str, Any] = dataclasses.field(default_factory=dict)
    waits: dict[str, float] = dataclasses.field(default_factory=dict)
    restarted: dict[str, bool] = dataclasses.field(default_factory=dict)


@pytest.fixture(scope="module")
def scene(operator: None, new_stack: NewStack, namespace: str, cluster: kubernetes.Kubernetes) -> Scene:
    scene = Scene(cluster, namespace, new_stack(), kubernetes.Server(cluster, namespace, _CLUSTER))
    scene.owned.up(scene.program(_BEGIN))
    return scene


@dataclasses.dataclass(frozen=True)
class Steps:
    """Takes one step after another, and measures how long the client had to wait."""

    scene: Scene
    course: Course
    writer: Writer

    def step(self, name: str, act: Callable[[], stack.Result], look: Callable[[], Any]) -> None:
        """Change something, look at the cluster right afterwards, and wait for the client's next row."""
        since, started = self.writer.mark(), self.started()
        self.course.results[name] = act()
        self.course.seen[name] = look()
        self.course.restarted[name] = self.started() != started
        self.writer.wait()
        self.course.waits[name] = self.writer.longest_wait(since)
        print(f"{name}: a client waited {self.course.waits[name]:.1f} s at most")

    def started(self) -> list[str]:
        """Since when the server runs."""
        return self.scene.server.sql("SELECT pg_postmaster_start_time()")

    def up(
        self,
        name: str,
        server: Mapping[str, Any],
        look: Callable[[], Any],
        extensions: tuple[str, ...] = (),
        *,
        fails: bool = False,
    ) -> None:
        """The same with `pulumi up`."""
        program = self.scene.program(server, extensions=list(extensions))
        self.step(name, lambda: self.scene.owned.up(program, fails=fails), look)


@pytest.fixture(scope="module")
def course(scene: Scene, operator_state: OperatorState, tmp_path_factory: pytest.TempPathFactory) -> Course:
    url = str(scene.owned.output("url"))
    client = scene.cluster.start_client(scene.namespace)
    book, writer = ledger.Ledger(client, url), Writer(client, url)
    book.create()
    written = book.write()
    writer.start()
    course = Course()
    steps, made = Steps(scene, course, writer), scene.identities()
    steps.up("growth", _GROWN, lambda: _capacities(scene))
    steps.up("restart", _RESTARTED, lambda: _settings(scene))
    steps.up("minor", _MINOR, lambda: _image(scene))
    course.seen["identities"] = scene.identities() >= made
    steps.up("extensions", _LAST, lambda: _extensions(scene), ("hstore", "pg_trgm"))
    course.seen["wal"] = _capacities(scene)
    steps.step("refused", lambda: _refuse(scene, course), scene.objects)
    client.sql(url, "CREATE TABLE tag (pairs hstore); INSERT INTO tag VALUES ('a=>1')")
    steps.up("needed", _LAST, lambda: client.sql(url, "SELECT * FROM tag"), ("pg_trgm",), fails=True)
    client.sql(url, "DROP TABLE tag")
    steps.up("dropped", _LAST, lambda: _extensions(scene), ("pg_trgm",))
    course.seen["primary"] = scene.server.primary()
    steps.up("three", {**_LAST, "instances": 3}, lambda: _replicas(scene), ("pg_trgm",))
    steps.up("one", _LAST, lambda: _replicas(scene), ("pg_trgm",))
    course.seen["primary after"] = scene.server.primary()
    manifest = tmp_path_factory.mktemp("operator") / "operator.yaml"
    # There is one image of the operator only: another manifest makes its Pod anew.
    steps.step("operator", lambda: operator_state.change(manifest), lambda: scene.owned.preview().changed)
    operator_state.change(None)
    writer.stop()
    course.seen["lost"] = writer.lost()
    course.seen["checksums"] = (written, book.checksum())
    return course


def _refuse(scene: Scene, course: Course) -> stack.Result:
    before = scene.objects()
    for name, (server, database) in _REFUSED.items():
        course.refused[name] = scene.owned.preview(scene.program(server, **database), fails=True)
    server, database = _REFUSED["instance"]
    result = scene.owned.up(scene.program(server, **database), fails=True)
    course.untouched = scene.objects() == before
    return result


def _capacities(scene: Scene) -> dict[str, str]:
    listed = json.loads(scene.cluster.kubectl("get", "pvc", "--namespace", scene.namespace, "-o", "json"))["items"]
    return {one["metadata"]["name"]: one["status"]["capacity"]["storage"] for one in listed}


def _settings(scene: Scene) -> list[str]:
    pod = scene.cluster.get("pod", f"{_CLUSTER}-1", scene.namespace)
    resources = pod["spec"]["containers"][0]["resources"]
    settings = [one for name in ("max_connections", "work_mem") for one in scene.server.sql(f"SHOW {name}")]
    log = scene.cluster.kubectl(
        *("exec", "--namespace", scene.namespace, "-c", "postgres", f"{_CLUSTER}-1", "--"),
        *("readlink", "-f", "/var/lib/postgresql/data/pgdata/pg_wal"),
    )
    return [*settings, resources["requests"]["cpu"], resources["limits"]["memory"], log.strip()]


def _image(scene: Scene) -> str:
    return str(scene.cluster.get("pod", f"{_CLUSTER}-1", scene.namespace)["spec"]["containers"][0]["image"])


def _extensions(scene: Scene) -> set[str]:
    return set(scene.server.sql("SELECT extname FROM pg_extension", "shop")) - {"plpgsql"}


def _replicas(scene: Scene) -> tuple[int, list[str], set[str], int]:
    ready = scene.cluster.get("cluster", _CLUSTER, scene.namespace)["status"]["readyInstances"]
    budgets = scene.cluster.names("poddisruptionbudget", scene.namespace)
    replicas = scene.server.sql("SELECT state FROM pg_stat_replication WHERE application_name LIKE 'postgres-server%'")
    selector = ("--selector", "cnpg.io/podRole=instance")
    pods = scene.cluster.kubectl("get", "pod", *selector, "--namespace", scene.namespace, "-o", "name")
    return ready, replicas, budgets, len(pods.split())


def test_what_would_lose_data_is_refused_in_a_preview_with_what_to_do(course: Course) -> None:
    told = {
        "storage": ("property storage.size with value '{512Mi}'", "a volume cannot shrink"),
        "wal": ("property walStorage.size with value '{256Mi}'", "a volume cannot shrink"),
        "no wal": ("property walStorage", "cannot be removed again; leave it set"),
        "version": ("property version with value '{14}'", "a downgrade is not possible"),
        "instance": ("/postgres-server holds data, and the program no longer creates it under this name", "pg_dump"),
        "owner": ("property owner with value '{somebody}'", "whose tables belong to 'shop'"),
        "database": ("'store' is not 'shop', under which the data was created", "pg_dump"),
    }
    missing = {name: text for name, texts in told.items() for text in texts if text not in course.refused[name].output}
    assert missing == {}


def test_a_refused_change_is_refused_before_anything_happens(course: Course) -> None:
    assert "holds data, and the program no longer creates it under this name" in course.results["refused"].output
    assert course.results["refused"].changed == {}
    assert course.untouched


def test_changes_replace_nothing(course: Course) -> None:
    for name in ("growth", "restart", "minor", "extensions", "dropped", "three", "one"):
        assert set(course.results[name].changed) == {"update"}, name
    assert course.seen["identities"]


def test_both_volumes_grow_in_place_without_down_time(course: Course) -> None:
    assert course.seen["growth"] == {f"{_CLUSTER}-1": "1Gi"}
    assert course.seen["wal"] == {f"{_CLUSTER}-1": "1Gi", f"{_CLUSTER}-1-wal": "512Mi"}


def test_only_what_needs_it_restarts_the_server(course: Course) -> None:
    assert {name for name, restarted in course.restarted.items() if restarted} == {"restart", "minor"}


def test_parameters_memory_and_a_volume_for_the_log_are_in_force_when_up_ends(course: Course) -> None:
    assert course.seen["restart"] == ["57", "5MB", "20m", "320Mi", "/var/lib/postgresql/wal/pg_wal"]
    assert course.waits["restart"] < 120


def test_the_image_of_another_minor_version_runs_when_up_ends(course: Course) -> None:
    # With the digest that the server started with.
    assert course.seen["minor"].partition("@")[0] == _MINOR["image"]
    assert course.waits["minor"] < 120


def test_extensions_come_and_go_with_the_input(course: Course) -> None:
    assert course.seen["extensions"] == {"hstore", "pg_trgm"}
    assert course.seen["dropped"] == {"pg_trgm"}


def test_an_extension_that_is_needed_is_not_dropped_and_postgresql_says_why(course: Course) -> None:
    assert "other objects depend on it" in course.results["needed"].output
    assert course.seen["needed"] == '"a"=>"1"'


def test_two_replicas_stream_when_up_ends_and_there_is_a_disruption_budget(course: Course) -> None:
    ready, replicas, budgets, pods = course.seen["three"]
    assert (ready, replicas, pods) == (3, ["streaming"] * 2, 3)
    assert budgets


def test_back_to_one_instance_the_primary_stays_and_nothing_else(course: Course) -> None:
    assert course.seen["one"] == (1, [], set(), 1)
    assert course.seen["primary after"] == course.seen["primary"]


def test_another_operator_leaves_the_servers_alone(course: Course) -> None:
    assert set(course.results["operator"].changed) == {"update"}
    assert course.seen["operator"] == {}


def test_no_confirmed_row_is_lost_and_none_is_changed(course: Course) -> None:
    assert course.seen["lost"] == set()
    before, after = course.seen["checksums"]
    assert before == after
