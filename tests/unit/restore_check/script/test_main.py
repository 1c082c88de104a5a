"""`tau.restore_check.script.__main__`: the two containers, with a FAKE of the Kubernetes API."""

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any

import pytest

from tau.resource.script import kubernetes as api
from tau.restore_check.script import __main__ as program
from tau.restore_check.script import archive, connection, query, recovery, report, verification
from tau.restore_check.script.failure import CheckFailed

PARAMETERS = program.Parameters(
    name="weekly", instance="main", database="shop", query="SELECT 1", minutes=5, storage={}, labels={"a": "b"}
)
RUN = program.Run("weekly-29401-abc12", "uid-of-pod")
PLUGIN = {"name": "barman-cloud.cloudnative-pg.io", "parameters": {"barmanObjectName": "main"}}
SECRET = (api.SECRETS, "weekly-run")
CLUSTER = (api.CLUSTERS, "weekly-abc12")
STARTED = "2026-11-23T05:00:00Z"


class FakeApi(api.Kubernetes):
    """A FAKE of the API: objects by kind and name, where what hangs on a Secret goes with it."""

    def __init__(self) -> None:
        self.namespace = "shop"
        self.objects: dict[tuple[api.Kind, str], Any] = {
            (api.CLUSTERS, "main"): {"metadata": {"name": "main"}, "spec": {"plugins": [PLUGIN]}},
            (api.OBJECT_STORES, "main"): {"spec": {"configuration": {"destinationPath": "s3://postgres/"}}},
            (api.CONFIG_MAPS, "weekly"): {"metadata": {"name": "weekly"}},
        }

    def put_pod(self, run: program.Run, phase: str = "Running", check: Mapping[str, Any] | None = None) -> None:
        """A Pod of a check, whose container `check` is in a state."""
        statuses = [{"name": "record", "state": {}}, {"name": "check", "state": check or {"running": {}}}]
        metadata = {"name": run.pod, "uid": run.uid}
        status = {"phase": phase, "containerStatuses": statuses}
        self.objects[api.PODS, run.pod] = {"metadata": metadata, "status": status}

    def put_secret(self, run: program.Run) -> None:
        """The Secret of a run, with its Cluster."""
        owner = {"name": run.pod, "uid": run.uid}
        self.create(api.SECRETS, {"metadata": {"name": "weekly-run", "ownerReferences": [owner]}})
        self.create(api.CLUSTERS, {"metadata": {"name": run.cluster(PARAMETERS)}})

    def get(self, kind: api.Kind, name: str) -> Any:
        return self.objects.get((kind, name))

    def labelled(self, kind: api.Kind, label: str) -> list[Any]:
        return []

    def create(self, kind: api.Kind, body: Mapping[str, Any]) -> Any:
        made = {**body, "metadata": {"uid": f"uid-of-{body['metadata']['name']}", **body["metadata"]}}
        self.objects[kind, body["metadata"]["name"]] = made
        return made

    def merge(self, kind: api.Kind, name: str, change: Mapping[str, Any]) -> None:
        self.objects[kind, name] |= change

    def delete(self, kind: api.Kind, name: str, uid: str) -> None:
        assert kind == api.SECRETS
        assert self.objects.pop((kind, name))["metadata"]["uid"] == uid
        self.objects = {key: item for key, item in self.objects.items() if not key[1].startswith("weekly-")}


