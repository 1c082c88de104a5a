"""Who uses the gateway of a store already: nobody may be shut out by an `up`, as its log would wait unarchived."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from tau import errors
from tau.component.context import Construction
from tau.fields import Input
from tau.kubernetes.kinds import object_store
from tau.store import objects as store_objects
from tau.store import s3
from tau.types.postgres import BackupStoreArgs


async def examine(
    endpoint: Input[str], args: BackupStoreArgs, construction: Construction, path: str, problems: errors.Problems
) -> None:
    """Note namespaces whose ObjectStores lead to the gateway's `endpoint`, and that it would not be reached from."""
    admitted = store_objects.client_namespaces(args)
    if not isinstance(endpoint, str) or not isinstance(admitted, list):
        return
    with contextlib.suppress(errors.ClusterError):
        items = await construction.api.items(object_store.KIND)
        using = [(space, names) for space, names in _using(endpoint, items).items() if space not in admitted]
        if using:
            missing = ", ".join(repr(space) for space, _ in using)
            stores = ", ".join(f"{space}/{name}" for space, names in using for name in names)
            problems.add(
                path,
                f"has to name {missing}, where the store is used already (ObjectStores: {stores}) and would not be "
                "reached any more; add it, or remove what uses the store there",
            )


def _using(endpoint: str, stores: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The ObjectStores that lead to an endpoint, by their namespaces."""
    using: dict[str, list[str]] = {}
    for item in stores:
        # One from before the gateway's traffic was encrypted leads to it as well.
        if s3.address(item["spec"]["configuration"].get("endpointURL")) == s3.address(endpoint):
            using.setdefault(item["metadata"]["namespace"], []).append(item["metadata"]["name"])
    return {namespace: sorted(names) for namespace, names in sorted(using.items())}
