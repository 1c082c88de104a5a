"""The control plane on the first node: etcd, API server, controller manager and scheduler."""

from testbed import paths, waiting
from testbed.cluster import api, pki
from testbed.node import nodes, process

_ETCD = "http://127.0.0.1:2379"


def _etcd() -> process.Daemon:
    return process.Daemon(
        name="etcd",
        command=(
            "etcd",
            f"--data-dir={paths.state() / 'etcd'}",
            # A bed's data is not worth waiting for the disk; it survives kill -9, not a power cut.
            "--unsafe-no-fsync",
            f"--listen-client-urls={_ETCD}",
            f"--advertise-client-urls={_ETCD}",
            "--listen-peer-urls=http://127.0.0.1:2380",
            "--auto-compaction-mode=periodic",
            "--auto-compaction-retention=10m",
        ),
    )


def _api_server() -> process.Daemon:
    return process.Daemon(
        name="kube-apiserver",
        command=(
            "kube-apiserver",
            f"--etcd-servers={_ETCD}",
            f"--advertise-address={nodes.FIRST.address}",
            f"--secure-port={nodes.API_PORT}",
            f"--service-cluster-ip-range={nodes.SERVICE_RANGE}",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
            "--kubelet-preferred-address-types=InternalIP",
            f"--client-ca-file={pki.file('ca.crt')}",
            f"--tls-cert-file={pki.file('api-server.crt')}",
            f"--tls-private-key-file={pki.file('api-server.key')}",
            f"--kubelet-client-certificate={pki.file('api-server-to-kubelet.crt')}",
            f"--kubelet-client-key={pki.file('api-server-to-kubelet.key')}",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-signing-key-file={pki.file('service-account.key')}",
            f"--service-account-key-file={pki.file('service-account.pub')}",
            f"--proxy-client-cert-file={pki.file('front-proxy.crt')}",
            f"--proxy-client-key-file={pki.file('front-proxy.key')}",
            f"--requestheader-client-ca-file={pki.file('ca.crt')}",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        ),
    )


def _controller_manager() -> process.Daemon:
    return process.Daemon(
        name="kube-controller-manager",
        command=(
            "kube-controller-manager",
            f"--kubeconfig={pki.kubeconfig('controller-manager')}",
            "--leader-elect=false",
            "--use-service-account-credentials",
            f"--root-ca-file={pki.file('ca.crt')}",
            f"--service-account-private-key-file={pki.file('service-account.key')}",
            f"--cluster-signing-cert-file={pki.file('ca.crt')}",
            f"--cluster-signing-key-file={pki.file('ca.key')}",
        ),
    )


def _scheduler() -> process.Daemon:
    return process.Daemon(
        name="kube-scheduler",
        command=(
            "kube-scheduler",
            f"--kubeconfig={pki.kubeconfig('scheduler')}",
            "--leader-elect=false",
        ),
    )


def daemons() -> list[process.Daemon]:
    """In the order in which they are started."""
    return [_etcd(), _api_server(), _controller_manager(), _scheduler()]


def ensure() -> None:
    """Start what is not running and wait until the API server answers."""
    pki.ensure()
    etcd, api_server, *clients = daemons()
    etcd.ensure()
    api_server.ensure()
    waiting.until("the API server", api.ready, hint=f"See {api_server.log}.")
    for client in clients:
        client.ensure()
