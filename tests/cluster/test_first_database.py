"""The example, on a cluster that knows nothing of PostgreSQL yet: from one `up` to a `destroy` that leaves nothing."""

import dataclasses
import pathlib

import pytest
import yaml

from testbed.drive import kubernetes, operator_state, stack
from tests.cluster.conftest import NewStack

_EXAMPLE = stack.CHECKOUT / "examples" / "database-yaml"
_OPERATORS = "cnpg-system"


@dataclasses.dataclass(frozen=True)
class Course:
    """What each step of the course reported."""

    up: stack.Result
    row: kubernetes.Answer
    second_up: stack.Result
    refresh: stack.Result
    preview: stack.Result
    destroy: stack.Result
    stayed: set[str]
    remaining: set[str]
    definitions: set[str]


@pytest.fixture(scope="module")
def course(empty_cluster: None, new_stack: NewStack, cluster: kubernetes.Kubernetes) -> Course:
    before = cluster.inventory()
    example = new_stack()
    # The manifests are known by their digests, so a copy of them is as good as the internet.
    example.environment |= stack.without_internet(example.environment)
    first = example.up(_program(_EXAMPLE / "Pulumi.yaml"))
    client = cluster.start_client("default", env=example.output("environment"))
    row = client.shell(
        'psql "$DATABASE_URL" -qAtc "CREATE TABLE memo (text text); INSERT INTO memo VALUES (\'kept\')"'
        ' && psql "$DATABASE_URL" -Atc "SELECT text FROM memo"'
    )
    second = example.up()
    refreshed = example.refresh()
    previewed = example.preview()
    client.remove()
    about = {"name": "somebody-elses", "namespace": _OPERATORS}
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": {"precious": "yes"}})
    destroyed = example.destroy()
    stayed = cluster.names("configmap", _OPERATORS)
    cluster.delete_namespace(_OPERATORS, wait=True)
    remaining = cluster.inventory() - before
    found = operator_state.definitions(cluster)
    return Course(first, row, second, refreshed, previewed, destroyed, stayed, remaining, found)


def _program(example: pathlib.Path) -> stack.Program:
    program = yaml.safe_load(example.read_text())
    kept = {key: program[key] for key in ("resources", "variables") if key in program}
    return kept | {"outputs": {"environment": "${database.environment}"}}


def test_one_up_makes_operator_and_database_on_an_empty_cluster(course: Course) -> None:
    assert set(course.up.changed) == {"create"}


def test_an_application_reads_a_row_through_its_database_url(course: Course) -> None:
    assert course.row == kubernetes.Answer(0, "kept\n")


def test_a_second_up_changes_nothing(course: Course) -> None:
    assert course.second_up.changes
    assert course.second_up.changed == {}


def test_a_refresh_finds_no_difference(course: Course) -> None:
    assert course.refresh.changes
    assert course.refresh.changed == {}


def test_a_preview_after_a_refresh_plans_nothing(course: Course) -> None:
    assert course.preview.changes
    assert course.preview.changed == {}


def test_destroy_deletes_all_that_was_made(course: Course) -> None:
    assert course.destroy.changed == {"delete": course.up.changed["create"]}


def test_the_namespace_of_the_operator_stays_with_what_others_have_in_it(course: Course) -> None:
    assert "somebody-elses" in course.stayed


def test_destroy_leaves_the_definitions_of_the_operator_and_nothing_else(course: Course) -> None:
    assert course.definitions
    assert course.remaining == {f"CustomResourceDefinition  {name}" for name in course.definitions}
