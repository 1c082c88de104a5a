"""The bed's nodes: their names, addresses and folders."""

import dataclasses
import pathlib

from testbed import identity, paths

NODE_NETWORK_BITS = 24
SERVICE_RANGE = "10.96.0.0/16"
KUBERNETES_SERVICE = "10.96.0.1"
DNS_SERVICE = "10.96.0.10"
POD_RANGE = "10.244.0.0/16"
DNS_PORT = 5353
REGISTRY_PORT = 5000
API_PORT = 6443


@dataclasses.dataclass(frozen=True)
class Node:
    """One machine of the cluster, as the sandbox plays it."""

    name: str
    index: int

    @property
    def address(self) -> str:
        """Its address on the network between the nodes."""
        return f"10.200.0.{self.index}"

    @property
    def pod_range(self) -> str:
        """The part of the cluster's pod addresses that this node gives out."""
        return f"10.244.{self.index - 1}.0/24"

    @property
    def folder(self) -> pathlib.Path:
        """What the node keeps on its disk."""
        return paths.state() / self.name

    @property
    def logs(self) -> pathlib.Path:
        """One file for each daemon."""
        return paths.state() / "log" / self.name

    @property
    def cgroup(self) -> str:
        """Its folder in every cgroup hierarchy."""
        return f"{identity.cgroup()}/{self.name}"


FIRST = Node(name="node1", index=1)
SECOND = Node(name="node2", index=2)


def api_server() -> str:
    """The API server's URL, valid on the host and on every node."""
    return f"https://{identity.bed_address()}:{API_PORT}"
