"""NetworkPolicy (networking.k8s.io/v1) for the Pods of a Cluster.

https://cloudnative-pg.io/docs/1.30/networking/ names the ports that the operator needs.
"""

from tau.fields import Input
from tau.kinds.manifest import Manifest, manifest

POSTGRES_PORT = 5432
STATUS_PORT = 8000


def ingress_for_cluster(metadata: Manifest, *, cluster: Input[str], operator_namespace: Input[str]) -> Manifest:
    """Admit Pods of the own namespace everywhere, the operator on its two ports, and nothing else."""
    operator = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": operator_namespace}}}
    ports = [{"protocol": "TCP", "port": port} for port in (STATUS_PORT, POSTGRES_PORT)]
    spec = {
        "podSelector": {"matchLabels": {"cnpg.io/cluster": cluster}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": {}}]}, {"from": [operator], "ports": ports}],
    }
    return manifest("networking.k8s.io/v1", "NetworkPolicy", metadata, spec=spec)
