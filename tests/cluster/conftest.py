"""A bed of the tests' own, and what tests do on it: stacks, namespaces and the operator.

`TAU_TEST_KEEP_BED=1` leaves the bed running at the end and uses it again next time. Each worker of pytest-xdist has
a bed, so that `-n 2 --dist loadfile` lets one file wait for the cluster while another computes.
"""

import os
import pathlib
import shlex
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator

import pytest

from testbed.drive import kubernetes, stack
from testbed.drive import share as nas
from testbed.drive.operator_state import OperatorState
from tests.cluster import languages

_FOLDER = pathlib.Path(__file__).parent
_KEEP = bool(os.environ.get("TAU_TEST_KEEP_BED"))


# Files that take minutes; begun last, one of them would keep one worker busy while the other has nothing left to do.
_LONG = (
    *("cleanup", "major_upgrade", "changes", "restore_check", "cleanup_delayed", "tau_application_examples"),
    *("backups", "restore_same_name", "restore_targets", "migration", "upgrade", "rotation", "health"),
    *("backup_examples", "key_rotation", "backup_store", "recovery_window", "move_store", "barman_plugin", "walk"),
    *("tau_application_at_once", "first_database", "benchmarks"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the bed; what takes long comes first."""
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.cluster)
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    name = item.path.stem.removeprefix("test_")
    return _LONG.index(name) if name in _LONG else len(_LONG)


@pytest.fixture(scope="session")
def bed(worker_id: str) -> Iterator[dict[str, str]]:
    """The environment in which the CLI, the plugins and kubectl work on a fresh cluster."""
    # Never the folder itself: the shell may have it from the bed that its user works on.
    state = f"{os.environ.get('TAU_BED_STATE', '/var/lib/tau-bed')}-cluster-test-{worker_id}"
    if not _KEEP:
        _bed(state, "down")
    _bed(state, "up")
    lines = _bed(state, "env").splitlines()
    pairs = (shlex.split(line.removeprefix("export "))[0].partition("=") for line in lines)
    yield {name: value for name, _, value in pairs}
    if not _KEEP:
        _bed(state, "down")


def _bed(state: str, command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "testbed", command],
        cwd=stack.CHECKOUT,
        env={**os.environ, "TAU_BED_STATE": state},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def cluster(bed: dict[str, str]) -> kubernetes.Kubernetes:
    """The cluster of the bed."""
    return kubernetes.Kubernetes(bed)


NewStack = Callable[[], stack.Stack]


@pytest.fixture(scope="module")
def new_stack(bed: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewStack]:
    """Makes stacks that are destroyed and removed at the end of the module, the newest first."""
    made: list[stack.Stack] = []

    def make() -> stack.Stack:
        project = f"test-{uuid.uuid4().hex[:8]}"
        made.append(stack.Stack(tmp_path_factory.mktemp(project), bed, project))
        return made[-1]

    yield make
    failures = []
    for one in reversed(made):
        try:
            one.remove()
        except AssertionError as failure:
            failures.append(failure)
    if failures:
        raise ExceptionGroup("stacks could not be removed", failures)


@pytest.fixture(scope="module")
def namespace(cluster: kubernetes.Kubernetes) -> Iterator[str]:
    """An empty namespace that is removed at the end of the module."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    cluster.create_namespace(name)
    yield name
    cluster.delete_namespace(name)


@pytest.fixture(scope="module")
def neighbour(cluster: kubernetes.Kubernetes, namespace: str) -> Iterator[str]:
    """A second namespace like the first."""
    name = f"{namespace}-b"
    cluster.create_namespace(name)
    yield name
    cluster.delete_namespace(name)


@pytest.fixture(scope="module")
def share(bed: dict[str, str]) -> nas.Share:
    """An empty folder that the NAS exports."""
    return nas.export(pathlib.Path(bed["TAU_BED_NFS"]), f"share-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="session")
def operator_state(
    bed: dict[str, str], cluster: kubernetes.Kubernetes, tmp_path_factory: pytest.TempPathFactory
) -> OperatorState:
    """Whether the operator is there, which modules differ in what they need."""
    return OperatorState(cluster, stack.Stack(tmp_path_factory.mktemp("operator"), bed, "test-operator"))


@pytest.fixture(scope="module")
def operator(operator_state: OperatorState) -> None:
    """The operator runs."""
    operator_state.ensure_running()


@pytest.fixture(scope="module")
def empty_cluster(operator_state: OperatorState) -> None:
    """Nothing of tau or CloudNativePG is there, not even its definitions."""
    operator_state.ensure_absent()


@pytest.fixture(scope="session")
def sdks(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder in which the SDKs are installed."""
    folder = tmp_path_factory.mktemp("sdks")
    languages.install(folder)
    return folder


@pytest.fixture
def new_turns(
    operator: None, bed: dict[str, str], sdks: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], languages.Turns]]:
    """Makes stacks for the programs of one example each, which are removed at the end of the test."""
    made: list[languages.Turns] = []

    def make() -> languages.Turns:
        project = f"test-{uuid.uuid4().hex[:8]}"
        folder = tmp_path_factory.mktemp(project)
        (folder / "node_modules").symlink_to(sdks / "node_modules")
        made.append(languages.Turns(stack.Stack(folder, {**bed, **languages.environment(sdks)}, project)))
        return made[-1]

    yield make
    for one in reversed(made):
        one.stack.remove()


@pytest.fixture
def turns(new_turns: Callable[[], languages.Turns]) -> languages.Turns:
    """A stack for the programs of one example."""
    return new_turns()
