"""The cluster's network: Services (kube-proxy), network policies (kube-router) and names (CoreDNS)."""

import pathlib

from testbed import identity, paths, probe, waiting
from testbed.cluster import pki
from testbed.node import nodes, process, sandbox

_COREDNS_READY = 8181


def _kube_proxy(where: sandbox.Sandbox) -> process.Daemon:
    return process.Daemon(
        name="kube-proxy",
        command=(
            "kube-proxy",
            f"--kubeconfig={pki.kubeconfig('kube-proxy')}",
            f"--hostname-override={where.node.name}",
            f"--cluster-cidr={nodes.POD_RANGE}",
            "--proxy-mode=iptables",
            "--oom-score-adj=0",
            # The connection table belongs to the whole machine: its limits stay as they are.
            "--conntrack-max-per-core=0",
            "--conntrack-tcp-timeout-established=0",
            "--conntrack-tcp-timeout-close-wait=0",
        ),
        where=where,
    )


def _kube_router(where: sandbox.Sandbox) -> process.Daemon:
    return process.Daemon(
        name="kube-router",
        command=(
            "kube-router",
            f"--kubeconfig={pki.kubeconfig('admin')}",
            f"--hostname-override={where.node.name}",
            f"--service-cluster-ip-range={nodes.SERVICE_RANGE}",
            "--run-firewall=true",
            "--run-router=false",
            "--run-service-proxy=false",
            "--run-loadbalancer=false",
        ),
        where=where,
    )


def _coredns() -> process.Daemon:
    return process.Daemon(
        name="coredns", command=("coredns", "-conf", str(_corefile_path())), configuration=(_corefile_path(),)
    )


def _corefile_path() -> pathlib.Path:
    return paths.state() / "Corefile"


def daemons(where: sandbox.Sandbox) -> list[process.Daemon]:
    """What runs on the node; names are answered on the first one only."""
    own_daemons = [_kube_proxy(where), _kube_router(where)]
    return own_daemons if where.parent else [*own_daemons, _coredns()]


def ensure(where: sandbox.Sandbox) -> None:
    """Start what is not running."""
    _corefile_path().write_text(_corefile())
    for daemon in daemons(where):
        daemon.ensure()


def _corefile() -> str:
    return f"""\
.:{nodes.DNS_PORT} {{
  errors
  ready :{_COREDNS_READY}
  cache 5
  kubernetes cluster.local in-addr.arpa ip6.arpa {{
    kubeconfig {pki.kubeconfig("admin")}
  }}
}}
"""


def manifests() -> list[dict[str, object]]:
    """The Service under which pods find CoreDNS, which runs outside of any pod."""
    labels = {"k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS"}
    metadata: dict[str, object] = {"name": "kube-dns", "namespace": "kube-system", "labels": labels}
    protocols = {"dns": "UDP", "dns-tcp": "TCP"}
    ports = [
        {"name": name, "port": 53, "protocol": protocol, "targetPort": nodes.DNS_PORT}
        for name, protocol in protocols.items()
    ]
    service: dict[str, object] = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {"clusterIP": nodes.DNS_SERVICE, "ports": ports},
    }
    endpoints: dict[str, object] = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**metadata, "labels": {**labels, "kubernetes.io/service-name": "kube-dns"}},
        "addressType": "IPv4",
        "ports": [{"name": name, "port": nodes.DNS_PORT, "protocol": protocol} for name, protocol in protocols.items()],
        "endpoints": [{"addresses": [nodes.FIRST.address], "conditions": {"ready": True}}],
    }
    return [service, endpoints]


def wait_until_ready() -> None:
    """Return once names are answered."""
    waiting.until("CoreDNS", _coredns_ready, hint=f"See {_coredns().log}.")


def _coredns_ready() -> bool:
    return probe.answers(f"http://{identity.bed_address()}:{_COREDNS_READY}/ready")
