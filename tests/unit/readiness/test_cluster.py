"""`tau.readiness.cluster` and single conditions: what is told of a Cluster that archives or is restored."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors
from tau.kubernetes.kinds import cluster
from tau.kubernetes.manifest import merge
from tau.readiness import resource as readiness_resource
from tests.unit.scripted import AWAY, CLUSTER, DATABASE, HEALTHY, STARTING, Script, Wait


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds become milliseconds."""
    monkeypatch.setattr(readiness_resource, "_POLL_SECONDS", 0.001)
    monkeypatch.setattr(readiness_resource, "_PATIENCE_SECONDS", 0.02)
    monkeypatch.setattr(readiness_resource, "_PATIENCE_SECONDS_FOR_A_CONDITION", 0.04)


GROWN = {"capacity": {"storage": "2Gi"}, "conditions": []}
ARCHIVING = dataclasses.replace(CLUSTER, condition=cluster.CONTINUOUS_ARCHIVING)


def archiving(status: str, message: str) -> Mapping[str, Any]:
    """A Cluster that does not serve, whose last try to archive ended like this."""
    condition = {"type": cluster.CONTINUOUS_ARCHIVING, "status": status, "message": message}
    return merge(STARTING, {"status": {"conditions": [condition]}})


async def test_a_condition_is_waited_for_whatever_else_the_cluster_says() -> None:
    script = Script(STARTING, archiving("False", "no answer"), archiving("True", "working"))
    identifier, outputs = await Wait().create(script, ARCHIVING)
    assert identifier == "Cluster/apps/main/ContinuousArchiving"
    assert outputs["message"] == "working"


async def test_a_condition_that_stays_false_is_told_in_its_own_words() -> None:
    with pytest.raises(errors.ClusterError, match="apps/main: ContinuousArchiving is False: exit status 2"):
        await Wait().create(Script(archiving("False", "exit status 2")), ARCHIVING)


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (
            '{"logger": "barman-cloud-wal-archive", "msg": "[90] ERROR: no such bucket"}',
            "exit status 2: no such bucket",
        ),
        ("", "exit status 2$"),
        (AWAY, "exit status 2$"),
    ],
)
async def test_the_reason_is_looked_up_in_the_log_of_the_sidecar(log: Any, told: str) -> None:
    failing = merge(archiving("False", "exit status 2"), {"status": {"currentPrimary": "main-1"}})
    script = Script(failing)
    script.written = log
    with pytest.raises(errors.ClusterError, match=told):
        await Wait().create(script, ARCHIVING)


FAILED = {
    "metadata": {"name": "main-1-full-recovery-x", "labels": {"cnpg.io/jobRole": "full-recovery"}},
    "spec": {"containers": [{"name": "full-recovery"}]},
    "status": {"phase": "Failed"},
}
REASON = '{"record": {"error_severity": "FATAL", "message": "recovery ended before configured recovery target"}}'


@pytest.mark.parametrize(
    ("pods", "primary", "told"),
    [
        ([FAILED, FAILED], "", "full-recovery-x fails: PostgreSQL: recovery ended before configured recovery target"),
        ([FAILED], "", "not ready after 0 s: Setting up primary"),
        ([FAILED, FAILED], "main-1", "not ready after 0 s: Setting up primary"),
    ],
)
async def test_a_restore_that_fails_twice_is_told_in_its_own_words(pods: Any, primary: str, told: str) -> None:
    script = Script(merge(STARTING, {"status": {"currentPrimary": primary}}), pods=pods)
    script.written = REASON
    with pytest.raises(errors.ClusterError, match=told):
        await Wait(seconds=0.1).create(script, CLUSTER)


async def test_a_condition_that_is_true_need_not_settle() -> None:
    script = Script(archiving("True", "working"))
    await Wait().update(script, ARCHIVING)
    # The second look is for the name of its CA.
    assert script.looked == 2


def test_a_condition_of_another_kind_is_refused() -> None:
    problems = errors.Problems()
    readiness_resource.Readiness(lambda *_: Script(None)).check(
        dataclasses.replace(DATABASE, condition="Ready"), problems
    )
    assert [problem.path for problem in problems] == ["condition"]


async def test_a_volume_that_is_still_growing_is_waited_for() -> None:
    wanted = merge(HEALTHY, {"spec": {"storage": {"size": "2Gi"}}})
    labels = {"cnpg.io/pvcRole": "PG_DATA"}
    pending = [{"message": "waiting for the file system"}]
    small = {"metadata": {"name": "main-1", "labels": labels}, "status": {"capacity": {"storage": "1Gi"}}}
    claims = [[merge(small, {"status": {"conditions": pending}})], [merge(small, {"status": GROWN})]]
    wait = Wait()
    await wait.update(Script(wanted, claims=claims), CLUSTER)
    assert wait.told == ["Cluster apps/main: volume main-1: has 1Gi of 2Gi; waiting for the file system"]


async def test_a_volume_that_grows_with_the_next_pod_only_is_not_waited_for() -> None:
    volume = {"size": "2Gi", "resizeInUseVolumes": False}
    labels = {"cnpg.io/pvcRole": "PG_DATA"}
    small = {"metadata": {"name": "main-1", "labels": labels}, "status": {"capacity": {"storage": "1Gi"}}}
    await Wait().update(Script(merge(HEALTHY, {"spec": {"storage": volume}}), claims=[[small]]), CLUSTER)


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (
            '{"logger": "pg_upgrade", "msg": "Checking for tables              ok"}\n'
            '{"logger": "pg_upgrade", "msg": "Checking for aclitem          fatal"}\n'
            '{"logger": "pg_upgrade", "msg": ""}\n'
            '{"logger": "pg_upgrade", "msg": "Your installation contains aclitem"}\n'
            '{"level": "error", "error": "exit status 1"}',
            "fatal / Your installation contains aclitem",
        ),
        (
            '{"logger": "pg_upgrade", "msg": "Checking data type usage     failed check: Checking for aclitem"}\n'
            '{"logger": "pg_upgrade", "msg": "Data type checks failed: "}\n'
            '{"logger": "pg_upgrade", "msg": "Your installation contains aclitem"}',
            "failed check: Checking for aclitem / Data type checks failed: / Your installation contains aclitem",
        ),
        ('{"level": "error", "error": "found failed upgrade directories"}', "found failed upgrade directories"),
        ("", "does not say why"),
    ],
)
async def test_an_upgrade_that_failed_is_told_in_the_words_of_pg_upgrade_with_the_way_back(log: str, told: str) -> None:
    failed = {
        "metadata": {"name": "main-1-major-upgrade-x", "labels": {"cnpg.io/jobRole": "major-upgrade"}},
        "spec": {"containers": [{"name": "major-upgrade"}]},
        "status": {"phase": "Failed"},
    }
    status = {"phase": cluster.UPGRADING, "pgDataImageInfo": {"majorVersion": 15}}
    upgrading = merge(STARTING, {"spec": {"imageName": "postgresql:17"}, "status": status})
    script = Script(upgrading, pods=[failed])
    script.written = log
    with pytest.raises(errors.ClusterError, match=f'{told}.*set `version: "15"` again'):
        await Wait().update(script, CLUSTER)
