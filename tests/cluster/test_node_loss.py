"""A node loses its power: servers and applications go on on the other node, with all rows, after one command.

`docs/node-loss.md` is what a user reads; the figures in it are those that this prints with `-s`.
"""

import dataclasses
import json
import os
import pathlib
import signal
import time
from collections.abc import Callable, Iterator, Mapping

import pytest

from testbed.drive import applications, kubernetes, programs, stack, waiting
from testbed.drive.bed import Bed
from tests.cluster import ledger
from tests.cluster.conftest import NewStack

pytestmark = pytest.mark.faults

_LOST, _LEFT = "node2", "node1"
_ALONE, _PAIR = "postgres-alone", "postgres-pair"
_OUT_OF_SERVICE = "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"


@pytest.fixture(scope="module")
def client(operator: None, namespace: str, cluster: kubernetes.Kubernetes) -> kubernetes.Client:
    """On the node that is left, the only one so far."""
    return cluster.start_client(namespace)


@pytest.fixture(scope="module")
def second_node(client: kubernetes.Client, bed: dict[str, str], cluster: kubernetes.Kubernetes) -> Iterator[Bed]:
    """A node that takes all that is new, until it is gone."""
    machine = Bed(pathlib.Path(bed["TAU_BED_STATE"]))
    machine.command("node2", "up")
    try:
        yield machine
    finally:
        cluster.kubectl("uncordon", _LEFT)
        machine.command("node2", "down")


@dataclasses.dataclass(frozen=True)
class Course:
    """Seconds after the loss, and what was there before it and after."""

    seconds: Mapping[str, float]
    before: Mapping[str, str]
    after: Mapping[str, str]
    volumes_before: set[str]
    volumes_after: set[str]
    nodes: Mapping[str, str]
    nodes_before_command: Mapping[str, str]
    preview: Mapping[str, int]


class Watch:
    """Measures from the moment at which the power was cut."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self.seconds: dict[str, float] = {}

    def note(self, what: str) -> None:
        """It is now that this has come about."""
        self.seconds[what] = time.monotonic() - self._begin

    def reached(self, what: str, condition: Callable[[], object]) -> None:
        """Wait for something."""
        waiting.until(what, condition, seconds=240)
        self.note(what)


@pytest.fixture(scope="module")
def owned(second_node: Bed, new_stack: NewStack, namespace: str, cluster: kubernetes.Kubernetes) -> stack.Stack:
    """Everything is on the second node, but for the replica of the pair."""
    made = new_stack()
    cluster.kubectl("cordon", _LEFT)
    made.up(_program(namespace))
    cluster.kubectl("uncordon", _LEFT)
    made.up(_program(namespace, instances=2))
    assert set(_nodes(cluster, namespace).values()) == {_LOST}
    return made


@pytest.fixture(scope="module")
def course(
    second_node: Bed, client: kubernetes.Client, owned: stack.Stack, namespace: str, cluster: kubernetes.Kubernetes
) -> Course:
    books = {name: ledger.Ledger(client, str(owned.output(name))) for name in ("alone", "pair")}
    for book in books.values():
        book.create()
    before = {name: book.write() for name, book in books.items()}
    volumes = _volumes(cluster, namespace)
    os.kill(second_node.init(_LOST), signal.SIGKILL)
    watch = Watch()
    watch.reached("not ready", lambda: _condition(cluster) != "True")
    watch.reached("two instances take writes", lambda: _takes_writes(books["pair"]))
    without = _nodes(cluster, namespace)
    cluster.kubectl("taint", "node", _LOST, _OUT_OF_SERVICE)
    watch.note("the command")
    watch.reached("one instance takes writes", lambda: _takes_writes(books["alone"]))
    watch.reached("the application runs", lambda: _available(cluster, namespace))
    print(json.dumps({what: round(value) for what, value in watch.seconds.items()}))
    return Course(
        seconds=watch.seconds,
        before=before,
        after={name: book.checksum() for name, book in books.items()},
        volumes_before=volumes,
        volumes_after=_volumes(cluster, namespace),
        nodes=_nodes(cluster, namespace),
        nodes_before_command=without,
        preview=owned.preview().changed,
    )


def _program(namespace: str, *, instances: int = 1) -> stack.Program:
    resources = {
        "alone": programs.instance(namespace),
        "pair": programs.instance(namespace, instances=instances),
        "of-alone": programs.shared(namespace, "alone"),
        "of-pair": programs.shared(namespace, "pair"),
        "shop": applications.visits(namespace, database={"instance": "${alone.name}"}),
    }
    urls = {"alone": "${of-alone.connectionString}", "pair": "${of-pair.connectionString}"}
    return {"resources": resources, "outputs": urls}


def _nodes(cluster: kubernetes.Kubernetes, namespace: str) -> dict[str, str]:
    """Where the primary of each server is."""
    primaries = {name: kubernetes.Server(cluster, namespace, name).primary() for name in (_ALONE, _PAIR)}
    return {name: str(cluster.get("pod", pod, namespace)["spec"].get("nodeName")) for name, pod in primaries.items()}


def _takes_writes(book: ledger.Ledger) -> bool:
    statement = "CREATE TABLE IF NOT EXISTS witness (); DROP TABLE witness"
    return book.client.try_sql(book.url, statement).code == 0


def _condition(cluster: kubernetes.Kubernetes) -> str:
    query = '{.status.conditions[?(@.type=="Ready")].status}'
    return cluster.kubectl("get", "node", _LOST, "-o", f"jsonpath={query}")


def _volumes(cluster: kubernetes.Kubernetes, namespace: str) -> set[str]:
    listed = json.loads(cluster.kubectl("get", "pvc", "--namespace", namespace, "-o", "json"))
    return {item["spec"]["volumeName"] for item in listed["items"]}


def _available(cluster: kubernetes.Kubernetes, namespace: str) -> bool:
    status = cluster.get("deployment", "shop", namespace)["status"]
    return bool(status.get("availableReplicas"))


def test_two_instances_go_on_without_anybody(course: Course) -> None:
    assert course.seconds["two instances take writes"] < course.seconds["the command"]
    assert course.nodes_before_command[_PAIR] == _LEFT


def test_a_single_instance_waits_for_whoever_knows_that_the_node_is_off(course: Course) -> None:
    assert course.nodes_before_command[_ALONE] == _LOST


def test_after_the_command_a_single_instance_runs_on_the_other_node(course: Course) -> None:
    assert set(course.nodes.values()) == {_LEFT}
    assert course.seconds["one instance takes writes"] - course.seconds["the command"] < 120


def test_every_row_is_there_on_the_same_volumes(course: Course) -> None:
    assert course.after == course.before
    assert course.volumes_before <= course.volumes_after


def test_tau_has_nothing_to_do_about_it(course: Course) -> None:
    assert course.preview == {}
