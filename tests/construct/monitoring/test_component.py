"""Instance with monitoring: what is registered, where the Prometheus operator is missing, and for which databases."""

import dataclasses
from typing import Any

import pytest

from testbed.drive.deployment import Deployment
from tests.construct import fake_kubernetes, order
from tests.construct.backup.test_component import STORE

NAMES = {
    "main-pod-monitor": "kubernetes:monitoring.coreos.com/v1:PodMonitor",
    "main-alerts": "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
    "main-dashboard": "kubernetes:core/v1:ConfigMap",
}
OPERATOR = "urn:pulumi:dev::garden::kubernetes:helm.sh/v3:Release::prometheus"


def on(deployment: Deployment, cluster: fake_kubernetes.FakeKubernetes, *kinds: str) -> Deployment:
    """The same on a cluster that answers and has these kinds of the Prometheus operator."""
    cluster.put_storage_classes("longhorn")
    for plural in kinds:
        definition = f"{plural}.monitoring.coreos.com"
        cluster.put("apiextensions.k8s.io/v1", "customresourcedefinitions", definition)
    return dataclasses.replace(deployment, config={"kubernetes:kubeconfig": cluster.kubeconfig})


@pytest.mark.parametrize(
    ("monitoring", "expected"),
    [
        (None, set()),
        ({}, set(NAMES)),
        ({"podMonitor": False}, {"main-alerts", "main-dashboard"}),
        ({"prometheusRule": False, "dashboard": False}, {"main-pod-monitor"}),
    ],
)
def test_plain_inputs_decide_what_is_registered(deployment: Deployment, monitoring: Any, expected: set[str]) -> None:
    deployment.construct("Instance", "main", {} if monitoring is None else {"monitoring": monitoring})
    found = {one.request.name: one.request.type for one in deployment.monitor.registered}
    assert {name: kind for name, kind in found.items() if name in NAMES} == {name: NAMES[name] for name in expected}


def test_what_watches_comes_after_the_server_and_goes_before_it(deployment: Deployment) -> None:
    deployment.construct("Instance", "main", {"monitoring": {}, "backup": {"store": STORE}})
    for name in NAMES:
        assert order.comes_after(deployment.monitor, name, "main-cluster")


def test_a_dedicated_database_and_an_application_hand_it_on(deployment: Deployment) -> None:
    deployment.construct("Database", "main", {"monitoring": {"backupMaxAge": "2d"}})
    deployment.construct("TauApplication", "shop", {"database": {"monitoring": {"dashboard": False}}})
    names = deployment.monitor.names
    assert names >= {*NAMES, "shop-pod-monitor", "shop-alerts"}
    assert "shop-dashboard" not in names


def test_a_database_on_a_shared_instance_is_told_where_it_belongs(deployment: Deployment) -> None:
    refused = deployment.refused("Database", "shop", {"instance": "postgres-main", "monitoring": {}})
    assert "belongs to a dedicated instance" in refused.problems["monitoring"]


@pytest.mark.parametrize("kind", ["Instance", "Database"])
def test_a_cluster_without_the_prometheus_operator_is_told_before_anything_is_made(
    deployment: Deployment, cluster: fake_kubernetes.FakeKubernetes, kind: str
) -> None:
    refused = on(deployment, cluster).refused(kind, "main", {"monitoring": {}})
    assert refused.problems.keys() == {"monitoring.podMonitor", "monitoring.prometheusRule"}
    for path, definition in (("podMonitor", "podmonitors"), ("prometheusRule", "prometheusrules")):
        reason = refused.problems[f"monitoring.{path}"]
        assert f"has no CustomResourceDefinition {definition}.monitoring.coreos.com" in reason
        assert "or set this to false" in reason


def test_of_the_prometheus_operator_only_what_is_used_is_looked_for(
    deployment: Deployment, cluster: fake_kubernetes.FakeKubernetes
) -> None:
    on(deployment, cluster, "podmonitors").construct("Instance", "main", {"monitoring": {"prometheusRule": False}})
    off = {"podMonitor": False, "prometheusRule": False}
    on(deployment, cluster).construct("Instance", "other", {"monitoring": off})


def test_a_prometheus_operator_that_is_yet_to_come_is_not_missed_in_a_preview(
    preview: Deployment, cluster: fake_kubernetes.FakeKubernetes
) -> None:
    on(preview, cluster).construct("Instance", "main", {"monitoring": {}}, dependencies=[OPERATOR])
    refused = on(preview, cluster).refused("Instance", "other", {"monitoring": {}})
    assert "monitoring.podMonitor" in refused.problems


def test_rules_that_are_not_taus_are_left_alone(
    deployment: Deployment, cluster: fake_kubernetes.FakeKubernetes
) -> None:
    known = on(deployment, cluster, "podmonitors", "prometheusrules")
    cluster.put("monitoring.coreos.com/v1", "prometheusrules", "postgres-main-alerts", "default")
    refused = known.refused("Instance", "main", {"monitoring": {}})
    assert "PrometheusRule default/postgres-main-alerts" in refused.problems["name"]
