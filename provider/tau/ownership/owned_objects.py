"""The objects of a resource in the live cluster: which are there, whose they are, and how one is deleted for sure."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import table
from tau.ownership.objects import Owned
from tau.resource import polling
from tau.resource.contract import Operation

Live: TypeAlias = tuple[Owned, Mapping[str, Any]]

_AT_ONCE = 8
_POLL_SECONDS = 0.5


async def find_live(api: KubernetesApi, wanted: Iterable[Owned]) -> list[Live]:
    """Those that exist, as they are now."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def look(owned: Owned) -> Live | None:
        async with slots:
            item = await api.get(table.of(owned.api_version, owned.kind), owned.namespace, owned.name)
        return (owned, item) if item else None

    results = await asyncio.gather(*(look(owned) for owned in wanted))
    return [result for result in results if result]


async def begin(api: KubernetesApi, objects: Sequence[Live]) -> None:
    """Begin to delete these very objects; one of the same name made since then stays."""
    await asyncio.gather(
        *(
            api.delete(
                *(table.of(owned.api_version, owned.kind), owned.namespace, owned.name),
                uid=str(live["metadata"]["uid"]),
                propagation="Foreground",
            )
            for owned, live in objects
        )
    )


async def delete(api: KubernetesApi, objects: Sequence[Live], operation: Operation) -> None:
    """Delete these very objects, and wait until they are gone."""
    await begin(api, objects)
    for owned, live in objects:
        await _gone(api, owned, live, operation)


async def _gone(api: KubernetesApi, owned: Owned, live: Mapping[str, Any], operation: Operation) -> None:
    async def look() -> polling.Pending | None:
        return polling.Pending(message="waiting until it is gone") if await _is_there(api, owned, live) else None

    within = f"{owned.shown} was not gone within {operation.seconds:.0f} s{_held_up(live)}"
    await polling.poll(
        look,
        operation,
        subject=owned.shown,
        until="until it is gone",
        every=_POLL_SECONDS,
        late=lambda _: errors.ClusterError(within),
        tell=lambda message: operation.tell(f"{owned.shown}: {message}"),
    )


async def _is_there(api: KubernetesApi, owned: Owned, live: Mapping[str, Any]) -> bool:
    item = await api.get(table.of(owned.api_version, owned.kind), owned.namespace, owned.name)
    return bool(item and item["metadata"].get("uid") == live["metadata"].get("uid"))


def _held_up(live: Mapping[str, Any]) -> str:
    holding = live["metadata"].get("finalizers")
    return f"; its finalizers are {', '.join(holding)}" if holding else ""
