"""Upgrade of tau itself: stacks of earlier versions go on with this one, and nothing that holds data is made anew."""

import dataclasses
import json
import pathlib

import pytest

from testbed.drive import earlier, kubernetes, stack
from testbed.drive import share as nas
from tests.cluster import ledger
from tests.cluster.conftest import NewStack

CNPG = "kubernetes:postgresql.cnpg.io/v1"
# Deleting one of them deletes data, or the only way to it.
HOLDS_DATA = {
    *(f"{CNPG}:{kind}" for kind in ("Cluster", "Database", "DatabaseRole")),
    *(f"kubernetes:core/v1:{kind}" for kind in ("Namespace", "PersistentVolume", "PersistentVolumeClaim", "Secret")),
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
    "kubernetes:barmancloud.cnpg.io/v1:ObjectStore",
    *("tau:app:Namespace", "tau:postgres:ArchiveGeneration"),
}
# A change of one of them starts a server or an application anew, in every home at once.
RESTARTS = {f"{CNPG}:Cluster", "kubernetes:apps/v1:Deployment"}
# New restrictions of accounts that are there.
RESTRICTS = {
    f"kubernetes:admissionregistration.k8s.io/v1:{kind}"
    for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
}
# The kubernetes provider deletes and makes anew a Secret or ConfigMap whose content changes: the certificate of the
# store comes to its keys, and scripts are those of the version.
RENEWED = {
    ("kubernetes:core/v1:Secret", "server-archive-keys"),
    ("kubernetes:core/v1:Secret", "ledger-archive-keys"),
    ("kubernetes:core/v1:ConfigMap", "check-scripts"),
}
# A gateway has a certificate from this version on, and the container of an application that of its server's CA.
ADDS = {
    ("create", "kubernetes:core/v1:Secret", "backups-tls"),
    ("create", "kubernetes:core/v1:ConfigMap", "shop-tau-database-ca"),
}
# What this version does to what an earlier one made, on purpose, by recorded state: (operation, type), with the reason.
ON_PURPOSE: dict[str, set[tuple[str, str]]] = {
    # Pods carry a digest of their credentials under a random key, which an earlier version has not made, and a group
    # that may write to their claims. Gateways have a certificate; once their ObjectStore names it, the operator starts
    # the servers anew without a change of their Clusters.
    "tau-0.1.0": {("update", "kubernetes:apps/v1:Deployment")},
    "the version before": {("update", "kubernetes:apps/v1:Deployment")},
}

STATES = sorted(earlier.RECORDED.glob("*.json"))


@pytest.fixture(scope="module", params=STATES, ids=lambda file: file.stem)
def state(request: pytest.FixtureRequest) -> pathlib.Path:
    """A recorded state."""
    file: pathlib.Path = request.param
    return file


