"""A TypeScript program moves from its own classes to tau: its databases, and all that does not move, stay."""

import base64
import dataclasses
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import pytest

from testbed.drive import applications, kubernetes, programs, stack
from tests.cluster import household
from tests.cluster.conftest import NewStack
from tests.cluster.household import Household, StandaloneServer, Table

_GUARD = 'import "../prepared/keep";\n'
_READINGS = "SET ROLE miniflux; CREATE TABLE reading AS SELECT id, md5(id::text) FROM generate_series(1, 500) AS id"
_MOVED = re.compile(r"Pod (feeds/feeds|ledger/ledger)-[0-9a-f]+-[0-9a-z]+")


@dataclasses.dataclass(frozen=True)
class Scene:
    """The cluster at one moment: uids of what lasts and of Pods, rows by table, and the ledger's password."""

    lasting: dict[str, str]
    pods: dict[str, str]
    rows: dict[str, str]
    password: str


@dataclasses.dataclass(frozen=True)
class Course:
    """What each step of the course reported, and the cluster before and after it."""

    prepare: stack.Result
    without_alias: stack.Result
    migrate: stack.Result
    second_up: stack.Result
    destroy: stack.Result
    before: Scene
    after: Scene
    labels: dict[str, str]
    healthcheck: str
    unprotected: list[str]
    remaining: set[str]


@dataclasses.dataclass(frozen=True)
class Place:
    """The cluster as the household uses it; `recipes` is the recipe book's server, `owner` the ledger's Secret."""

    cluster: kubernetes.Kubernetes
    recipes: household.Server
    owner: str

    def tables(self) -> dict[str, Table]:
        """The table of each application that has one."""
        feeds, ledger = (kubernetes.Server(self.cluster, name, f"{name}-db") for name in ("feeds", "ledger"))
        return {
            "feeds": Table(feeds, "miniflux", "reading"),
            "ledger": Table(ledger, "household_ledger", "entry"),
            "recipes": Table(self.recipes, "recipes", "recipe"),
        }

    def scene(self, last: dict[str, int]) -> Scene:
        """The moment; of each table the rows up to `last`."""
        rows = {name: table.content(last[name]) for name, table in self.tables().items()}
        secret = self.cluster.get("secret", self.owner, "ledger")
        password = base64.b64decode(secret["data"]["password"]).decode()
        return Scene(household.lasting(self.cluster), household.pods(self.cluster), rows, password)


@pytest.fixture(scope="module")
def home(
    empty_cluster: None, bed: dict[str, str], sdks: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Household]:
    # `tools/check-sdk` knows whether the types are right; the compiler needs as long for them as for all the rest.
    environment = {**bed, "PULUMI_NODEJS_TRANSPILE_ONLY": "true"}
    made = stack.Stack(tmp_path_factory.mktemp("household"), environment, "household")
    yield Household(made, sdks / "node_modules", pathlib.Path(bed["TAU_BED_MANIFESTS"]))
    made.run("state", "unprotect", "--all", "--yes", fails=None)
    made.remove()


@pytest.fixture(scope="module")
def course(home: Household, cluster: kubernetes.Kubernetes, new_stack: NewStack) -> Course:
    at_first = cluster.inventory()
    old = Place(cluster, StandaloneServer(cluster, "recipes", "recipes-db-0"), "ledger-db-owner")
    home.main("before")
    home.stack.up()
    kubernetes.Server(cluster, "feeds", "feeds-db").sql(_READINGS, "miniflux")
    for table in old.tables().values():
        table.last()
    home.stack.configure("recipes_replicas", "0")
    home.main("prepared")
    prepare = home.stack.up()
    last = {name: table.last() for name, table in old.tables().items()}
    before = old.scene(last)

    by_name = {"resources": {"server": programs.instance("feeds", name="feeds-db")}}
    without_alias = new_stack().preview(by_name, fails=True)
    home.main("after")
    migrate = home.stack.up()
    new = Place(
        cluster, kubernetes.Server(cluster, "recipes", "postgres-recipes"), "ledger-db-household-ledger-connection"
    )
    for name in ("ledger", "recipes"):
        new.tables()[name].last(above=last[name])
    after = new.scene(last)
    unprotected = [one["urn"] for one in home.stack.resources() if _holds_data(one["type"]) and not one.get("protect")]
    labels = cluster.get("networkpolicy", "feeds-db", "feeds")["metadata"]["labels"]
    return Course(
        prepare=prepare,
        without_alias=without_alias,
        migrate=migrate,
        before=before,
        after=after,
        labels=labels,
        healthcheck=_healthcheck(cluster),
        unprotected=unprotected,
        **_left(home, cluster, at_first),
    )


