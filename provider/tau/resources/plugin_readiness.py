"""Looks at the Service of a plugin, for `tau:postgres:Readiness`."""

import asyncio
from collections.abc import Mapping
from typing import Any

from tau.desired import operator
from tau.kinds import plugin_service
from tau.kinds.state import State
from tau.kubernetes_api import KubernetesApi


async def look(api: KubernetesApi, namespace: str, service: Mapping[str, Any]) -> State:
    """Whether the plugin answers and the operator in its namespace has registered it."""
    of_service = {"kubernetes.io/service-name": service["metadata"]["name"]}
    slices, events, operators = await asyncio.gather(
        api.items("discovery.k8s.io/v1", "endpointslices", namespace, of_service),
        api.items("v1", "events", namespace),
        api.items("v1", "pods", namespace, operator.POD_LABELS),
    )
    return plugin_service.registered(service, slices=slices, events=events, operators=operators)
