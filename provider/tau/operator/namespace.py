"""Namespace of the operator, which the NetworkPolicy of every server must admit, wherever it runs.

Most home clusters have it elsewhere than the release manifest, and a server that it cannot reach never becomes ready.
"""

import dataclasses
import functools

from tau import errors
from tau.component.context import Construction
from tau.fields import Input
from tau.kubernetes.api import KubernetesApi
from tau.operator import release, running
from tau.types.postgres import NetworkPolicy

_PATH = "networkPolicy.operatorNamespace"


async def admitted(
    wanted: NetworkPolicy | None, construction: Construction, problems: errors.Problems
) -> NetworkPolicy:
    """The network access to a server as it is `wanted`, with the namespace of the operator filled in."""
    policy = wanted or NetworkPolicy()
    if not policy.enabled:
        return policy
    running_in = await _of_servers(policy.operator_namespace, construction, problems)
    return dataclasses.replace(policy, operator_namespace=running_in)


async def _of_servers(chosen: Input[str] | None, construction: Construction, problems: errors.Problems) -> Input[str]:
    """The namespace that is `chosen` or configured, else that of the program's Operator, else of the running one.

    It is `cnpg-system` where no cluster can be asked, which a preview before the first `up` may find.
    """
    configured = chosen or construction.settings.operator_namespace
    of_program = construction.claims.operator_namespaces.get(construction.configured.name)
    known = configured or of_program
    try:
        running_in = await _namespaces_of_operators(construction)
    except errors.Unreachable as failure:
        if not known and not construction.preview and not isinstance(failure, errors.NoCluster):
            # What is away now rejects the objects too, unless it comes back in between.
            construction.warnings.append(
                f"the cluster cannot say where the operator runs ({failure}), so the server's NetworkPolicy admits "
                f"{release.NAMESPACE!r}; run `pulumi up` again once the cluster answers, or set `{_PATH}`"
            )
        return known or release.NAMESPACE
    if configured:
        _compare(configured, running_in or ([of_program] if of_program else []), construction)
    if known:
        return known
    if len(running_in) > 1 and release.NAMESPACE not in running_in:
        problems.add(_PATH, f"is not set, and operators run in {_listed(running_in)}; set it to that of the one to use")
    return release.NAMESPACE if not running_in or release.NAMESPACE in running_in else running_in[0]


async def _namespaces_of_operators(construction: Construction) -> list[str]:
    """The namespaces of the running operators; only that behind the webhook, where one is."""
    ask = functools.partial(_ask, construction.api)
    return await construction.lookups.once(("operators", construction.configured.name), ask)


async def _ask(api: KubernetesApi) -> list[str]:
    try:
        items = await running.behind_webhook(api) or await running.labelled(api)
    except errors.Unreachable:
        raise
    except errors.ClusterError:
        # This user may not look; nothing is known then.
        return []
    return sorted({str(item["metadata"]["namespace"]) for item in items})


def _compare(configured: Input[str], running_in: list[str], construction: Construction) -> None:
    if isinstance(configured, str) and running_in and configured not in running_in:
        construction.warnings.append(
            f"the operator runs in namespace {_listed(running_in)}, and the NetworkPolicy of the server admits "
            f"{configured!r}, so that the operator cannot reach it; remove `{_PATH}` and `tau:operatorNamespace`, or "
            f"set them to {running_in[0]!r}"
        )


def _listed(namespaces: list[str]) -> str:
    return ", ".join(repr(namespace) for namespace in namespaces)
