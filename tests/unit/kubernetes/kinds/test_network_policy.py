"""`tau.kubernetes.kinds.network_policy`: who may connect to the Pods of a Cluster."""

from tau.fields import Computed
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


def test_namespaces_and_ranges_are_admitted_to_postgresql_only() -> None:
    policy = network_policy.ingress_for_cluster(
        {"name": "main"},
        cluster="main",
        operator_namespace="operators",
        namespaces=["grafana", "shop"],
        cidrs=["192.168.1.0/24"],
    )
    named, ranges = policy["spec"]["ingress"][2:4]
    assert [port["port"] for rule in (named, ranges) for port in rule["ports"]] == [5432, 5432]
    names = [peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for peer in named["from"]]
    assert names == ["grafana", "shop"]
    assert ranges["from"] == [{"ipBlock": {"cidr": "192.168.1.0/24"}}]


def test_a_list_that_turns_out_to_be_empty_admits_nobody() -> None:
    """A rule without peers would admit everybody."""
    policy = network_policy.ingress_for_cluster(
        {"name": "main"},
        cluster="main",
        operator_namespace="operators",
        namespaces=Computed(handle=None, function=list, inputs=()),
        cidrs=Computed(handle=None, function=list, inputs=()),
    )
    for rule in policy["spec"]["ingress"][2:4]:
        (peer,) = rule["from"].function([])
        assert peer["namespaceSelector"]["matchExpressions"][0]["operator"] == "DoesNotExist"
