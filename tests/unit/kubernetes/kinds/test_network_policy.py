"""`tau.kubernetes.kinds.network_policy`: who may connect to the Pods of a Cluster."""

from tau.kubernetes.kinds import network_policy


def test_each_peer_is_admitted_to_the_ports_that_it_needs_and_nothing_else() -> None:
    policy = network_policy.ingress_for_cluster({"name": "main"}, cluster="main", operator_namespace="operators")
    spec = policy["spec"]
    assert spec["podSelector"] == {"matchLabels": {"cnpg.io/cluster": "main"}}
    assert spec["policyTypes"] == ["Ingress"]
    own, replicas, operator = spec["ingress"]
    assert own == {"from": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": 5432}]}
    assert replicas["from"] == [{"podSelector": {"matchLabels": {"cnpg.io/cluster": "main"}}}]
    assert [port["port"] for port in replicas["ports"]] == [8000]
    assert [port["port"] for port in operator["ports"]] == [8000, 5432]
    assert operator["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "operators"}}}]


def test_metrics_are_for_the_namespace_of_prometheus_only() -> None:
    policy = network_policy.ingress_for_cluster(
        {"name": "main"}, cluster="main", operator_namespace="operators", prometheus_namespace="monitoring"
    )
    admitted = [one["from"] for one in policy["spec"]["ingress"] if {"protocol": "TCP", "port": 9187} in one["ports"]]
    assert admitted == [[{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]]
