"""Operator with `install: false`: the operator and the plugin that somebody else installed."""

from typing import Any

import pytest

from testbed.drive.deployment import Deployment
from testbed.drive.fake_engine import FakeEngine
from tests.construct.fake_kubernetes import FakeKubernetes

ALONE: dict[str, Any] = {"install": False, "barmanPlugin": {"enabled": False}}


@pytest.fixture
def up(deployment: Deployment, cluster: FakeKubernetes) -> Deployment:
    return Deployment(deployment.plugin, deployment.monitor, config={"kubernetes:kubeconfig": cluster.kubeconfig})


def test_an_operator_that_is_not_to_be_installed_must_run(up: Deployment, cluster: FakeKubernetes) -> None:
    without_plugin = {"install": False, "barmanPlugin": {"enabled": False}}
    refused = up.refused("Operator", "postgres", without_plugin)
    assert "no namespace has a Deployment with the label app.kubernetes.io/name" in refused.problems["install"]
    run_operator(cluster, "1.29.2")
    refused = up.refused("Operator", "postgres", without_plugin)
    assert "the running operator is '1.29.2'; tau needs 1.30.0 or newer" in refused.problems["install"]
    run_operator(cluster, "1.30.0")
    up.construct("Operator", "postgres", without_plugin)
    assert up.monitor.names == {"postgres", "postgres-ready"}


def test_a_plugin_that_is_not_to_be_installed_must_run(up: Deployment, cluster: FakeKubernetes) -> None:
    run_operator(cluster, "1.30.0")
    missing = up.refused("Operator", "postgres", {"install": False}).problems["barmanPlugin"]
    assert "no Service with the label cnpg.io/pluginName: barman-cloud.cloudnative-pg.io" in missing
    assert "no CustomResourceDefinition objectstores.barmancloud.cnpg.io" in missing
    _run_plugin(cluster, "v0.13.0")
    missing = up.refused("Operator", "postgres", {"install": False}).problems["barmanPlugin"]
    assert "the running plugin is '0.13.0'; tau needs 0.14.0 or newer" in missing
    _run_plugin(cluster, "v0.14.0")
    up.construct("Operator", "postgres", {"install": False})
    assert up.monitor.names == {"postgres", "postgres-ready", "postgres-barman-plugin-ready"}
    assert up.monitor.find("postgres-barman-plugin-ready").inputs["name"] == "from-helm"
    cluster.remove("apps/v1", "deployments", "of-plugin", "cnpg-system")
    missing = up.refused("Operator", "postgres", {"install": False}).problems["barmanPlugin"]
    assert "has no Deployment behind Service from-helm" in missing


def test_an_operator_that_is_not_to_be_installed_must_be_reachable(up: Deployment, cluster: FakeKubernetes) -> None:
    cluster.away = True
    refused = up.refused("Operator", "postgres", {"install": False})
    assert "false requires a running operator, but" in refused.problems["install"]


def run_operator(
    cluster: FakeKubernetes,
    version: str,
    *,
    name: str = "cnpg-controller-manager",
    namespace: str = "cnpg-system",
    label: str = "cloudnative-pg",
) -> None:
    image = f"ghcr.io/cloudnative-pg/cloudnative-pg:{version}"
    labels = {"app.kubernetes.io/name": label}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "manager", "image": image}]}}
    cluster.put("apps/v1", "deployments", name, namespace, metadata={"labels": labels}, spec={"template": template})


def _run_plugin(cluster: FakeKubernetes, tag: str) -> None:
    labels = {"cnpg.io/pluginName": "barman-cloud.cloudnative-pg.io"}
    spec = {"selector": {"app": "plugin"}}
    cluster.put("v1", "services", "from-helm", "cnpg-system", metadata={"labels": labels}, spec=spec)
    containers = [{"name": "plugin", "image": f"mirror/plugin:{tag}"}]
    template = {"metadata": {"labels": {"app": "plugin", "more": "than that"}}, "spec": {"containers": containers}}
    cluster.put("apps/v1", "deployments", "of-plugin", "cnpg-system", spec={"template": template})
    cluster.put("apiextensions.k8s.io/v1", "customresourcedefinitions", "objectstores.barmancloud.cnpg.io")


@pytest.mark.parametrize("namespace", ["cnpg-system", "core"])
def test_a_helm_chart_may_give_it_another_name_and_namespace(
    up: Deployment, cluster: FakeKubernetes, engine: FakeEngine, namespace: str
) -> None:
    run_operator(cluster, "1.30.2", name="cnpg-cloudnative-pg", namespace=namespace)
    response = up.construct("Operator", f"of-{namespace}", ALONE)
    waited = up.monitor.find(f"of-{namespace}-ready").inputs
    assert (waited["namespace"], waited["name"]) == (namespace, "cnpg-cloudnative-pg")
    assert dict(response.state) == {"namespace": namespace, "version": "1.30.2"}
    assert engine.messages_of(response.urn) == []


def test_with_other_labels_it_is_what_the_webhook_leads_to(up: Deployment, cluster: FakeKubernetes) -> None:
    run_operator(cluster, "1.30.0", name="pg", label="postgres-operator")
    reference = {"namespace": "cnpg-system", "name": "cnpg-webhook-service"}
    name, webhooks = "cnpg-validating-webhook-configuration", [{"clientConfig": {"service": reference}}]
    cluster.put("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", name, webhooks=webhooks)
    selector = {"app.kubernetes.io/name": "postgres-operator"}
    cluster.put("v1", "services", "cnpg-webhook-service", "cnpg-system", spec={"selector": selector})
    up.construct("Operator", "postgres", ALONE)
    assert up.monitor.find("postgres-ready").inputs["name"] == "pg"


def test_one_of_another_namespace_than_the_given_one_is_named(up: Deployment, cluster: FakeKubernetes) -> None:
    run_operator(cluster, "1.30.0", namespace="core")
    reason = up.refused("Operator", "postgres", ALONE | {"namespace": "elsewhere"}).problems["install"]
    assert "namespace 'elsewhere' has none: there is core/cnpg-controller-manager; set `namespace`" in reason


def test_two_operators_are_named(up: Deployment, cluster: FakeKubernetes, engine: FakeEngine) -> None:
    for namespace in ("one", "two"):
        run_operator(cluster, "1.30.0", namespace=namespace)
    reason = up.refused("Operator", "postgres", ALONE).problems["install"]
    assert "there are several: one/cnpg-controller-manager, two/cnpg-controller-manager; set `namespace`" in reason
    response = up.construct("Operator", "one-of-two", ALONE | {"namespace": "two"})
    assert [
        one for one in engine.messages_of(response.urn) if "there is another one: one/cnpg-controller-manager" in one
    ]


def test_who_may_look_into_one_namespace_only_finds_it_there(up: Deployment, cluster: FakeKubernetes) -> None:
    run_operator(cluster, "1.30.0", namespace="core", name="pg")
    cluster.forbidden = {"every deployments", "validatingwebhookconfigurations/cnpg-validating-webhook-configuration"}
    up.construct("Operator", "postgres", ALONE | {"namespace": "core"})
    assert up.monitor.find("postgres-ready").inputs["name"] == "pg"


def test_a_plugin_in_another_namespace_than_the_operators_is_named(up: Deployment, cluster: FakeKubernetes) -> None:
    run_operator(cluster, "1.30.0", namespace="core")
    _run_plugin(cluster, "v0.14.0")
    missing = up.refused("Operator", "postgres", {"install": False}).problems["barmanPlugin"]
    assert "namespace 'core' has no Service" in missing
    assert "(it is in cnpg-system, where this operator does not look)" in missing