@pytest.fixture
def kubernetes(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> FakeApi:
    """A living instance, and nothing of a check; a clock that runs 10 s at every look, and no waiting."""
    clock = iter(range(0, 100_000, 10))
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(program, "_REPORT", report.File(tmp_path / "report.json"))
    monkeypatch.setattr(program, "_SECONDS_BETWEEN", 0.0)
    return FakeApi()


@pytest.fixture
def restorable(monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive and a restored server in which nothing is wrong."""
    found = archive.Archive("20261123T030000", "000000010000000000000005", "000000010000000000000005")
    server = verification.Server(8_000_000, (), 6 * 2**24, 2**24)
    monkeypatch.setattr(archive, "look", lambda *_: found)
    monkeypatch.setattr(recovery, "wait", lambda *_: None)
    monkeypatch.setattr(connection, "wait_for_login", lambda *_: None)
    monkeypatch.setattr(verification, "everything", lambda *_: server)
    monkeypatch.setattr(query, "run", lambda *_: None)


def _check(kubernetes: FakeApi) -> report.Report:
    assert program.check(kubernetes, PARAMETERS, RUN) == 0
    found = program._REPORT.read()
    assert found
    return found


def _failing(failure: Exception) -> Any:
    def fail(*_: object) -> None:
        raise failure

    return fail


def test_a_restore_that_can_be_read_passes(kubernetes: FakeApi, restorable: None) -> None:
    found = _check(kubernetes)
    assert (found.result, found.message) == ("passed", "backup 20261123T030000 of main was restored and read")
    assert (found.server, found.backup, found.bytes) == ("main", "20261123T030000", 8_000_000)
    assert found.seconds
    assert found.seconds > 0


def test_what_a_run_makes_hangs_on_its_secret_and_that_on_its_pod(kubernetes: FakeApi, restorable: None) -> None:
    _check(kubernetes)
    [owner] = kubernetes.objects[SECRET]["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Pod", RUN.pod, RUN.uid)
    [owner] = kubernetes.objects[CLUSTER]["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Secret", "weekly-run", "uid-of-weekly-run")


def test_an_image_without_a_tool_passes_and_says_so(
    kubernetes: FakeApi, restorable: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = verification.Server(8, ("amcheck",), 6 * 2**24, 2**24)
    monkeypatch.setattr(verification, "everything", lambda *_: server)
    assert _check(kubernetes).message.endswith("restored and read; the image has no amcheck, so less was checked")


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (CheckFailed("the restore fails: no WAL"), "the restore fails: no WAL"),
        (api.Refused(403, "clusters is forbidden"), "while restoring backup 20261123T030000 of main: clusters is forb"),
        (ValueError("what nobody thought of"), "while restoring backup 20261123T030000 of main: what nobody thought"),
    ],
)
def test_whatever_goes_wrong_is_reported(
    kubernetes: FakeApi, restorable: None, monkeypatch: pytest.MonkeyPatch, failure: Exception, says: str
) -> None:
    monkeypatch.setattr(recovery, "wait", _failing(failure))
    found = _check(kubernetes)
    assert found.result == "failed"
    assert found.message.startswith(says)


@pytest.mark.parametrize("kind", [api.CLUSTERS, api.OBJECT_STORES])
def test_an_instance_or_a_store_that_is_gone_is_reported(kubernetes: FakeApi, kind: api.Kind) -> None:
    del kubernetes.objects[kind, "main"]
    found = _check(kubernetes)
    assert (found.result, "main" in found.message) == ("failed", True)


def test_a_second_check_leaves_the_first_one_alone(kubernetes: FakeApi, restorable: None) -> None:
    other = program.Run("now-xyz34", "uid-of-other")
    kubernetes.put_pod(other)
    kubernetes.put_secret(other)
    assert _check(kubernetes).result == "skipped"
    assert program.record(_with_check_ended(kubernetes), PARAMETERS, RUN) == 1
    assert SECRET in kubernetes.objects
    assert "data" not in kubernetes.objects[api.CONFIG_MAPS, "weekly"]


@pytest.mark.parametrize("phase", ["Failed", "Succeeded", None])
def test_what_a_lost_run_left_is_removed_first(kubernetes: FakeApi, restorable: None, phase: str | None) -> None:
    other = program.Run("now-xyz34", "uid-of-other")
    if phase:
        kubernetes.put_pod(other, phase)
    kubernetes.put_secret(other)
    assert _check(kubernetes).result == "passed"
    assert (api.CLUSTERS, "weekly-xyz34") not in kubernetes.objects


def _with_check_ended(kubernetes: FakeApi, exit_code: int = 0, reason: str = "Completed") -> FakeApi:
    kubernetes.put_pod(RUN, check={"terminated": {"exitCode": exit_code, "reason": reason}})
    return kubernetes


def _recorded(kubernetes: FakeApi) -> dict[str, str]:
    found: dict[str, str] = kubernetes.objects[api.CONFIG_MAPS, "weekly"]["data"]
    return found


@pytest.mark.parametrize(("result", "code"), [("passed", 0), ("failed", 1)])
def test_the_result_is_written_down_and_everything_removed(kubernetes: FakeApi, result: str, code: int) -> None:
    kubernetes.put_secret(RUN)
    program._REPORT.write(report.Report(started=STARTED, result=result, message="so it is"))
    assert program.record(_with_check_ended(kubernetes), PARAMETERS, RUN) == code
    assert (_recorded(kubernetes)["result"], _recorded(kubernetes)["message"]) == (result, "so it is")
    assert not kubernetes.objects.keys() & {SECRET, CLUSTER}


def test_a_check_that_is_killed_is_written_down_and_everything_removed(kubernetes: FakeApi) -> None:
    kubernetes.put_secret(RUN)
    program._REPORT.write(report.Report(started=STARTED, message="reading database shop"))
    assert program.record(_with_check_ended(kubernetes, 137, "OOMKilled"), PARAMETERS, RUN) == 1
    said = "the check itself was ended (OOMKilled, exit code 137), while reading database shop"
    assert _recorded(kubernetes)["message"] == said
    assert not kubernetes.objects.keys() & {SECRET, CLUSTER}


def test_a_check_that_never_ends_is_ended(kubernetes: FakeApi) -> None:
    kubernetes.put_pod(RUN)
    program._REPORT.write(report.Report(started=STARTED, message="reading database shop"))
    assert program.record(kubernetes, PARAMETERS, RUN) == 1
    assert _recorded(kubernetes)["message"] == "not finished within 5 minutes, while reading database shop"


def test_the_cluster_of_a_run_has_a_name_that_the_operator_takes() -> None:
    longest = dataclasses.replace(PARAMETERS, name="a" * 40)
    assert len(RUN.cluster(longest)) == 46