def _healthcheck(cluster: kubernetes.Kubernetes) -> str:
    client = applications.requester(cluster, "feeds")
    answer = client.text("http://feeds/healthcheck").strip()
    cluster.kubectl("delete", "pod", client.name, "--namespace", "feeds")
    return answer


def _left(home: Household, cluster: kubernetes.Kubernetes, at_first: set[str]) -> dict[str, Any]:
    """What is out of the program, then out of the state, and still there."""
    home.edit("after/index.ts", _GUARD, "")
    second_up = home.stack.up()
    home.stack.run("state", "unprotect", "--all", "--yes")
    destroy = home.stack.destroy()
    remaining = cluster.inventory() - at_first
    cluster.delete_namespace("feeds")
    return {"second_up": second_up, "destroy": destroy, "remaining": remaining}


def _holds_data(kind: str) -> bool:
    return kind.endswith((":Cluster", ":PersistentVolumeClaim", ":StatefulSet"))


def test_preparing_changes_nothing_but_what_has_to_stop(course: Course) -> None:
    assert course.prepare.changed == {"update": 1}


def test_without_its_alias_a_database_is_left_alone(course: Course) -> None:
    told = "\n".join(text for _, text in course.without_alias.diagnostics())
    assert "Cluster feeds/feeds-db already exists and is not managed by tau" in told


def test_everything_that_holds_data_is_the_very_same_object(course: Course) -> None:
    expected = {
        *("Cluster feeds/feeds-db", "Cluster ledger/ledger-db"),
        *(f"PersistentVolumeClaim {one}" for one in ("feeds/feeds-db-1", "ledger/ledger-db-1")),
        *(f"PersistentVolumeClaim {one}" for one in ("ledger/ledger-receipts", "recipes/data-recipes-db-0")),
        "StatefulSet recipes/recipes-db",
        *(f"Namespace /{one}" for one in household.NAMESPACES),
        "CustomResourceDefinition /clusters.postgresql.cnpg.io",
    }
    assert expected <= course.before.lasting.keys()
    assert course.before.lasting.items() <= course.after.lasting.items()


def test_only_the_pods_of_applications_that_moved_are_new(course: Course) -> None:
    gone = [place for place, uid in course.before.pods.items() if course.after.pods.get(place) != uid]
    assert [place for place in gone if not _MOVED.fullmatch(place)] == []
    assert len(gone) == 2


def test_every_row_is_there(course: Course) -> None:
    assert course.before.rows["feeds"].startswith("500 ")
    assert course.after.rows == course.before.rows


def test_a_password_that_was_kept_is_the_same(course: Course) -> None:
    assert course.after.password == course.before.password


def test_an_application_answers_where_it_did(course: Course) -> None:
    assert course.healthcheck == "OK"


def test_a_transform_reaches_what_tau_makes(course: Course) -> None:
    assert course.labels["example.com/household"] == "garden"


def test_what_holds_data_stays_protected(course: Course) -> None:
    assert course.unprotected == []


def test_nothing_is_deleted_but_what_has_a_successor(course: Course) -> None:
    deleted = {
        one["resourcePreEvent"]["metadata"]["urn"].rpartition("$")[2]
        for one in course.migrate.events
        if "resourcePreEvent" in one and one["resourcePreEvent"]["metadata"]["op"].startswith("delete")
    }
    assert {one for one in deleted if one.startswith("kubernetes:")} == {
        "kubernetes:apps/v1:Deployment::feeds",
        "kubernetes:core/v1:Namespace::feeds",
        "kubernetes:core/v1:Secret::ledger-db-owner",
    }


def test_a_second_up_without_the_guard_changes_nothing(course: Course) -> None:
    """It only reads the Secret with the password that the feed reader keeps."""
    assert course.second_up.changed == {"read": 1}


def test_destroy_deletes_all_but_the_definitions_and_the_namespaces_that_tau_did_not_make(course: Course) -> None:
    """One left the program, and the operator's was made by the program before tau."""
    assert set(course.destroy.changed) == {"delete", "discard"}
    assert {one for one in course.remaining if not one.startswith("CustomResourceDefinition ")} == {
        text
        for name in ("feeds", "cnpg-system")
        for text in (f"Namespace  {name}", f"ConfigMap {name} kube-root-ca.crt", f"ServiceAccount {name} default")
    }
