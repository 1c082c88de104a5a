"""The operators that run in a cluster, whichever tool installed them.

A Helm chart names the Deployment otherwise and may be in any namespace. What every release and chart has in common is
the label of its Pods, and the webhook configuration whose name the operator insists on.
"""

from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import deployment, service, webhook_configuration
from tau.kubernetes.manifest import Manifest
from tau.operator import objects as operator

_WEBHOOKS = "cnpg-validating-webhook-configuration"


async def labelled(api: KubernetesApi, namespace: str | None = None) -> list[Manifest]:
    """Deployments with the label of the operator, in one namespace or in all."""
    return [dict(item) for item in await api.items(deployment.KIND, namespace, operator.POD_LABELS)]


async def behind_webhook(api: KubernetesApi) -> list[Manifest]:
    """The Deployment that the API server asks about every Cluster, regardless of its labels; none if it is unknown."""
    try:
        webhooks = await api.get(webhook_configuration.KIND, None, _WEBHOOKS)
        asked = ((webhooks or {}).get("webhooks") or [{}])[0].get("clientConfig", {}).get("service")
        if not asked:
            return []
        of_webhook = await api.get(service.KIND, asked["namespace"], asked["name"])
        selector = (of_webhook or {"spec": {}})["spec"].get("selector") or {}
        candidates = await api.items(deployment.KIND, asked["namespace"])
    except errors.Unreachable:
        raise
    except errors.ClusterError:
        return []
    return [dict(item) for item in candidates if selector and selector.items() <= _pod_labels(item).items()]


def name(item: Manifest) -> str:
    """Namespace and name of a Deployment."""
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}"


def _pod_labels(item: Mapping[str, Any]) -> Mapping[str, str]:
    return item["spec"]["template"].get("metadata", {}).get("labels") or {}
