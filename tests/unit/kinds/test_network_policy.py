"""`tau.kinds.network_policy`: who may connect to the Pods of a Cluster."""

from tau.kinds import network_policy


def test_the_own_namespace_and_the_operators_two_ports_are_admitted_and_nothing_else() -> None:
    policy = network_policy.ingress_for_cluster({"name": "main"}, cluster="main", operator_namespace="operators")
    spec = policy["spec"]
    assert spec["podSelector"] == {"matchLabels": {"cnpg.io/cluster": "main"}}
    assert spec["policyTypes"] == ["Ingress"]
    own, operator = spec["ingress"]
    assert own == {"from": [{"podSelector": {}}]}
    assert [port["port"] for port in operator["ports"]] == [8000, 5432]
    assert operator["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "operators"}}}]
