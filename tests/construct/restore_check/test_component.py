"""RestoreCheck: children, their order, the last result, and instances that it refuses."""

from collections.abc import Mapping
from typing import Any

import pytest

from testbed.drive import property_map
from testbed.drive.deployment import Deployment
from testbed.drive.fake_engine import FakeEngine
from tests.construct import order
from tests.construct.fake_kubernetes import FakeKubernetes

NAMESPACE = "urn:pulumi:dev::garden::pulumi:pulumi:Stack$kubernetes:core/v1:Namespace::apps"
INPUTS = {"instance": "postgres-main", "namespace": "shop"}
PLUGIN = {"name": "barman-cloud.cloudnative-pg.io", "parameters": {"barmanObjectName": "postgres-main"}}
NAME = "postgres-main-restore-check"


def _on(deployment: Deployment, cluster: FakeKubernetes, *plugins: Mapping[str, Any]) -> Deployment:
    cluster.put_cluster("postgres-main", namespace="shop", spec={"plugins": list(plugins)})
    return Deployment(deployment.plugin, deployment.monitor, config={"kubernetes:kubeconfig": cluster.kubeconfig})


@pytest.fixture
def up(deployment: Deployment, cluster: FakeKubernetes) -> Deployment:
    return _on(deployment, cluster, PLUGIN)


def test_children_have_stable_names_and_types_below_the_component(up: Deployment) -> None:
    response = up.construct("RestoreCheck", "weekly", INPUTS)
    found = {one.request.name: one.request.type for one in up.monitor.registered if one.request.custom}
    assert found == {
        "weekly-account": "kubernetes:core/v1:ServiceAccount",
        "weekly-cron-job": "kubernetes:batch/v1:CronJob",
        "weekly-network-policy": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "weekly-policy": "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
        "weekly-policy-binding": "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
        "weekly-result": "kubernetes:core/v1:ConfigMap",
        "weekly-role": "kubernetes:rbac.authorization.k8s.io/v1:Role",
        "weekly-role-binding": "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
        "weekly-scripts": "kubernetes:core/v1:ConfigMap",
    }
    assert {one.request.parent for one in up.monitor.registered if one.request.custom} == {response.urn}


def test_the_account_may_do_nothing_before_a_policy_restricts_it(up: Deployment) -> None:
    up.construct("RestoreCheck", "weekly", INPUTS)
    assert order.comes_after(up.monitor, "weekly-role", "weekly-policy-binding")


def test_without_the_right_to_look_for_policies_there_are_none_and_a_warning(
    up: Deployment, cluster: FakeKubernetes, engine: FakeEngine
) -> None:
    cluster.forbidden.add("validatingadmissionpolicies")
    response = up.construct("RestoreCheck", "unrestricted", INPUTS)
    assert not {name for name in up.monitor.names if "policy" in name and "network" not in name}
    (told,) = engine.messages_of(response.urn)
    assert "can create a Cluster with any Secret of its namespace" in told


@pytest.mark.parametrize("earlier", ["result", "scripts", "role-binding", "network-policy"])
def test_nothing_runs_before_it_may(up: Deployment, earlier: str) -> None:
    up.construct("RestoreCheck", "weekly", INPUTS)
    assert order.comes_after(up.monitor, "weekly-cron-job", f"weekly-{earlier}")


def test_without_a_network_policy_there_is_none(up: Deployment) -> None:
    up.construct("RestoreCheck", "weekly", INPUTS | {"networkPolicy": {"enabled": False}})
    assert "weekly-network-policy" not in up.monitor.names


def test_what_the_check_writes_is_not_taken_back(up: Deployment) -> None:
    up.construct("RestoreCheck", "weekly", INPUTS)
    result = up.monitor.find("weekly-result")
    assert list(result.request.ignoreChanges) == ["data"]
    assert "data" not in result.inputs


