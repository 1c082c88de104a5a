"""Makes a sandbox look like a machine of its own: own folders, host name and network devices."""

import pathlib

from testbed import commands, identity, paths
from testbed.node import nodes, sandbox

_READY = "run/tau-bed/machine-ready"
_BRIDGE = "nodes"
_SCRIPTS = pathlib.Path(__file__).parent


def ensure(where: sandbox.Sandbox) -> bool:
    """Start the sandbox and fit it out, unless that has been done; tell whether it was needed."""
    if where.pid() is not None:
        if (where.root() / _READY).exists():
            return False
        where.stop()
    where.start()
    _fit_out(where)
    _connect(where)
    where.run("touch", f"/{_READY}")
    return True


def _fit_out(where: sandbox.Sandbox) -> None:
    script, mount_nfs = _SCRIPTS / "machine.sh", _SCRIPTS / "mount-nfs.sh"
    node = where.node
    where.run("sh", str(script), str(paths.state()), str(node.folder), node.name, str(mount_nfs))


def _connect(where: sandbox.Sandbox) -> None:
    where.run("ip", "link", "set", "lo", "up")
    if where.parent is None:
        _cable_to_host(where)
        _bridge_between_nodes(where)
    else:
        _cable_to_first_node(where, where.parent)
    # A ClusterIP is rewritten only after a route was found for it; nothing behind this route ever answers.
    gateway = ["via", where.parent.node.address] if where.parent else ["dev", _BRIDGE]
    where.run("ip", "route", "add", "default", *gateway)
    where.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=1")


def _cable_to_host(where: sandbox.Sandbox) -> None:
    """The only way in or out: the host reaches the API server over it."""
    unplug()
    link, bits = identity.host_link(), identity.host_link_addresses().prefixlen
    peer = ["peer", "name", "host", "netns", str(where.pid())]
    commands.run("ip", "link", "add", link, "type", "veth", *peer)
    commands.run("ip", "address", "add", f"{identity.host_address()}/{bits}", "dev", link)
    commands.run("ip", "link", "set", link, "up")
    where.run("ip", "address", "add", f"{identity.bed_address()}/{bits}", "dev", "host")
    where.run("ip", "link", "set", "host", "up")


def _bridge_between_nodes(where: sandbox.Sandbox) -> None:
    where.run("ip", "link", "add", _BRIDGE, "type", "bridge")
    where.run("ip", "address", "add", f"{where.node.address}/{nodes.NODE_NETWORK_BITS}", "dev", _BRIDGE)
    where.run("ip", "link", "set", _BRIDGE, "up")


def _cable_to_first_node(where: sandbox.Sandbox, first: sandbox.Sandbox) -> None:
    name, address = where.node.name, where.node.address
    peer = ["peer", "name", "eth0", "netns", str(where.pid())]
    commands.run("nsenter", "--target", str(first.pid()), "--net", "ip", "link", "add", name, "type", "veth", *peer)
    first.run("ip", "link", "set", name, "master", _BRIDGE, "up")
    where.run("ip", "address", "add", f"{address}/{nodes.NODE_NETWORK_BITS}", "dev", "eth0")
    where.run("ip", "link", "set", "eth0", "up")
    first.run("ip", "route", "replace", where.node.pod_range, "via", address)
    where.run("ip", "route", "add", first.node.pod_range, "via", first.node.address)


def unplug() -> None:
    """Remove the cable to the host; the kernel itself may keep it for a minute, while connections of the dead end."""
    link = identity.host_link()
    if (pathlib.Path("/sys/class/net") / link).exists():
        commands.run("ip", "link", "delete", link)
