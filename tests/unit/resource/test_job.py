"""`tau.resource.job`: how a run of a Job goes, against an API server that answers from a script."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import job as kind
from tau.resource import job, polling
from tau.resource.contract import Operation

COMPLETE = {"status": {"conditions": [{"type": "Complete", "status": "True"}]}}
FAILED = {"status": {"conditions": [{"type": "Failed", "status": "True", "message": "has reached the limit"}]}}
AT_WORK: dict[str, Any] = {"status": {}}
RUNS = {"metadata": {"name": "look-1"}, "status": {"phase": "Running"}}
CREATING = {"metadata": {"name": "look-1"}, "status": {"phase": "Pending"}}
PULLING = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
UNPULLED = {"metadata": {"name": "look-1"}, "status": {"phase": "Pending", "containerStatuses": [PULLING]}}
UNMOUNTED = {
    "involvedObject": {"name": "look-1"},
    "type": "Warning",
    "reason": "FailedMount",
    "message": "access denied by server",
    "metadata": {},
}
AWAY = errors.Unreachable("Kubernetes does not answer")
SCRIPT = kind.Script(image="sidecar:1", source="print({})")


class Cluster(KubernetesApi):
    """Answers each look at the Job with the next state, the last one again and again; keeps what is made."""

    def __init__(self, *states: Any, pods: Sequence[Any] = (RUNS,), events: Any = (), log: str = "{}\n") -> None:
        super().__init__()
        self.states, self.pods, self.events, self.text = list(states), list(pods), events, log
        self.there: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.made: list[Mapping[str, Any]] = []

    async def create(self, kind: Kind, namespace: str | None, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self.there[kind.plural, body["metadata"]["name"]] = body
        self.made.append(body)
        return {**body, "metadata": {**body["metadata"], "uid": "uid-1"}}

    async def delete(self, kind: Kind, namespace: str | None, name: str, **options: Any) -> None:
        self.there.pop((kind.plural, name), None)

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        found = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(found, Exception):
            raise found
        answer: Mapping[str, Any] | None = found
        return answer

    async def items(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Mapping[str, Any]]:
        if kind.plural == "events" and isinstance(self.events, Exception):
            raise self.events
        return list(self.pods if kind.plural == "pods" else self.events)

    async def log(self, namespace: str, pod: str, container: str) -> str:
        assert (pod, container) == ("look-1", kind.CONTAINER)
        return self.text


class Run:
    """One run of a script, and what was told meanwhile."""

    def __init__(self, *, seconds: float = 60.0) -> None:
        self.told: list[str] = []
        self.operation = Operation(urn="urn", seconds=seconds, tell=self.told.append)

    async def __call__(self, api: Cluster, **more: Any) -> Any:
        return await job.run_script(api, SCRIPT, name="look", namespace="apps", operation=self.operation, **more)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds become milliseconds."""
    monkeypatch.setattr(job, "_POLL_SECONDS", 0.001)
    monkeypatch.setattr(job, "_PATIENCE_SECONDS", 0.02)


async def test_the_answer_is_the_last_line_of_the_log_and_nothing_stays() -> None:
    cluster = Cluster(AT_WORK, COMPLETE, log='looking\n{"free": 1}\n')
    assert await Run()(cluster, credentials={"AWS_ACCESS_KEY_ID": "me"}) == {"free": 1}
    assert cluster.there == {}


async def test_credentials_are_in_a_secret_that_the_job_owns() -> None:
    cluster = Cluster(COMPLETE)
    await Run()(cluster, credentials={"AWS_SECRET_ACCESS_KEY": "hidden"})
    made, secret = cluster.made
    assert "hidden" not in str(made)
    assert secret["metadata"]["ownerReferences"][0]["uid"] == "uid-1"
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert container["envFrom"] == [{"secretRef": {"name": secret["metadata"]["name"]}}]


async def test_two_runs_at_a_time_do_not_meet() -> None:
    cluster = Cluster(COMPLETE)
    await asyncio.gather(Run()(cluster), Run()(cluster))
    first, second = (made["metadata"]["name"] for made in cluster.made)
    assert first != second
    assert len(job.unique("a" * 80)) == 63


async def test_a_failure_is_told_in_the_last_words_of_the_script() -> None:
    cluster = Cluster(FAILED, log="one\ntwo\nthree\nfour\nfive\nOSError: disk full")
    with pytest.raises(job.JobFailed, match=r"has reached the limit\ntwo\n(.|\n)*OSError: disk full$") as failure:
        await Run()(cluster)
    assert "OSError" in failure.value.log
    assert cluster.there == {}


async def test_a_log_without_an_answer_is_a_failure() -> None:
    with pytest.raises(job.JobFailed, match="ended without an answer\nTraceback"):
        await Run()(Cluster(COMPLETE, log="Traceback"))


@pytest.mark.parametrize(
    ("pod", "events", "expected"),
    [
        (UNPULLED, [], "ImagePullBackOff: no such image"),
        (CREATING, [UNMOUNTED], "FailedMount: access denied by server"),
    ],
)
async def test_what_keeps_it_from_starting_ends_it_after_a_while(pod: Any, events: Any, expected: str) -> None:
    run, cluster = Run(), Cluster(AT_WORK, pods=[pod], events=events)
    with pytest.raises(job.JobFailed, match=expected) as failure:
        await run(cluster)
    assert len(run.told) == 1
    assert any(expected in reason for reason in failure.value.reasons)
    assert cluster.there == {}


async def test_a_job_without_a_pod_is_asked_itself() -> None:
    class Forbidding(Cluster):
        async def items(self, kind: Kind, *_: Any, **__: Any) -> list[Mapping[str, Any]]:
            about = {"involvedObject": {"name": self.made[0]["metadata"]["name"]}, "reason": "FailedCreate"}
            refused = UNMOUNTED | about | {"message": "exceeded quota"}
            return [refused] if kind.plural == "events" else []

    with pytest.raises(job.JobFailed, match="FailedCreate: exceeded quota"):
        await Run()(Forbidding(AT_WORK))


async def test_who_may_not_read_events_can_still_work() -> None:
    cluster = Cluster(AT_WORK, AT_WORK, COMPLETE, pods=[CREATING], events=errors.ClusterError("forbidden"))
    assert await Run()(cluster) == {}


async def test_what_passes_in_time_is_waited_out() -> None:
    class Recovering(Cluster):
        async def items(self, *arguments: Any, **more: Any) -> list[Mapping[str, Any]]:
            return [self.pods.pop(0) if len(self.pods) > 1 else self.pods[0]]

    assert await Run()(Recovering(AT_WORK, AWAY, AT_WORK, AT_WORK, COMPLETE, pods=[UNPULLED, RUNS])) == {}


@pytest.mark.parametrize(
    ("states", "expected"), [([AT_WORK], "not finished after 0 s"), ([None], "was deleted before it had finished")]
)
async def test_it_ends_when_time_is_up_or_the_job_is_gone(states: list[Any], expected: str) -> None:
    cluster = Cluster(*states)
    with pytest.raises(job.JobFailed, match=expected):
        await Run(seconds=0.005)(cluster)
    assert cluster.there == {}


async def test_cancelling_removes_the_job() -> None:
    run, cluster = Run(), Cluster(AT_WORK)
    run.operation.cancelled.set()
    with pytest.raises(polling.Cancelled, match="until it has finished"):
        await run(cluster)
    assert cluster.there == {}


async def test_an_ended_task_removes_the_job() -> None:
    cluster = Cluster(AT_WORK)
    task = asyncio.ensure_future(Run()(cluster))
    while not cluster.there:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.01)
    assert cluster.there == {}
