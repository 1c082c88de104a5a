"""`tau:postgres:Operator` with `install: false`: the operator that somebody else installed, wherever it runs.

A Helm chart names the Deployment otherwise and may be in any namespace. What every release and chart has in common is
the label of its Pods, and the webhook configuration whose name the operator insists on.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.component.context import Construction
from tau.kubernetes.kinds import deployment, service, webhook_configuration
from tau.kubernetes.manifest import Manifest
from tau.operator import objects as operator
from tau.operator import release
from tau.types.postgres import OperatorArgs

_WEBHOOKS = "cnpg-validating-webhook-configuration"
_DEFAULT_NAMESPACE = OperatorArgs().namespace


async def examine(args: OperatorArgs, construction: Construction, problems: errors.Problems) -> Manifest | None:
    """Find the operator, and note what is wrong with it; its Deployment, None where it is not the only one."""
    every = {
        _name(deployed): deployed
        for deployed in [*await _labelled(args, construction), *await _behind_webhook(construction)]
    }
    here = {name: deployed for name, deployed in every.items() if deployed["metadata"]["namespace"] == args.namespace}
    candidates = here or (every if args.namespace == _DEFAULT_NAMESPACE else {})
    if len(candidates) != 1:
        problems.add("install", f"false requires a running operator, but {_why(args, candidates, every)}")
        return None
    ((name, item),) = candidates.items()
    running = operator.image_version(item)
    if (release.version(running) or (0,)) < operator.OLDEST_VERSION:
        problems.add("install", f"the running operator is {running!r}; tau needs 1.30.0 or newer, upgrade {name} first")
    others = sorted(every.keys() - candidates.keys())
    if others:
        construction.warnings.append(
            f"the operator {name} is used, and there is another one: {', '.join(others)}; two that watch the same "
            "namespaces conflict with each other"
        )
    namespace = item["metadata"]["namespace"]
    if namespace != construction.settings.operator_namespace:
        construction.warnings.append(
            f"the operator {name} {running} runs in namespace {namespace!r}; set `tau:operatorNamespace` to it, since "
            f"the NetworkPolicies of servers admit {construction.settings.operator_namespace!r}"
        )
    return item


def resolved(args: OperatorArgs, running: Manifest) -> OperatorArgs:
    """The arguments with the namespace and version of the operator that was found."""
    return dataclasses.replace(
        args, namespace=running["metadata"]["namespace"], version=operator.image_version(running)
    )


async def _labelled(args: OperatorArgs, construction: Construction) -> list[Manifest]:
    """Deployments with the label of the operator, in all namespaces or where this user may look."""
    api, kind = construction.api, deployment.KIND
    try:
        return [dict(item) for item in await api.items(kind, labels=operator.POD_LABELS)]
    except errors.Unreachable:
        raise
    except errors.ClusterError:
        return [dict(item) for item in await api.items(kind, args.namespace, operator.POD_LABELS)]


async def _behind_webhook(construction: Construction) -> list[Manifest]:
    """The Deployment that the API server asks about every Cluster, regardless of its labels."""
    api = construction.api
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


def _pod_labels(item: Mapping[str, Any]) -> Mapping[str, str]:
    return item["spec"]["template"].get("metadata", {}).get("labels") or {}


def _why(args: OperatorArgs, candidates: dict[str, Manifest], every: dict[str, Manifest]) -> str:
    if candidates:
        return f"there are several: {', '.join(sorted(candidates))}; set `namespace` to that of the one to use"
    if every:
        there = ", ".join(sorted(every))
        return f"namespace {args.namespace!r} has none: there is {there}; set `namespace` to where it is"
    labels = ", ".join(f"{key}: {value}" for key, value in operator.POD_LABELS.items())
    return f"no namespace has a Deployment with the label {labels}; install it, or remove `install`"


def _name(item: Manifest) -> str:
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}"
