"""A node: containerd, and the kubelet that joins the cluster."""

import datetime
import json

import grpc
import yaml

from testbed import waiting
from testbed.cluster import api, pki
from testbed.node import nodes, process, sandbox

_CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
_PAUSE_IMAGE = "registry.k8s.io/pause:3.10"
_CNI_PLUGINS = "/usr/lib/cni"


def _containerd(where: sandbox.Sandbox) -> process.Daemon:
    configuration = where.node.folder / "containerd.toml"
    return process.Daemon(
        name="containerd",
        command=("containerd", f"--config={configuration}"),
        configuration=(configuration,),
        where=where,
    )


def _kubelet(where: sandbox.Sandbox) -> process.Daemon:
    configuration = where.node.folder / "kubelet.yaml"
    return process.Daemon(
        name="kubelet",
        command=(
            "kubelet",
            f"--config={configuration}",
            f"--kubeconfig={pki.kubeconfig(where.node.name)}",
            f"--hostname-override={where.node.name}",
            f"--node-ip={where.node.address}",
        ),
        configuration=(configuration,),
        where=where,
    )


def daemons(where: sandbox.Sandbox) -> list[process.Daemon]:
    """In the order in which they are started."""
    return [_containerd(where), _kubelet(where)]


def ensure(where: sandbox.Sandbox) -> None:
    """Write the configuration, start what is not running, and wait until the cluster gives pods to the node."""
    folder = where.node.folder
    (folder / "cni").mkdir(parents=True, exist_ok=True)
    mirror = folder / "registries" / "_default"
    mirror.mkdir(parents=True, exist_ok=True)
    (mirror / "hosts.toml").write_text(_mirror_configuration())
    (folder / "containerd.toml").write_text(_containerd_configuration(where))
    (folder / "cni" / "10-pods.conflist").write_text(json.dumps(_pod_network(where.node), indent=2))
    (folder / "kubelet.yaml").write_text(yaml.safe_dump(_kubelet_configuration(where.node)))
    (folder / "resolv.conf").write_text(f"nameserver {nodes.DNS_SERVICE}\n")
    containerd, kubelet = daemons(where)
    containerd.ensure()
    # The kubelet gives up at once if the runtime does not answer yet.
    waiting.until("containerd", lambda: _answers(containerd), hint=f"See {containerd.log}.")
    kubelet.ensure()
    waiting.until(f"{where.node.name} to be ready", lambda: _ready(kubelet), hint=f"See {kubelet.log}.")


def _answers(containerd: process.Daemon) -> bool:
    """Whether containerd's side for the kubelet is initialized; the version is asked for as an empty message."""
    socket = containerd.where.root() / _CONTAINERD_SOCKET.removeprefix("/")
    with grpc.insecure_channel(f"unix://{socket}") as channel:
        try:
            channel.unary_unary("/runtime.v1.RuntimeService/Version")(b"", timeout=5)
        except grpc.RpcError:
            return False
    return True


def _ready(kubelet: process.Daemon) -> bool:
    """Whether the running kubelet, not the one before it, reported that its node is ready."""
    fields = "{.status}{.lastHeartbeatTime}"
    query = f'jsonpath={{range .status.conditions[?(@.type=="Ready")]}}{fields}{{end}}'
    answer = api.kubectl("get", "node", kubelet.where.node.name, "--ignore-not-found", "-o", query)
    if not answer.startswith("True"):
        return False
    reported = datetime.datetime.fromisoformat(answer.removeprefix("True"))
    return reported.timestamp() >= int(kubelet.started())


def _mirror_configuration() -> str:
    """Every image comes from the bed's registry, under any public name; no other registry is used."""
    server = f"http://{nodes.FIRST.address}:{nodes.REGISTRY_PORT}"
    return f'server = "{server}"\n[host."{server}"]\n  capabilities = ["pull", "resolve"]\n'


def _containerd_configuration(where: sandbox.Sandbox) -> str:
    folder = where.node.folder
    return f"""\
version = 2
root = "{folder / "containerd"}"
state = "/run/containerd"
disabled_plugins = [
  # It makes a folder in /opt, which the node shares with the host.
  "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]
[grpc]
  address = "{_CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{_PAUSE_IMAGE}"
  # Lowering a process's OOM score takes a capability that containers and some virtual machines withhold.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{_CNI_PLUGINS}"
    conf_dir = "{folder / "cni"}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{folder / "registries"}"
"""


def _pod_network(node: nodes.Node) -> dict[str, object]:
    addresses = {
        "type": "host-local",
        "ranges": [[{"subnet": node.pod_range}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {"type": "bridge", "bridge": "pods", "isGateway": True, "hairpinMode": True, "ipam": addresses}
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge, ports]}


def _kubelet_configuration(node: nodes.Node) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": pki.file("ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "clusterDomain": "cluster.local",
        "clusterDNS": [nodes.DNS_SERVICE],
        "resolvConf": str(node.folder / "resolv.conf"),
        "containerRuntimeEndpoint": f"unix://{_CONTAINERD_SOCKET}",
        "volumePluginDir": str(node.folder / "volume-plugins"),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{node.cgroup}",
        # Lowering it takes a capability that containers and some virtual machines withhold.
        "oomScoreAdj": 0,
        "failCgroupV1": False,
        "failSwapOn": False,
        "serializeImagePulls": False,
        "registryPullQPS": 0,
        "eventRecordQPS": 0,
        # The disk is the developer's; the bed must not empty its image store because that is nearly full.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
    }
