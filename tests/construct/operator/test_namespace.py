"""The operator is found, and admitted by the NetworkPolicy of every server, wherever an Instance comes from."""

from typing import Any

import pytest

from testbed.drive import property_map
from testbed.drive.deployment import Deployment
from testbed.drive.fake_engine import FakeEngine
from tests.construct.fake_kubernetes import FakeKubernetes
from tests.construct.operator.test_live_checks import run_operator

SERVERS: dict[str, dict[str, Any]] = {
    "Instance": {},
    "Database": {},
    "TauApplication": {"image": "nginx:1", "database": {}},
    "RestoreCheck": {"instance": "postgres-main"},
}


@pytest.fixture
def up(deployment: Deployment, cluster: FakeKubernetes) -> Deployment:
    cluster.put_storage_classes("longhorn")
    return Deployment(deployment.plugin, deployment.monitor, config={"kubernetes:kubeconfig": cluster.kubeconfig})


def _operator_peers(up: Deployment) -> list[str]:
    """The namespaces that may reach the status port, by which the operator looks after a server."""
    policies = [
        one for one in up.monitor.registered if one.request.type == "kubernetes:networking.k8s.io/v1:NetworkPolicy"
    ]
    rules = [rule for one in policies for rule in one.inputs["spec"]["ingress"]]
    peers = [peer for rule in rules if 8000 in [port["port"] for port in rule["ports"]] for peer in rule["from"]]
    labels = [peer["namespaceSelector"]["matchLabels"] for peer in peers if "namespaceSelector" in peer]
    return [names["kubernetes.io/metadata.name"] for names in labels]


@pytest.mark.parametrize("kind", SERVERS)
def test_every_server_admits_the_operator_where_it_runs(up: Deployment, cluster: FakeKubernetes, kind: str) -> None:
    if kind == "RestoreCheck":
        cluster.put_cluster("postgres-main", spec={"plugins": [{"name": "barman-cloud.cloudnative-pg.io"}]})
    run_operator(cluster, "1.30.1", name="cnpg-cloudnative-pg", namespace="database")
    up.construct(kind, "main", SERVERS[kind])
    assert _operator_peers(up) == ["database"]


def test_the_one_behind_the_webhook_counts_whatever_its_labels_are(up: Deployment, cluster: FakeKubernetes) -> None:
    run_operator(cluster, "1.30.1", namespace="somebody-s")
    run_operator(cluster, "1.30.1", namespace="database", label="other")
    service = {"service": {"name": "webhook", "namespace": "database"}}
    kind = "validatingwebhookconfigurations"
    name = "cnpg-validating-webhook-configuration"
    cluster.put("admissionregistration.k8s.io/v1", kind, name, webhooks=[{"clientConfig": service}])
    selector = {"app.kubernetes.io/name": "other"}
    cluster.put("v1", "services", "webhook", "database", spec={"selector": selector})
    up.construct("Instance", "main", {})
    assert _operator_peers(up) == ["database"]


def test_the_operator_of_the_program_is_admitted_before_it_runs(preview: Deployment, releases: dict[str, Any]) -> None:
    preview.construct("Operator", "postgres", {"namespace": "database", **releases})
    preview.construct("Instance", "main", {})
    assert _operator_peers(preview)[-1:] == ["database"]


def test_programs_for_two_clusters_keep_their_operators_apart(deployment: Deployment, releases: dict[str, Any]) -> None:
    urn = "urn:pulumi:dev::garden::pulumi:providers:kubernetes::{}"
    clusters = {"house": "database", "shed": "postgres"}
    for cluster in clusters:
        deployment.monitor.states[urn.format(cluster)] = {"kubeconfig": property_map.UNKNOWN}
    providers = {cluster: {"kubernetes": f"{urn.format(cluster)}::1a2b"} for cluster in clusters}
    for cluster, namespace in clusters.items():
        inputs = {"namespace": namespace, **releases}
        deployment.construct("Operator", f"operator-{cluster}", inputs, providers=providers[cluster])
    for cluster in clusters:
        deployment.construct("Instance", cluster, {}, providers=providers[cluster])
    assert _operator_peers(deployment) == list(clusters.values())


def test_a_namespace_that_is_set_stays_and_a_wrong_one_is_told(
    up: Deployment, cluster: FakeKubernetes, engine: FakeEngine
) -> None:
    run_operator(cluster, "1.30.1", namespace="database")
    response = up.construct("Instance", "wrong", {"networkPolicy": {"operatorNamespace": "elsewhere"}})
    assert _operator_peers(up) == ["elsewhere"]
    (told,) = engine.messages_of(response.urn)
    assert "the operator runs in namespace 'database'" in told
    assert "remove `networkPolicy.operatorNamespace`" in told


def test_which_of_several_must_be_said(up: Deployment, cluster: FakeKubernetes) -> None:
    run_operator(cluster, "1.30.1", namespace="database")
    run_operator(cluster, "1.30.1", namespace="postgres")
    problem = up.refused("Instance", "main", {}).problems["networkPolicy.operatorNamespace"]
    assert "operators run in 'database', 'postgres'" in problem


def test_who_may_not_look_gets_the_namespace_of_the_manifest(up: Deployment, cluster: FakeKubernetes) -> None:
    cluster.forbidden |= {"deployments", "validatingwebhookconfigurations/cnpg-validating-webhook-configuration"}
    up.construct("Instance", "main", {})
    assert _operator_peers(up) == ["cnpg-system"]


def test_a_cluster_that_does_not_answer_is_told(up: Deployment, cluster: FakeKubernetes, engine: FakeEngine) -> None:
    cluster.away = True
    response = up.construct("Instance", "away", {})
    (told,) = engine.messages_of(response.urn)
    assert "cannot say where the operator runs" in told
    assert "run `pulumi up` again" in told
    response = up.construct("Instance", "known", {"networkPolicy": {"operatorNamespace": "database"}})
    assert engine.messages_of(response.urn) == []


def test_several_servers_ask_once(up: Deployment, cluster: FakeKubernetes) -> None:
    run_operator(cluster, "1.30.1", namespace="database")
    for name in ("first", "second", "third"):
        up.construct("Instance", name, {})
    assert len([one for one in cluster.requests if "deployments" in one]) == 1
