"""Names and addresses that tell beds on one machine apart, derived from the state folder's path."""

import hashlib
import ipaddress

from testbed import paths

# Reserved for tests between networks (RFC 2544), so no home network uses it.
_HOST_LINKS = ipaddress.ip_network("198.18.0.0/15")


def _digest() -> bytes:
    return hashlib.sha256(str(paths.state()).encode()).digest()


def cgroup() -> str:
    """The folder in every cgroup hierarchy that holds the bed."""
    return f"tau-bed-{_digest()[:4].hex()}"


def host_link() -> str:
    """The host's end of the cable into the bed; a device name has at most 15 characters."""
    return f"tau-{_digest()[:4].hex()}"


def host_link_addresses() -> ipaddress.IPv4Network:
    """A network of four addresses: the first usable one is the host's, the second the bed's."""
    links = 2 ** (30 - _HOST_LINKS.prefixlen)
    index = int.from_bytes(_digest()[:4], "big") % links
    return ipaddress.IPv4Network((int(_HOST_LINKS.network_address) + 4 * index, 30))


def host_address() -> str:
    """The host's address on the cable."""
    return str(host_link_addresses()[1])


def bed_address() -> str:
    """The bed's address on the cable, where the host reaches the API server."""
    return str(host_link_addresses()[2])
