"""`tau:app:Namespace`: a namespace for any number of users, made by the first and deleted with the last thing in it.

A Namespace object in the state of one stack would be deleted with everything in it, no matter whose; and which of two
applications owns it would depend on which of them came first.
"""

import functools
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import namespace
from tau.kubernetes.manifest import made_by_tau
from tau.resource import polling
from tau.resource.contract import CustomResource, Difference, Operation
from tau.types.app import NamespaceArgs
from tau.values import constraints

_POLL_SECONDS = 1.0
_MOST_CHARACTERS = 128
_SHOWN = 5


class Namespace(CustomResource[NamespaceArgs]):
    """Ensures a namespace; labels are applied in the name of their user, so that those of others stay."""

    @override
    def check(self, args: NamespaceArgs, problems: errors.Problems) -> None:
        """Note what is wrong with the inputs."""
        constraints.check(problems, "name", args.name, constraints.dns_label)
        constraints.labels(problems, "labels", args.labels)

    @override
    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Another namespace, or another user, is another resource."""
        return Difference(replaced=changed & {"name", "user"})

    @override
    async def create(self, args: NamespaceArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Make the namespace if it is missing; one that is about to go is waited for."""
        api, name = self.api, str(args.name)
        live = await api.get(namespace.KIND, None, name)
        if live and namespace.ends(live):
            operation.tell(f"Namespace {name} is being deleted; waiting until it is gone")
            await _gone(api, name, operation)
            live = None
        created = live is None and await _create(api, name)
        if args.labels:
            await _label(api, args)
        return name, {"name": name, "created": created}

    @override
    async def update(self, args: NamespaceArgs, outputs: Mapping[str, Any], operation: Operation) -> Mapping[str, Any]:
        """Apply changed labels."""
        await _label(self.api, args)
        return outputs

    @override
    async def read(self, args: NamespaceArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """None where the namespace is gone."""
        live = await self.api.get(namespace.KIND, None, str(args.name))
        return None if live is None or namespace.ends(live) else outputs

    @override
    async def delete(self, args: NamespaceArgs, outputs: Mapping[str, Any], operation: Operation) -> None:
        """Delete the namespace if tau made it and nothing is left in it; else leave it, and say so."""
        api, name = self.api, str(args.name)
        live = await api.get(namespace.KIND, None, name)
        if live is None or namespace.ends(live):
            return
        if args.labels:
            await _label(api, args, labels={})
        if not made_by_tau(live):
            return
        left, silent = await _belongings(api, name)
        if left:
            operation.tell(f"Namespace {name} stays, since it still has {_some(left)}")
            return
        if silent:
            operation.warn(
                f"Namespace {name} stays, since {_some(silent)} cannot be asked what it has there; run `kubectl delete "
                f"namespace {name}` once `kubectl get apiservices` shows them available, if nothing of yours is in it"
            )
            return
        uid = str(live["metadata"]["uid"])
        await api.delete(namespace.KIND, None, name, uid=uid)
        await _gone(api, name, operation)


async def _create(api: KubernetesApi, name: str) -> bool:
    """Whether this made it; another application of the same program may be a moment faster."""
    try:
        await api.create(namespace.KIND, None, namespace.namespace(name))
    except errors.ClusterError:
        if await api.get(namespace.KIND, None, name) is None:
            raise
        return False
    return True


async def _label(api: KubernetesApi, args: NamespaceArgs, labels: Mapping[str, Any] | None = None) -> None:
    wanted = args.labels or {} if labels is None else labels
    assert isinstance(wanted, Mapping)
    body = namespace.with_labels(str(args.name), wanted)
    await api.apply(namespace.KIND, body, f"tau-{args.user}"[:_MOST_CHARACTERS])


async def _belongings(api: KubernetesApi, name: str) -> tuple[list[str], list[str]]:
    """Objects that somebody would miss, and API versions that may have some but do not say."""
    kinds = await api.namespaced()
    belongings, silent = list[str](), list(kinds.silent)
    for kind in kinds.preferred.values():
        if not namespace.matters(kind.api_version, kind.plural):
            continue
        listing = functools.partial(api.at_once().items, kind, name)
        items = await api.answer_of_a_group(listing)
        if items is None:
            silent.append(f"{kind.plural} of {kind.api_version}")
        else:
            belongings += namespace.belongings(kind.plural, items)
    return belongings, silent


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


async def _gone(api: KubernetesApi, name: str, operation: Operation) -> None:
    async def look() -> polling.Pending | None:
        live = await api.get(namespace.KIND, None, name)
        return None if live is None else polling.Pending()

    still = f"Namespace {name} is still being deleted; see its status conditions for why"
    await polling.poll(
        look,
        operation,
        subject=f"Namespace {name}",
        until="until it is gone",
        every=_POLL_SECONDS,
        late=lambda _: errors.ClusterError(still),
    )
