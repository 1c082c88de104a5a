"""A program in which everything comes from something else: a namespace, a random name, and a protected database."""

import dataclasses
import uuid

import pytest

from testbed.drive import kubernetes, programs, stack
from tests.cluster.conftest import NewStack


@dataclasses.dataclass(frozen=True)
class Course:
    """What each step reported."""

    preview: stack.Result
    up: stack.Result
    second_up: stack.Result
    instance: str
    row: kubernetes.Answer
    protected: stack.Result
    row_after: kubernetes.Answer
    destroy: stack.Result


@pytest.fixture(scope="module")
def course(operator: None, new_stack: NewStack, cluster: kubernetes.Kubernetes) -> Course:
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    owned = new_stack()
    preview = owned.preview(_program(namespace, protect=True))
    up = owned.up()
    second = owned.up()
    client = cluster.start_client(namespace, env=owned.output("environment"))
    question = 'psql "$DATABASE_URL" -Atc "SELECT 1"'
    row = client.shell(question)
    protected = owned.destroy(fails=True)
    row_after = client.shell(question)
    client.remove()
    owned.up(_program(namespace, protect=False))
    instance = str(owned.output("instance"))
    return Course(preview, up, second, instance, row, protected, row_after, owned.destroy())


def _program(namespace: str, *, protect: bool) -> stack.Program:
    suffix = {"length": 6, "special": False, "upper": False}
    space = "${space.metadata.name}"
    shop = programs.shared(space, "server", extensions=["pg_trgm"])
    return {
        "resources": {
            "space": {"type": "kubernetes:core/v1:Namespace", "properties": {"metadata": {"name": namespace}}},
            "suffix": {"type": "random:RandomString", "properties": suffix},
            "server": programs.instance(space, name="server-${suffix.result}"),
            "shop": shop | {"options": {"protect": protect}},
            "note": {
                "type": "kubernetes:core/v1:ConfigMap",
                "properties": {"metadata": {"namespace": namespace}, "data": {"host": "${shop.host}"}},
                "options": {"dependsOn": ["${shop}"]},
            },
        },
        "outputs": {"environment": "${shop.environment}", "instance": "${server.name}"},
    }


def test_names_that_are_not_known_yet_are_no_obstacle_to_a_preview(course: Course) -> None:
    assert set(course.preview.changed) == {"create"}


def test_the_preview_told_how_many_resources_there_would_be(course: Course) -> None:
    assert course.preview.changed == course.up.changed


def test_the_instance_has_the_name_that_came_from_elsewhere(course: Course) -> None:
    assert len(course.instance) == len("server-") + 6


def test_the_database_answers(course: Course) -> None:
    assert course.row == kubernetes.Answer(0, "1\n")


def test_a_second_up_changes_nothing(course: Course) -> None:
    assert course.second_up.changed == {}


def test_a_protected_database_survives_destroy(course: Course) -> None:
    assert "protected" in course.protected.output
    assert course.row_after == course.row


def _done(result: stack.Result) -> list[str]:
    """The URNs of the resources in the order in which their steps ended."""
    return [event["resOutputsEvent"]["metadata"]["urn"] for event in result.events if "resOutputsEvent" in event]


def test_what_depends_on_a_database_is_made_after_it(course: Course) -> None:
    done = _done(course.up)
    last_of_database = max(index for index, urn in enumerate(done) if "tau:postgres:Database$" in urn)
    (note,) = (index for index, urn in enumerate(done) if urn.endswith("ConfigMap::note"))
    assert last_of_database < note


def test_a_server_is_deleted_after_its_databases(course: Course) -> None:
    done = _done(course.destroy)
    last_of_database = max(index for index, urn in enumerate(done) if "tau:postgres:Database$" in urn)
    (server,) = (index for index, urn in enumerate(done) if urn.endswith("::server-cluster"))
    assert last_of_database < server
