"""NetworkPolicy (networking.k8s.io/v1) for the Pods of Clusters.

https://cloudnative-pg.io/docs/1.30/networking/ names the ports that the operator needs.
"""

from collections.abc import Mapping, Sequence

from tau.fields import Input, lift
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds.cluster import LABEL
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies")
POSTGRES_PORT = 5432
STATUS_PORT = 8000
METRICS_PORT = 9187
_NAMESPACE = "kubernetes.io/metadata.name"
_NOBODY: list[Manifest] = [
    {"namespaceSelector": {"matchExpressions": [{"key": _NAMESPACE, "operator": "DoesNotExist"}]}}
]
"""A peer that matches no Pod, as every namespace has that label; a rule without peers admits everybody."""


def ingress_for_cluster(
    metadata: Manifest,
    *,
    cluster: Input[str],
    operator_namespace: Input[str],
    prometheus_namespace: Input[str] | None = None,
    namespaces: Input[Sequence[str]] = (),
    cidrs: Input[Sequence[str]] = (),
) -> Manifest:
    """Admit the own namespace to PostgreSQL, the Cluster's Pods to one another, the operator and Prometheus.

    To PostgreSQL also the Pods of the `namespaces`, and the `cidrs` as clients have them when they reach a Pod. A
    primary that cannot reach the API server asks the status port of its replicas whether it is isolated.
    """
    pods = {LABEL: cluster}
    peers: list[Manifest] = [
        {"from": [{"podSelector": {}}], "ports": _tcp(POSTGRES_PORT)},
        {"from": [{"podSelector": {"matchLabels": pods}}], "ports": _tcp(STATUS_PORT)},
    ]
    if namespaces:
        peers.append({"from": lift(_namespaces, namespaces), "ports": _tcp(POSTGRES_PORT)})
    if cidrs:
        peers.append({"from": lift(_blocks, cidrs), "ports": _tcp(POSTGRES_PORT)})
    if prometheus_namespace is not None:
        peers.append({"from": [_namespace(prometheus_namespace)], "ports": _tcp(METRICS_PORT)})
    return _ingress(metadata, pods, peers, operator_namespace)


def ingress_for_client(
    metadata: Manifest,
    *,
    pods: Mapping[str, Input[str]],
    client: Mapping[str, Input[str]],
    operator_namespace: Input[str],
) -> Manifest:
    """Admit to `pods` the own namespace's Pods labelled `client` on PostgreSQL's port, the operator on its two."""
    peer = {"from": [{"podSelector": {"matchLabels": dict(client)}}], "ports": _tcp(POSTGRES_PORT)}
    return _ingress(metadata, pods, [peer], operator_namespace)


def ingress_for_gateway(
    metadata: Manifest,
    *,
    pods: Mapping[str, Input[str]],
    clients: Sequence[Manifest],
    namespaces: Input[Sequence[str]],
    port: int,
) -> Manifest:
    """Admit to `pods`, on one port, the Pods of these namespaces that one of the label selectors `clients` matches.

    The `pods` themselves call nobody: what they serve is a volume, which the node mounts.
    """
    within = {"matchExpressions": [{"key": _NAMESPACE, "operator": "In", "values": namespaces}]}
    peers = [{"namespaceSelector": within, "podSelector": dict(labels)} for labels in clients]
    spec = {
        "podSelector": {"matchLabels": dict(pods)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": peers, "ports": _tcp(port)}],
    }
    return manifest(KIND, metadata, spec=spec)


def admitted_to_gateway(policy: Manifest) -> list[str] | None:
    """The namespaces that a gateway's policy names; None for one that names none, and so is not what tau makes."""
    peers = [peer for rule in policy["spec"].get("ingress") or [] for peer in rule.get("from") or []]
    expressions = [
        expression
        for peer in peers
        for expression in (peer.get("namespaceSelector") or {}).get("matchExpressions") or []
    ]
    admitted = [
        expression.get("values") or []
        for expression in expressions
        if (expression["key"], expression["operator"]) == (_NAMESPACE, "In")
    ]
    return sorted({name for names in admitted for name in names}) if admitted else None


def _ingress(
    metadata: Manifest, pods: Mapping[str, Input[str]], peers: list[Manifest], operator_namespace: Input[str]
) -> Manifest:
    spec = {
        "podSelector": {"matchLabels": dict(pods)},
        "policyTypes": ["Ingress"],
        "ingress": [*peers, {"from": [_namespace(operator_namespace)], "ports": _tcp(STATUS_PORT, POSTGRES_PORT)}],
    }
    return manifest(KIND, metadata, spec=spec)


def _namespace(name: Input[str]) -> Manifest:
    """All Pods of one namespace."""
    return {"namespaceSelector": {"matchLabels": {_NAMESPACE: name}}}


def _namespaces(names: Sequence[str]) -> list[Manifest]:
    return [_namespace(name) for name in names] or _NOBODY


def _blocks(cidrs: Sequence[str]) -> list[Manifest]:
    return [{"ipBlock": {"cidr": cidr}} for cidr in cidrs] or _NOBODY


def _tcp(*ports: int) -> list[Manifest]:
    return [{"protocol": "TCP", "port": port} for port in ports]
