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


async def living(api: KubernetesApi, wanted: Iterable[Owned]) -> list[Live]:
    """Those that exist, as they are now."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def look(one: Owned) -> Live | None:
        async with slots:
            found = await api.get(table.of(one.api_version, one.kind), one.namespace, one.name)
        return (one, found) if found else None

    found = await asyncio.gather(*(look(one) for one in wanted))
    return [one for one in found if one]


async def begin(api: KubernetesApi, objects: Sequence[Live]) -> None:
    """Begin to delete these very objects; one of the same name made since then stays."""
    await asyncio.gather(
        *(
            api.delete(
                *(table.of(one.api_version, one.kind), one.namespace, one.name),
                uid=str(live["metadata"]["uid"]),
                propagation="Foreground",
            )
            for one, live in objects
        )
    )


async def delete(api: KubernetesApi, objects: Sequence[Live], operation: Operation) -> None:
    """Delete these very objects, and wait until they are gone."""
    await begin(api, objects)
    for one, live in objects:
        await _gone(api, one, live, operation)


async def _gone(api: KubernetesApi, one: Owned, live: Mapping[str, Any], operation: Operation) -> None:
    async def look() -> polling.Pending | None:
        return polling.Pending(message="waiting until it is gone") if await _is_there(api, one, live) else None

    within = f"{one.shown} was not gone within {operation.seconds:.0f} s{_held_up(live)}"
    await polling.poll(
        look,
        operation,
        about=one.shown,
        until="until it is gone",
        every=_POLL_SECONDS,
        late=lambda _: errors.ClusterError(within),
        tell=lambda message: operation.tell(f"{one.shown}: {message}"),
    )


async def _is_there(api: KubernetesApi, one: Owned, live: Mapping[str, Any]) -> bool:
    found = await api.get(table.of(one.api_version, one.kind), one.namespace, one.name)
    return bool(found and found["metadata"].get("uid") == live["metadata"].get("uid"))


def _held_up(live: Mapping[str, Any]) -> str:
    holding = live["metadata"].get("finalizers")
    return f"; its finalizers are {', '.join(holding)}" if holding else ""
