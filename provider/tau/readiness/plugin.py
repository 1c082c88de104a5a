"""Looks at the Service of a plugin, for `tau:postgres:Readiness`."""

import asyncio
import datetime
from collections.abc import Mapping
from typing import Any

from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import endpoint_slice, event, plugin_service, pod
from tau.kubernetes.state import State
from tau.operator import objects as operator


async def look(api: KubernetesApi, namespace: str, service: Mapping[str, Any]) -> State:
    """Whether the plugin answers and the operator in its namespace has registered it."""
    of_service = {"kubernetes.io/service-name": service["metadata"]["name"]}
    slices, events, operators = await asyncio.gather(
        api.items(endpoint_slice.KIND, namespace, of_service),
        api.items(event.KIND, namespace),
        api.items(pod.KIND, namespace, operator.POD_LABELS),
    )
    now = datetime.datetime.now(datetime.UTC)
    return plugin_service.registered(service, slices=slices, events=events, operators=operators, now=now)
