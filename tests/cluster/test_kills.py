"""A server, the operator or the API server dies in the middle of an `up` and of a `destroy`.

The command succeeds or says what is the matter, the next one succeeds, no row is lost and nothing is left over.
"""

import base64
import dataclasses
import functools
import pathlib
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from testbed.drive import applications, kubernetes, programs, stack, waiting
from testbed.drive.bed import Bed
from tests.cluster import ledger
from tests.cluster.conftest import NewStack

pytestmark = pytest.mark.faults

_NAMESPACE = "kills"
_SECONDS = 300


@dataclasses.dataclass(frozen=True)
class Place:
    """The cluster, and the machine it runs on."""

    cluster: kubernetes.Kubernetes
    machine: Bed

    def kill_servers(self) -> None:
        """Every database, without a chance to say goodbye."""
        self._delete_pods(_NAMESPACE, "cnpg.io/podRole=instance")

    def kill_operator(self) -> None:
        """The operator and its plugin."""
        self._delete_pods("cnpg-system", "app.kubernetes.io/name=cloudnative-pg")

    def restart_api_server(self) -> None:
        """As in an upgrade of the control plane, but without notice; it is away for some seconds."""
        record = self.machine.processes()["kube-apiserver"]
        enter = ["nsenter", f"--target={self.machine.init('node1')}", "--pid", "--mount", "--"]
        subprocess.run([*enter, "kill", "-KILL", record.split()[0]], check=True)
        self.machine.command("up")

    def has_server(self, part: str, _: pathlib.Path) -> bool:
        """Whether a part of the program has come as far as to a server that starts."""
        return f"postgres-{part}-1" in self.cluster.names("pod", _NAMESPACE)

    def inventory(self) -> set[str]:
        """Everything but the Pods of the operator, which are others after it was killed."""
        return {one for one in self.cluster.inventory() if " cnpg-system " not in one}

    def _delete_pods(self, namespace: str, labels: str) -> None:
        how = ("--grace-period=0", "--force", "--wait=false")
        self.cluster.kubectl("delete", "pod", "--namespace", namespace, "-l", labels, *how)


FAULTS: Mapping[str, Callable[[Place], None]] = {
    "server": Place.kill_servers,
    "operator": Place.kill_operator,
    "api-server": Place.restart_api_server,
}


@dataclasses.dataclass(frozen=True)
class Struck:
    """What a command reported in whose middle something died, and the next one; the rows after both."""

    code: int
    told: str
    next_one: stack.Result
    rows: str


@dataclasses.dataclass(frozen=True)
class Course:
    """By fault; `rows` are those that were written before, `left` is what is there at the end and was not at first."""

    rows: str
    ups: Mapping[str, Struck]
    previews: Mapping[str, stack.Result]
    destroys: Mapping[str, Struck]
    left: set[str]


@pytest.fixture(scope="module")
def course(operator: None, bed: dict[str, str], cluster: kubernetes.Kubernetes, new_stack: NewStack) -> Course:
    """One stack grows by a part with each fault, and shrinks again; the rows are in the first part."""
    place = Place(cluster, Bed(pathlib.Path(bed["TAU_BED_STATE"])))
    at_first = place.inventory()
    owned = new_stack()
    owned.up(_program(0))
    secret = cluster.get("secret", str(owned.output("secret")), _NAMESPACE)
    book = ledger.Ledger(cluster.start_client(_NAMESPACE), base64.b64decode(secret["data"]["url"]).decode())
    book.create()
    rows = book.write()
    ups, previews, destroys = {}, {}, {}
    for count, fault in enumerate(FAULTS, start=1):
        owned.write(_program(count))
        halfway = functools.partial(place.has_server, f"part{count}")
        code, told = _strike(place, owned, fault, ["up"], halfway)
        next_up = owned.up()
        ups[fault] = Struck(code, told, next_up, book.again().checksum())
        # After a success the next `up` shows the same as a preview.
        previews[fault] = owned.preview() if code else next_up
    for count, fault in reversed([*enumerate(FAULTS, start=1)]):
        what = ["--target", f"**part{count}**", "--target-dependents"]
        code, told = _strike(place, owned, fault, ["destroy", *what], _has_deleted)
        destroys[fault] = Struck(code, told, owned.destroy(*what), book.again().checksum())
    book.client.remove()
    owned.destroy()
    return Course(rows, ups, previews, destroys, place.inventory() - at_first)


def _program(parts: int) -> stack.Program:
    """A server and an application, and parts that are an Instance, a Database and an application each."""
    resources: dict[str, Any] = {
        "main": applications.application(_NAMESPACE, database=applications.SMALL_DATABASE),
    }
    for count in range(1, parts + 1):
        part = f"part{count}"
        resources[part] = programs.instance("${main.namespace}")
        database = {"instance": f"${{{part}.name}}"}
        resources[f"{part}-app"] = applications.visits("${main.namespace}", database=database)
    return {"resources": resources, "outputs": {"secret": "${main.databases.default.secretName}"}}


def _strike(
    place: Place,
    owned: stack.Stack,
    fault: str,
    command: list[str],
    halfway: Callable[[pathlib.Path], bool],
) -> tuple[int, str]:
    """Run a command, let something die when it is halfway; its exit code and errors."""
    process, events = owned.start(command[0], "--yes", "--skip-preview", *command[1:])
    waiting.until(f"the middle of {' '.join(command)}", lambda: halfway(events))
    assert process.poll() is None, "it has ended before anything could die"
    FAULTS[fault](place)
    code = process.wait(timeout=_SECONDS)
    owned.run("cancel", "--yes", fails=None)
    found = stack.Result(code, "", stack.read_events(events))
    return code, "\n".join(text for _, text in found.diagnostics())


def _has_deleted(events: pathlib.Path) -> bool:
    return any("resOutputsEvent" in event for event in stack.read_events(events))


@pytest.mark.parametrize("fault", FAULTS)
def test_an_up_succeeds_or_says_what_is_the_matter(course: Course, fault: str) -> None:
    struck = course.ups[fault]
    assert struck.code == 0 or _is_clear(struck.told), struck.told


@pytest.mark.parametrize("fault", ["server", "operator"])
def test_an_up_outlasts_the_death_of_a_pod(course: Course, fault: str) -> None:
    assert course.ups[fault].code == 0, course.ups[fault].told


@pytest.mark.parametrize("fault", FAULTS)
def test_the_next_up_replaces_and_deletes_nothing_and_leaves_nothing_to_do(course: Course, fault: str) -> None:
    assert set(course.ups[fault].next_one.changed) <= {"create", "update"}
    assert course.previews[fault].changed == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_destroy_succeeds_or_says_what_is_the_matter(course: Course, fault: str) -> None:
    struck = course.destroys[fault]
    assert struck.code == 0 or _is_clear(struck.told), struck.told


@pytest.mark.parametrize("fault", FAULTS)
def test_rows_that_were_there_before_stay(course: Course, fault: str) -> None:
    assert course.ups[fault].rows == course.rows
    assert course.destroys[fault].rows == course.rows


def test_nothing_is_left_over(course: Course) -> None:
    assert course.left == set()


def _is_clear(told: str) -> bool:
    """Whether it names the API server's absence, in words and not in Python's."""
    absence = ("connection refused", "does not answer", "connection reset", "EOF", "unreachable", "apiserver")
    return any(words in told for words in absence) and "Traceback" not in told
