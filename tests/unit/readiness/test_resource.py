"""`tau.readiness.resource`: how a wait goes, against an API server that answers from a script."""

import dataclasses
from typing import Any

import pytest

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster
from tau.kubernetes.manifest import merge
from tau.readiness import resource as readiness_resource
from tau.types.postgres import ReadinessArgs
from tests.unit.scripted import (
    APPLIED,
    AVAILABLE,
    AWAY,
    CLUSTER,
    DATABASE,
    DEPLOYMENT,
    GATEWAY,
    HEALTHY,
    REFUSED,
    STARTING,
    Script,
    Wait,
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds become milliseconds."""
    monkeypatch.setattr(readiness_resource, "_FIRST_POLL_SECONDS", 0.001)
    monkeypatch.setattr(readiness_resource, "_POLL_SECONDS", 0.001)
    monkeypatch.setattr(readiness_resource, "_PATIENCE_SECONDS", 0.02)
    monkeypatch.setattr(readiness_resource, "_PATIENCE_SECONDS_FOR_A_CONDITION", 0.04)


async def test_it_waits_until_a_cluster_serves_and_hands_out_its_certificate() -> None:
    wait = Wait()
    identifier, outputs = await wait.create(Script(STARTING, STARTING, HEALTHY, certificate="PEM"), CLUSTER)
    assert identifier == "Cluster/apps/main"
    assert outputs == {
        "apiVersion": cluster.KIND.api_version,
        "kind": "Cluster",
        "namespace": "apps",
        "name": "main",
        "message": "Cluster in healthy state",
        "caCertificate": "PEM",
        "lastingCaCertificate": "PEM",
    }


async def test_progress_is_told_once_for_each_message() -> None:
    wait = Wait()
    await wait.create(Script(STARTING, STARTING, HEALTHY), CLUSTER)
    assert wait.told == ["Cluster apps/main: Setting up primary (0 of 1 instances ready)"]


async def test_what_keeps_pods_from_running_is_told_with_the_cluster() -> None:
    condition = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"}
    stuck = {"metadata": {"name": "main-1"}, "status": {"conditions": [condition]}}
    wait = Wait()
    await wait.create(Script(STARTING, HEALTHY, pods=[stuck]), CLUSTER)
    assert wait.told[0].endswith("; Pod main-1: 0/1 nodes are available")


async def test_after_a_change_a_cluster_must_stay_ready() -> None:
    script = Script(HEALTHY)
    await Wait().update(script, CLUSTER)
    assert script.looked > 1
    script = Script(APPLIED)
    await Wait().update(script, DATABASE)
    assert script.looked == 1


async def test_a_failure_that_passes_is_waited_out() -> None:
    _, outputs = await Wait().create(Script(None, REFUSED, APPLIED), DATABASE)
    assert outputs["message"] == "applied"


async def test_a_failure_that_lasts_ends_the_wait_in_the_objects_own_words() -> None:
    with pytest.raises(errors.ClusterError, match=r"^Database apps/main-shop: role is missing$"):
        await Wait().create(Script(REFUSED), DATABASE)


async def test_an_object_that_is_not_there_ends_the_wait() -> None:
    with pytest.raises(errors.ClusterError, match="there is no such object"):
        await Wait().create(Script(None), DATABASE)


async def test_the_time_out_names_the_last_message() -> None:
    with pytest.raises(errors.ClusterError, match="not ready after 0 s: Setting up primary"):
        await Wait(seconds=0.01).create(Script(STARTING), CLUSTER)


async def test_cancelling_ends_the_wait() -> None:
    wait = Wait()
    wait.operation.cancelled.set()
    with pytest.raises(
        errors.ClusterError, match="cancelled after 0 s while waiting until it is ready: Setting up primary"
    ):
        await wait.create(Script(STARTING), CLUSTER)


@pytest.mark.parametrize(("states", "pods"), [([AWAY, HEALTHY], []), ([STARTING, HEALTHY], AWAY)])
async def test_an_api_server_that_is_away_for_a_moment_ends_no_wait(states: list[Any], pods: Any) -> None:
    wait = Wait()
    await wait.create(Script(*states, pods=pods), CLUSTER)
    assert wait.told[0].endswith("Kubernetes does not answer")


async def test_the_operator_is_ready_when_its_webhook_judges() -> None:
    refusals = [AWAY, "failed calling webhook: connection refused", "spec is wrong"]
    wait = Wait()
    _, outputs = await wait.create(Script(AVAILABLE, refusals=refusals), DEPLOYMENT)
    assert len(wait.told) == 2
    assert outputs["message"] == "available"
    assert outputs["caCertificate"] == ""


async def test_an_operator_that_a_chart_names_otherwise_has_a_webhook_too() -> None:
    labelled = merge(AVAILABLE, {"metadata": {"labels": {"app.kubernetes.io/name": "cloudnative-pg"}}})
    wait = Wait()
    await wait.create(Script(labelled, refusals=["failed calling webhook: refused", None]), GATEWAY)
    assert len(wait.told) == 1


async def test_other_deployments_have_no_webhook_to_wait_for() -> None:
    _, outputs = await Wait().create(Script(AVAILABLE, refusals=["failed calling webhook: refused"]), GATEWAY)
    assert outputs["message"] == "available"


async def test_what_keeps_pods_from_running_is_told_with_their_deployment() -> None:
    unavailable = merge(
        AVAILABLE, {"spec": {"selector": {"matchLabels": {"a": "b"}}}, "status": {"updatedReplicas": 0}}
    )
    waiting = {"waiting": {"reason": "CreateContainerConfigError", "message": "failed to prepare subPath"}}
    pod = {"metadata": {"name": "backups-1"}, "status": {"containerStatuses": [{"state": waiting}]}}
    wait = Wait()
    await wait.create(Script(unavailable, AVAILABLE, pods=[pod]), GATEWAY)
    assert wait.told[0].endswith("; Pod backups-1: CreateContainerConfigError: failed to prepare subPath")


async def test_reading_tells_the_state_as_it_is() -> None:
    found = await readiness_resource.Readiness(lambda *_: Script(STARTING)).read(CLUSTER, {})
    assert found is not None
    assert found["message"].startswith("Setting up primary")


async def test_deleting_touches_nothing() -> None:
    def connect(*_: Any) -> KubernetesApi:
        raise AssertionError("connected")

    await readiness_resource.Readiness(connect).delete(CLUSTER, {}, Wait().operation)


@pytest.mark.parametrize(
    ("args", "path"),
    [
        (ReadinessArgs(api_version="v1", kind="Pod", namespace="a", name="b"), "kind"),
        (ReadinessArgs(api_version="v1", kind="Database", namespace="A", name="b"), "namespace"),
        (ReadinessArgs(api_version="v1", kind="Database", namespace="a", name="b c"), "name"),
    ],
)
def test_wrong_inputs_are_told_by_their_path(args: ReadinessArgs, path: str) -> None:
    problems = errors.Problems()
    readiness_resource.Readiness(lambda *_: Script()).check(args, problems)
    assert [problem.path for problem in problems] == [path]


@pytest.mark.parametrize(
    ("args", "script", "recorded", "renewed"),
    [
        (CLUSTER, Script(HEALTHY, certificate="PEM"), "PEM", False),
        (CLUSTER, Script(HEALTHY, certificate="PEM"), "OLD", True),
        (CLUSTER, Script(HEALTHY, certificate="PEM"), None, True),
        (CLUSTER, Script(HEALTHY), "OLD", False),
        (CLUSTER, Script(None), "OLD", False),
        (CLUSTER, Script(AWAY), "OLD", False),
        (dataclasses.replace(CLUSTER, condition="ContinuousArchiving"), Script(HEALTHY, certificate="PEM"), "", False),
        (DATABASE, Script(APPLIED), "", False),
    ],
)
async def test_another_ca_of_a_cluster_asks_for_an_update(
    args: ReadinessArgs, script: Script, recorded: str | None, renewed: bool
) -> None:
    served = readiness_resource.Readiness(lambda *_: script)
    found = await served.observed(args, {"caCertificate": "PEM", "lastingCaCertificate": recorded})
    assert found == ({"lastingCaCertificate"} if renewed else set())


async def test_a_copy_of_no_use_is_renewed_with_it() -> None:
    served = readiness_resource.Readiness(lambda *_: Script(HEALTHY, certificate="PEM"))
    recorded = {"caCertificate": "OLD", "lastingCaCertificate": "OLD"}
    assert await served.observed(CLUSTER, recorded) == {"caCertificate", "lastingCaCertificate"}
    renewed = await served.update(CLUSTER, recorded, Wait().operation)
    assert (renewed["caCertificate"], renewed["lastingCaCertificate"]) == ("PEM", "PEM")


def test_the_ca_of_a_cluster_may_be_the_users_own() -> None:
    assert cluster.ca_secret_of(HEALTHY) == "main-ca"
    own = merge(HEALTHY, {"spec": {"certificates": {"serverCASecret": "own"}}})
    assert cluster.ca_secret_of(own) == "own"