@pytest.fixture(scope="module")
def of_state(state: pathlib.Path, bed: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> stack.Result:
    """The preview of this version for a recorded state."""
    folder = tmp_path_factory.mktemp("recorded")
    configuration = earlier.strip_manifests(pathlib.Path(bed["TAU_BED_MANIFESTS"]), folder)
    old = stack.Stack(folder, earlier.offline(bed, folder), earlier.PROJECT)
    for key, value in configuration.items():
        old.configure(key, value)
    imported = folder / "state.json"
    imported.write_text(earlier.recorded(state, folder))
    old.run("stack", "import", "--file", str(imported))
    result = old.preview(earlier.program("home", nas.Share("nas.local:/export/home", folder), complete=True))
    old.run("stack", "rm", "--yes", "--force", "test")
    return result


def test_a_recorded_state_has_every_component() -> None:
    schema = json.loads((stack.CHECKOUT / "schema.json").read_text())
    components = {token for token, one in schema["resources"].items() if one.get("isComponent")}
    resources = json.loads(STATES[-1].read_text())["deployment"]["resources"]
    missing = components - {one["type"] for one in resources}
    assert not missing, "add it to testbed/drive/earlier.py and run tools/record_state.py"


def test_nothing_of_a_recorded_state_is_replaced(of_state: stack.Result) -> None:
    assert _unwanted(of_state) == []


def test_only_guards_and_the_like_are_made_for_a_recorded_state(of_state: stack.Result) -> None:
    made = [step for step in earlier.steps(of_state) if step[0] == "create"]
    expected = {*RESTRICTS, "pulumi:providers:kubernetes"}
    made = [step for step in made if step not in ADDS]
    assert [step for step in made if not step[1].startswith("tau:") and step[1] not in expected] == []


def test_no_server_and_no_application_of_a_recorded_state_restarts(of_state: stack.Result, state: pathlib.Path) -> None:
    assert [step for step in _restarted(of_state) if step[:2] not in ON_PURPOSE.get(state.stem, set())] == []


@dataclasses.dataclass(frozen=True)
class Course:
    """What a stack of the version before this one went through, and what was there before and after."""

    preview: stack.Result
    up: stack.Result
    second: stack.Result
    before: tuple[object, ...]
    after: tuple[object, ...]
    archived: tuple[str, str]
    segments: set[str]


@pytest.fixture(scope="module")
def course(
    operator: None, new_stack: NewStack, namespace: str, share: nas.Share, cluster: kubernetes.Kubernetes
) -> Course:
    old = new_stack()
    folder = old.folder / "earlier"
    folder.mkdir()
    reason = earlier.provider(folder)
    if reason:
        pytest.skip(f"{reason}; the recorded states are looked at all the same")
    program = earlier.program(namespace, share)
    old.up({**program, "plugins": {"providers": [{"name": "tau", "path": str(folder)}]}})
    book = ledger.Ledger(cluster.start_client(namespace), str(old.output("orders")))
    book.create()
    book.write()
    before = _seen(old, book, cluster, namespace)
    server = kubernetes.Server(cluster, namespace, "postgres-server")
    generation = share.generation(f"{namespace}/backups", "postgres-server-15-1")
    first = ledger.archive(server, generation)
    preview = old.preview(program)
    up = old.up()
    last = ledger.archive(server, generation)
    after = _seen(old, book, cluster, namespace)
    return Course(preview, up, old.preview(), before, after, (first, last), generation.segments())


def _seen(old: stack.Stack, book: ledger.Ledger, cluster: kubernetes.Kubernetes, namespace: str) -> tuple[object, ...]:
    """Rows, the credentials under which programs know them, and what holds them."""
    listed = cluster.kubectl("get", "clusters,pvc,databases,databaseroles", "--namespace", namespace, "-o", "json")
    kept = {item["metadata"]["uid"] for item in json.loads(listed)["items"]}
    shop = cluster.get("secret", str(old.output("shop")), namespace)["data"]["password"]
    return book.checksum(), old.output("orders"), shop, kept


def test_a_stack_of_the_version_before_goes_on_and_nothing_is_replaced(course: Course) -> None:
    assert _unwanted(course.preview) == []
    assert _unwanted(course.up) == []


def test_no_server_and_no_application_of_the_version_before_restarts(course: Course) -> None:
    on_purpose = ON_PURPOSE.get("the version before", set())
    assert [step for step in _restarted(course.preview) if step[:2] not in on_purpose] == []


def test_rows_passwords_and_volumes_of_the_version_before_stay(course: Course) -> None:
    assert course.after == course.before


def test_no_segment_of_the_log_is_lost_on_the_way(course: Course) -> None:
    first, last = map(ledger.number, course.archived)
    assert set(range(first, last + 1)) <= {ledger.number(one) for one in course.segments}


def test_after_the_upgrade_nothing_is_left_to_do(course: Course) -> None:
    assert course.second.changed == {}


def _unwanted(preview: stack.Result) -> list[tuple[str, str, str]]:
    """Replacements, and deletions of what holds data."""
    found = list(earlier.steps(preview))
    assert preview.changes.get("same"), preview.output
    replaced = [step for step in found if "replace" in step[0] and step[1:] not in RENEWED]
    return replaced + [step for step in found if step[0] == "delete" and step[1] in HOLDS_DATA]


def _restarted(preview: stack.Result) -> list[tuple[str, str, str]]:
    """Updates of more than the metadata, which restarts nothing."""
    return [
        step
        for step, paths in earlier.changes(preview)
        if step[0] == "update" and step[1] in RESTARTS and any(not path.startswith("metadata") for path in paths)
    ]