def test_changes_to_ignore_reach_the_objects(up: Deployment) -> None:
    up.construct("RestoreCheck", "weekly", INPUTS, ignoreChanges=["schedule"])
    assert list(up.monitor.find("weekly-cron-job").request.ignoreChanges) == ["spec.schedule"]


def test_the_pod_runs_the_scripts_of_this_version(up: Deployment) -> None:
    up.construct("RestoreCheck", "weekly", INPUTS)
    data = up.monitor.find("weekly-scripts").inputs["data"]
    assert "def main() -> int:" in data["tau.restore_check.script.__main__.py"]
    for text in data.values():
        for line in text.splitlines():
            if line.startswith("from tau."):
                package, _, names = line.removeprefix("from ").partition(" import ")
                inner = [name.split(" as ")[0].strip() for name in names.split(",")]
                modules = {f"{package}.py", *(f"{package}.{name}.py" for name in inner)}
                assert modules & data.keys(), f"{line} has nothing to import in the Pod"


@pytest.mark.parametrize(
    ("data", "outputs"),
    [
        (None, ("none", "", "")),
        ({}, ("none", "", "")),
        (
            {"result": "passed", "message": "fine", "finished": "2026-11-23T05:01:00Z"},
            ("passed", "fine", "2026-11-23T05:01:00Z"),
        ),
    ],
)
def test_the_last_result_is_an_output(
    up: Deployment, cluster: FakeKubernetes, data: Any, outputs: tuple[str, ...]
) -> None:
    if data is not None:
        cluster.put("v1", "configmaps", NAME, "shop", **({"data": data} if data else {}))
    response = up.construct("RestoreCheck", "weekly", INPUTS)
    state = property_map.plain(response.state)
    assert (state["name"], state["namespace"]) == (NAME, "shop")
    assert (state["lastResult"], state["lastMessage"], state["lastTime"]) == outputs


def test_a_cluster_that_is_away_has_no_result(up: Deployment, cluster: FakeKubernetes) -> None:
    cluster.away = True
    state = property_map.plain(up.construct("RestoreCheck", "weekly", INPUTS).state)
    assert state["lastResult"] == "none"


def test_an_instance_that_is_not_backed_up_is_refused(deployment: Deployment, cluster: FakeKubernetes) -> None:
    for plugins in ([], [{"name": "other"}], [PLUGIN | {"enabled": False}]):
        refused = _on(deployment, cluster, *plugins).refused("RestoreCheck", "weekly", INPUTS)
        assert "'postgres-main' is not backed up, so there is nothing to restore" in refused.problems["instance"]


def test_an_instance_that_is_not_there_is_refused(up: Deployment) -> None:
    refused = up.refused("RestoreCheck", "weekly", INPUTS | {"instance": "postgres-mian"})
    assert "did you mean 'postgres-main'?" in refused.problems["instance"]
    assert "namespace" in up.refused("RestoreCheck", "weekly", INPUTS | {"namespace": "other"}).problems


def test_in_a_preview_the_instance_may_yet_be_made_or_backed_up(preview: Deployment, cluster: FakeKubernetes) -> None:
    previewed = _on(preview, cluster)
    previewed.construct("RestoreCheck", "weekly", INPUTS, dependencies=[NAMESPACE])
    later = INPUTS | {"instance": property_map.UNKNOWN}
    previewed.construct("RestoreCheck", "weekly", later | {"name": "weekly"}, dependencies=[NAMESPACE])


def test_everything_wrong_with_the_inputs_comes_at_once(up: Deployment) -> None:
    refused = up.refused("RestoreCheck", "weekly", INPUTS | {"schedule": "weekly", "timeoutMinutes": 0, "query": ""})
    assert refused.problems.keys() == {"schedule", "timeoutMinutes", "query"}


def test_two_checks_of_one_name_are_refused(up: Deployment) -> None:
    up.construct("RestoreCheck", "weekly", INPUTS)
    assert "is already created by the resource" in up.refused("RestoreCheck", "daily", INPUTS).problems["name"]
