"""Connections of this machine to itself use no proxy, even if the environment names one.

A gRPC channel follows `https_proxy` and its like even to 127.0.0.1, where the engine is, and so does the client of the
API server, which may be there as well (kind, k3d, a tunnel). Other API servers are reached as the environment says.
"""

from collections.abc import MutableMapping

from tau.engine import sdk_internals

OPTIONS = [*sdk_internals.CHANNEL_OPTIONS, ("grpc.enable_http_proxy", 0)]
"""Of every gRPC channel: each of them is to the engine, or to what it has started."""

_HERE = ("localhost", "127.0.0.1", "::1")


def without_proxy(environment: MutableMapping[str, str]) -> None:
    """Add this machine to what the environment excepts from its proxies."""
    configured = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    known = [host.strip() for host in configured.split(",") if host.strip()]
    hosts = ",".join([*known, *(host for host in _HERE if host not in known)])
    # Some read the one, some the other.
    environment["no_proxy"] = environment["NO_PROXY"] = hosts
