"""`tau.store.preflight_resource`: the Job's answer becomes flags, or a failure in one sentence."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kind import Kind
from tau.resource import job
from tau.resource.contract import Operation
from tau.store.preflight_resource import SharePreflight
from tau.types.postgres import SharePreflightArgs

ARGS = SharePreflightArgs(
    claim_name="backups-1",
    folder="default/backups",
    image="sidecar:1",
    name="backups-preflight",
    namespace="default",
    run_as_user=1000,
    run_as_group=100,
)
ABLE = {
    "unnamedFiles": False,
    "copyFileRange": True,
    "extendedAttributes": True,
    "freeBytes": 5 * 1024**3,
    "archives": {},
}


class Cluster(KubernetesApi):
    """A Job in it ends at once with an answer."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer
        self.made: list[Mapping[str, Any]] = []

    async def create(self, kind: Kind, namespace: str | None, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self.made.append(body)
        return body

    async def delete(self, *_: Any, **options: Any) -> None:
        """Whatever there is goes."""

    async def get(self, *_: Any) -> Mapping[str, Any]:
        return {"status": {"conditions": [{"type": "Complete", "status": "True"}]}}

    async def items(self, *_: Any, **__: Any) -> list[Mapping[str, Any]]:
        return [{"metadata": {"name": "look-1"}}]

    async def log(self, *_: Any) -> str:
        return json.dumps(self.answer)


def operation(told: list[str] | None = None) -> Operation:
    """One that keeps what is told."""
    return Operation(urn="urn", seconds=60, tell=(told if told is not None else []).append)


async def test_it_hands_out_the_flags_and_says_what_was_found() -> None:
    told: list[str] = []
    cluster = Cluster(ABLE)
    identifier, outputs = await SharePreflight(lambda *_: cluster).create(ARGS, operation(told))
    assert identifier == "default/backups-preflight"
    assert outputs["flags"] == ["--disableotmp"]
    assert outputs["freeBytes"] == 5 * 1024**3
    assert told == [outputs["message"]]


async def test_the_job_runs_on_the_claim_as_who_will_write() -> None:
    cluster = Cluster(ABLE)
    await SharePreflight(lambda *_: cluster).update(ARGS, {}, operation())
    (made,) = cluster.made
    spec = made["spec"]["template"]["spec"]
    assert (spec["securityContext"]["runAsUser"], spec["securityContext"]["runAsGroup"]) == (1000, 100)
    assert "backups-1" in str(spec["volumes"])
    assert spec["containers"][0]["command"][-2:] == ["default/backups", "/volume"]


async def test_what_the_nas_lacks_is_the_failure() -> None:
    with pytest.raises(errors.ClusterError, match="the share is full: 0 MiB free"):
        await SharePreflight(lambda *_: Cluster(ABLE | {"freeBytes": 0})).create(ARGS, operation())


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("FailedMount: mount failed Output: mount.nfs: Connection timed out", "^the NAS of the share does not answer"),
        ("ImagePullBackOff: no such image", "^Job default/x: ImagePullBackOff: no such image$"),
    ],
)
async def test_a_job_that_cannot_start_is_told_in_plain_words(
    reason: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: Any, **__: Any) -> Any:
        raise job.JobFailed(f"Job default/x: {reason}", reasons=[reason])

    monkeypatch.setattr(job, "run_script", failing)
    with pytest.raises(errors.ClusterError, match=expected):
        await SharePreflight(lambda *_: Cluster(None)).create(ARGS, operation())


async def test_a_change_may_change_the_flags_and_reading_or_deleting_does_not() -> None:
    preflight = SharePreflight(lambda *_: Cluster(None))
    assert preflight.difference(frozenset({"folder"}), {}).expired == {"flags", "freeBytes", "message"}
    assert preflight.difference(frozenset(), {}).expired == frozenset()
    assert await preflight.read(ARGS, {"flags": []}) == {"flags": []}
    await preflight.delete(ARGS, {}, operation())


def test_wrong_inputs_are_told_by_their_path() -> None:
    wrong = SharePreflightArgs(
        claim_name="a b", folder="../x", image="", name="A", namespace="B", run_as_user=1, run_as_group=1
    )
    problems = errors.Problems()
    SharePreflight(lambda *_: Cluster(None)).check(wrong, problems)
    assert [problem.path for problem in problems] == ["name", "namespace", "claimName", "folder"]
