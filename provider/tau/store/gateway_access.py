"""Whether the gateway of a store is reached from a namespace, said before a Job there waits for an answer in vain."""

import re
from urllib.parse import urlsplit

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import network_policy
from tau.store import gateway_pod
from tau.types.postgres import Store

_GATEWAY = re.compile(r"(?P<name>[a-z0-9-]+)\.(?P<namespace>[a-z0-9-]+)\.svc")


async def check(api: KubernetesApi, namespace: str, used: Store) -> None:
    """Refuse a store whose gateway is in another namespace and does not admit the Pods of this one."""
    place = urlsplit(str(used.endpoint))
    match = _GATEWAY.fullmatch(place.hostname or "")
    if not match or place.port != gateway_pod.PORT or match["namespace"] == namespace:
        return
    policy = await api.get(network_policy.KIND, match["namespace"], match["name"])
    admitted = network_policy.admitted_to_gateway(dict(policy)) if policy else None
    if admitted is not None and namespace not in admitted:
        raise errors.ClusterError(
            f"the store {match['namespace']}/{match['name']} is not reached from the namespace {namespace!r}, but from "
            f"{', '.join(map(repr, admitted))}; add it to `clientNamespaces` where that store is made"
        )
