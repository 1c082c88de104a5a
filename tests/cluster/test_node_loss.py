"""A node loses its power: servers and applications go on on the other node, with all rows, after one command.

`docs/node-loss.md` is what a user reads; the figures in it are those that this prints with `-s`.
"""

import dataclasses
import json
import os
import pathlib
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from tests.bed.driver import Bed
from tests.cluster import applications, kubernetes, ledger, programs, waiting
from tests.cluster.conftest import NewStack

_LOST, _LEFT = "node2", "node1"
_ALONE, _PAIR = "postgres-alone", "postgres-pair"
_OUT_OF_SERVICE = "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"


@pytest.fixture(scope="module")
def second_node(operator: None, bed: dict[str, str], cluster: kubernetes.Kubernetes) -> Iterator[Bed]:
    """A node that takes all that is new, until it is gone."""
    machine = Bed(pathlib.Path(bed["TAU_BED_STATE"]))
    machine.command("node2", "up")
    try:
        yield machine
    finally:
        cluster.kubectl("uncordon", _LEFT)
        machine.command("node2", "down")


@dataclasses.dataclass
class Course:
    """Seconds after the loss, and what was there before and after."""

    seconds: dict[str, float]
    before: dict[str, str]
    after: dict[str, str]
    volumes_before: set[str]
    volumes_after: set[str]
    nodes: dict[str, str]
    without_command: set[str]
    preview: dict[str, int]


@pytest.fixture(scope="module")
def course(second_node: Bed, new_stack: NewStack, namespace: str, cluster: kubernetes.Kubernetes) -> Course:
    client = cluster.start_client(namespace)
    cluster.kubectl("cordon", _LEFT)
    owned = new_stack()
    owned.up(_program(namespace))
    cluster.kubectl("uncordon", _LEFT)
    owned.up(_program(namespace, instances=2))
    books = {name: ledger.Ledger(client, str(owned.output(name))) for name in ("alone", "pair")}
    for book in books.values():
        book.create()
    before = {name: book.write() for name, book in books.items()}
    volumes = _volumes(cluster, namespace)
    assert _node(cluster, namespace, _primary(cluster, namespace, _PAIR)) == _LOST
    assert _node(cluster, namespace, f"{_ALONE}-1") == _LOST

    begin = time.monotonic()
    os.kill(second_node.init(_LOST), signal.SIGKILL)
    seconds: dict[str, float] = {}

    def reached(what: str, condition: Callable[[], object]) -> None:
        waiting.until(what, condition, seconds=240)
        seconds[what] = time.monotonic() - begin

    reached("the node is not ready", lambda: _status(cluster) != "True")
    pair = books["pair"]
    reached(
        "two instances serve", lambda: pair.client.try_sql(pair.url, "INSERT INTO ledger (text) VALUES (1)").code == 0
    )
    without = {item for item in cluster.names("pod", namespace) if _node(cluster, namespace, item) == _LEFT}
    cluster.kubectl("taint", "node", _LOST, _OUT_OF_SERVICE)
    seconds["the command"] = time.monotonic() - begin
    alone = books["alone"]
    reached("one instance serves", lambda: alone.client.try_sql(alone.url, "SELECT 1").code == 0)
    reached("the application runs", lambda: _available(cluster, namespace))
    print(json.dumps({what: round(value) for what, value in seconds.items()}))
    pair.client.sql(pair.url, "DELETE FROM ledger WHERE text = '1'")
    pods = [f"{_ALONE}-1", _primary(cluster, namespace, _PAIR)]
    return Course(
        seconds=seconds,
        before=before,
        after={name: book.checksum() for name, book in books.items()},
        volumes_before=volumes,
        volumes_after=_volumes(cluster, namespace),
        nodes={pod: _node(cluster, namespace, pod) for pod in pods},
        without_command=without,
        preview=owned.preview().changed,
    )


def _program(namespace: str, *, instances: int = 1) -> dict[str, object]:
    resources = {
        "alone": programs.instance(namespace),
        "pair": programs.instance(namespace, instances=instances),
        "of-alone": programs.shared(namespace, "alone"),
        "of-pair": programs.shared(namespace, "pair"),
        "shop": applications.visits(namespace, database={"instance": "${alone.name}"}),
    }
    urls = {"alone": "${of-alone.connectionString}", "pair": "${of-pair.connectionString}"}
    return {"resources": resources, "outputs": urls}


def _primary(cluster: kubernetes.Kubernetes, namespace: str, name: str) -> str:
    return kubernetes.Server(cluster, namespace, name).primary()


def _node(cluster: kubernetes.Kubernetes, namespace: str, pod: str) -> str:
    return str(cluster.get("pod", pod, namespace)["spec"].get("nodeName"))


def _status(cluster: kubernetes.Kubernetes) -> str:
    query = '{.status.conditions[?(@.type=="Ready")].status}'
    return cluster.kubectl("get", "node", _LOST, "-o", f"jsonpath={query}")


def _volumes(cluster: kubernetes.Kubernetes, namespace: str) -> set[str]:
    listed = json.loads(cluster.kubectl("get", "pvc", "--namespace", namespace, "-o", "json"))
    return {item["spec"]["volumeName"] for item in listed["items"]}


def _available(cluster: kubernetes.Kubernetes, namespace: str) -> bool:
    status = cluster.get("deployment", "shop", namespace)["status"]
    return bool(status.get("availableReplicas"))


def test_two_instances_go_on_without_anybody(course: Course) -> None:
    assert course.seconds["two instances serve"] < course.seconds["the command"]


def test_one_instance_waits_for_whoever_knows_that_the_node_is_off(course: Course) -> None:
    assert f"{_ALONE}-1" not in course.without_command


def test_after_the_command_a_single_instance_runs_on_the_other_node(course: Course) -> None:
    assert set(course.nodes.values()) == {_LEFT}
    assert course.seconds["one instance serves"] - course.seconds["the command"] < 120


def test_every_row_is_there_on_the_same_volumes(course: Course) -> None:
    assert course.after == course.before
    assert course.volumes_before <= course.volumes_after


def test_tau_has_nothing_to_do_about_it(course: Course) -> None:
    assert course.preview == {}
