"""A restore that cannot be: one clear error for each, no server and no volume, and the share stays as it is."""

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from testbed.drive import share as nas
from tests.cluster import ledger
from tests.cluster.conftest import NewStack

_SOURCE = "postgres-source"
_GENERATION = f"{_SOURCE}-15-1"
_STORE = "${common.store}"
_MINUTE = datetime.timedelta(minutes=1)

# What the error about each case says.
_TEXTS = {
    "no-zone": ("restore.targetTime", "time zone"),
    "too-early": ("{early}", "{first}"),
    "too-late": ("{late}", "{last}"),
    "future": ("{future}", "future"),
    "no-backup": ("20200101T000000", "{backup}"),
    "no-generation": (f"{_SOURCE}-15-7", _GENERATION),
    "lsn-too-early": ("0/28", _GENERATION),
    "lsn-too-late": ("FF/0", _GENERATION),
    "no-name": ("never made", _GENERATION),
    "two-targets": ("targetName", "targetLsn"),
    "another-major": ("15", "17"),
    "from-nowhere": ("postgres-nowhere", _SOURCE),
    "existing": (_GENERATION, "restore: {{}}", "newGeneration"),
}


@dataclasses.dataclass(frozen=True)
class Course:
    """What was said about each case, and what there was before and after."""

    window: Mapping[str, Any]
    generation_backups: list[str]
    last_segment: str
    words: Mapping[str, str]
    messages: Mapping[str, list[str]]
    output: str
    clusters: set[str]
    claims: set[str]
    lost_files: set[str]
    generations: set[str]
    clusters_of_refused: set[str]
    beside: str
    generations_beside: set[str]


@dataclasses.dataclass(frozen=True)
class Scene:
    """Where all of it happens."""

    cluster: kubernetes.Kubernetes
    namespace: str
    share: nas.Share
    owned: stack.Stack

    @property
    def folder(self) -> str:
        """Where the store lies on the share."""
        return f"{self.namespace}/common"

    def claims(self) -> set[str]:
        """All volumes."""
        return self.cluster.names("pvc", self.namespace)

    def clusters(self) -> set[str]:
        """All servers."""
        return self.cluster.names("cluster", self.namespace)

    def program(self, more: Mapping[str, Any], *, source: bool = True) -> dict[str, Any]:
        """A store, the source, and more resources."""
        resources: dict[str, Any] = {
            "common": {"type": "tau:postgres:BackupStore", "properties": {"namespace": self.namespace}}
        }
        if source:
            resources["source"] = programs.instance(self.namespace, backup={"store": _STORE})
        return {"resources": {**resources, **more}}


@pytest.fixture(scope="module")
def scene(
    operator: None, namespace: str, share: nas.Share, new_stack: NewStack, cluster: kubernetes.Kubernetes
) -> Scene:
    owned = new_stack()
    owned.configure("postgres_backup_nfs_path", share.address)
    return Scene(cluster, namespace, share, owned)


@pytest.fixture(scope="module")
def course(scene: Scene) -> Course:
    generation = scene.share.generation(scene.folder, _GENERATION)
    scene.owned.up(scene.program({}))
    waiting.until("the first base backup", generation.backups)
    last = ledger.archive(kubernetes.Server(scene.cluster, scene.namespace, _SOURCE), generation)
    window = _window(scene)
    words = _words(window)
    refused = _refused(scene, _wrong(scene, words))
    existing, clusters = _made_anew(scene)
    refused["messages"] |= {"existing": existing}
    return Course(
        window=window,
        generation_backups=generation.backups(),
        last_segment=last,
        words=words,
        **refused,
        clusters_of_refused=clusters,
        beside=_beside(scene),
        generations_beside=set(scene.share.generations(scene.folder)),
    )


def _window(scene: Scene) -> Mapping[str, Any]:
    """What the function says of the source."""
    arguments = {"instance": _SOURCE, "namespace": scene.namespace}
    call = {"fn::invoke": {"function": "tau:postgres:getRecoveryWindow", "arguments": arguments}}
    scene.owned.up({**scene.program({}), "variables": {"window": call}, "outputs": {"window": "${window}"}})
    window: Mapping[str, Any] = scene.owned.output("window")
    return window


def _refused(scene: Scene, wrong: Mapping[str, Any]) -> dict[str, Any]:
    """Try all cases, and look at what has changed."""
    claims, files = scene.claims(), scene.share.contents()
    messages, output = _told(scene, wrong)
    after = scene.share.contents()
    return {
        "messages": messages,
        "output": output,
        "clusters": scene.clusters(),
        "claims": scene.claims() - claims,
        "lost_files": {path for path, checksum in files.items() if after.get(path) != checksum},
        "generations": set(scene.share.generations(scene.folder)),
    }


def _made_anew(scene: Scene) -> tuple[list[str], set[str]]:
    """Delete the source, and make it anew without a word about its archive: what is said, and all servers then."""
    scene.owned.up(scene.program({}, source=False))
    anew = programs.instance(scene.namespace, name=_SOURCE, backup={"store": _STORE})
    result = scene.owned.up(scene.program({"existing": anew}, source=False), fails=True)
    return _about("existing", result), scene.clusters()


def _beside(scene: Scene) -> str:
    """The generation of a server that is made anew and leaves its archive alone."""
    backup = {"store": _STORE, "onExistingArchive": "newGeneration"}
    anew = programs.instance(scene.namespace, name=_SOURCE, backup=backup)
    program = scene.program({"existing": anew}, source=False)
    scene.owned.up({**program, "outputs": programs.outputs("existing", "serverName")})
    server_name = str(scene.owned.output("existing-serverName"))
    # A server that is deleted waits three minutes for a backup that is being made.
    waiting.until("the base backup of the new generation", scene.share.generation(scene.folder, server_name).backups)
    return server_name


def _words(window: Mapping[str, Any]) -> dict[str, str]:
    """What cases and their errors are written with: moments around the ends of what can be restored."""
    first, last = (datetime.datetime.fromisoformat(window[f"{end}Restorable"]) for end in ("first", "last"))
    return {
        "first": f"{first:%Y-%m-%dT%H:%M:%S}",
        "last": f"{last:%Y-%m-%dT%H:%M:%S}",
        "early": (first - _MINUTE).isoformat(),
        "late": (last + datetime.timedelta(seconds=1)).isoformat(),
        "future": (last + 9999 * _MINUTE).isoformat(),
        "backup": window["backups"][0]["backupId"],
    }


def _wrong(scene: Scene, words: Mapping[str, str]) -> dict[str, Any]:
    """An Instance for each case."""
    restores: Mapping[str, Mapping[str, str]] = {
        "no-zone": {"targetTime": words["last"]},
        "too-early": {"targetTime": words["early"]},
        "too-late": {"targetTime": words["late"]},
        "future": {"targetTime": words["future"]},
        "no-backup": {"backupId": "20200101T000000"},
        "no-generation": {"serverName": f"{_SOURCE}-15-7"},
        "lsn-too-early": {"targetLsn": "0/28"},
        "lsn-too-late": {"targetLsn": "FF/0"},
        "no-name": {"targetName": "never made"},
        "two-targets": {"targetName": "one", "targetLsn": "0/5000060"},
        "another-major": {},
        "from-nowhere": {"from": "postgres-nowhere"},
    }
    properties: dict[str, dict[str, Any]] = {
        name: {"restore": {"from": _SOURCE, **one}} for name, one in restores.items()
    }
    properties["another-major"]["version"] = "17"
    stored = {"backup": {"store": _STORE}}
    return {name: programs.instance(scene.namespace, **one, **stored) for name, one in properties.items()}


def _told(scene: Scene, wrong: Mapping[str, Any]) -> tuple[dict[str, list[str]], str]:
    """The errors about each case; the engine may give up on some, which are tried again without the others."""
    found: dict[str, list[str]] = {}
    output = ""
    while remaining := {name: one for name, one in wrong.items() if name not in found}:
        result = scene.owned.up(scene.program(remaining), "--continue-on-error", fails=True)
        output += result.output
        told = {name: _about(name, result) for name in remaining}
        assert any(told.values()), f"nothing is told about {', '.join(remaining)}: {result.output}"
        found |= {name: messages for name, messages in told.items() if messages}
    return found, output


def _about(case: str, result: stack.Result) -> list[str]:
    """The errors about the resource of a case: at its child of that name, or about the whole of it."""
    told = result.diagnostics()
    whole = f"resource '{case}' has a problem: "
    named = [message for _, message in told if whole in message and "the client connection is closing" not in message]
    return named + [message for name, message in told if name.startswith(f"{case}-")]


def test_the_function_tells_what_is_on_the_share(course: Course) -> None:
    window = course.window
    assert window["serverName"] == _GENERATION
    assert window["generations"] == [_GENERATION]
    assert [one["backupId"] for one in window["backups"]] == course.generation_backups[: len(window["backups"])]
    assert window["backups"][0]["ended"] == window["firstRestorable"]
    assert window["lastWal"] >= course.last_segment
    assert 0 <= window["lastWalAgeSeconds"] < 120


@pytest.mark.parametrize("case", _TEXTS)
def test_one_error_says_what_is_wrong_and_what_there_is(course: Course, case: str) -> None:
    (message,) = course.messages[case]
    missing = [text for text in _TEXTS[case] if text.format(**course.words) not in message]
    assert not missing, message


def test_nobody_sees_how_tau_is_written(course: Course) -> None:
    assert "Traceback" not in course.output


def test_no_server_and_no_volume_is_made(course: Course) -> None:
    assert course.clusters == {_SOURCE}
    assert course.clusters_of_refused == set()
    assert course.claims == set()


def test_the_share_stays_as_it_is(course: Course) -> None:
    assert course.lost_files == set()
    assert course.generations == {_GENERATION}


def test_a_server_that_is_made_anew_leaves_its_archive_alone_when_it_is_told_to(course: Course) -> None:
    assert course.beside == f"{_SOURCE}-15-2"
    assert course.generations_beside == {_GENERATION, f"{_SOURCE}-15-2"}
