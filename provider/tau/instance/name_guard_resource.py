"""`tau:postgres:NameGuard`: refuses, in previews too, that what data is found by gets another name.

Since it comes before everything else of an Instance, it finds out too which image the server runs from now on.
"""

import contextlib
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors, naming
from tau.fields import Deferred
from tau.instance import server_image
from tau.instance.server_image_lookup import ServerImages
from tau.kubernetes import state
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster, database
from tau.resource import live_data
from tau.resource.contract import Connect, CustomResource, Difference, Operation
from tau.types.postgres import NameGuardArgs
from tau.values import constraints

_LOST = {
    "namespace": "would create a new, empty server there and delete this one with its data",
    "instance": "would create a new, empty server, or use another one, and leave or delete the data of this one",
    "database": "would create a new, empty database and leave the data in this one",
    "owner": "would create a new role that does not own the tables of this one",
}


class NameGuard(CustomResource[NameGuardArgs]):
    """Remembers names, and an image by its digest; it owns nothing in the cluster."""

    def __init__(self, connect: Connect) -> None:
        super().__init__(connect)
        self._images = ServerImages()

    @override
    def check(self, args: NameGuardArgs, problems: errors.Problems) -> None:
        """Refuse invalid names."""
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
        constraints.check(problems, "instance", args.instance, constraints.instance_name)

    @override
    async def compare(self, recorded: Mapping[str, Any], args: NameGuardArgs, problems: errors.Problems) -> None:
        """Refuse another name than the recorded one, as far as both are known, where data may be found by the old."""
        known = {name: (recorded.get(name), getattr(args, name)) for name in _LOST}
        renamed = {
            name: (old, new)
            for name, (old, new) in known.items()
            if isinstance(old, str) and isinstance(new, str) and old != new
        }
        if not renamed or not await self._holds_data(recorded):
            return
        for name, (old, new) in renamed.items():
            # Both are plain values here, also those of secrets.
            is_secret = problems.conceals(name)
            former, wanted = ("the former one", "another one") if is_secret else (repr(old), repr(new))
            problems.add(
                name,
                f"{'this' if is_secret else wanted} is not {former}, under which the data was created: the change "
                f"{_LOST[name]}. Set {former} again. For {wanted} create another resource, copy the data (pg_dump), "
                "and remove this one afterwards",
            )

    @override
    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """No change that is allowed needs another resource."""
        return Difference(expired=frozenset({"image"}) & changed)

    @override
    async def foreseen(self, args: NameGuardArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The image by its tag, as a preview asks no node, unless the server keeps the image that it has."""
        if not isinstance(args.image, str):
            return None
        images = [outputs.get("image"), *await self._running(args)]
        return {"image": server_image.retained(args.image, images) or args.image}

    @override
    async def create(self, args: NameGuardArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Remember the names; the identifier consists of them."""
        parts = (args.namespace, args.instance, args.database)
        return "/".join(str(part) for part in parts if part is not None), await self._outputs(args, {}, operation)

    @override
    async def update(self, args: NameGuardArgs, outputs: Mapping[str, Any], operation: Operation) -> Mapping[str, Any]:
        """Find out the digest of another tag; another way to reach the cluster changes nothing."""
        return await self._outputs(args, outputs, operation)

    @override
    async def read(self, args: NameGuardArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """None where the Cluster is gone, so that another name does no harm any more."""
        return dict(outputs) if await _live_cluster(self.api, args) else None

    async def _outputs(
        self, args: NameGuardArgs, recorded: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        if args.image is None:
            return {"image": ""}
        live_cluster = await _live_cluster(self.api, args)
        return {"image": await self._images.resolve(self.api, args, recorded, live_cluster, operation)}

    async def _running(self, args: NameGuardArgs) -> list[object]:
        """The images of the server, as far as a preview can know which one it is and the cluster answers."""
        if any(isinstance(value, Deferred) for value in (args.namespace, args.instance, args.kubeconfig, args.context)):
            return []
        with contextlib.suppress(errors.ClusterError):
            return server_image.of_cluster(await _live_cluster(self.api.at_once(), args))
        return []

    async def _holds_data(self, recorded: Mapping[str, Any]) -> bool:
        """Whether a server, or a database in it, ever came to be; where nobody can tell, it may have."""
        # A preview that nobody waits a minute for is the usual one.
        api = self.connect(recorded.get("kubeconfig"), recorded.get("context")).at_once()
        namespace, instance = str(recorded.get("namespace")), str(recorded.get("instance"))
        try:
            live_cluster = await api.get(cluster.KIND, namespace, instance)
            if live_cluster is None or not await live_data.may_be_there(api, namespace, instance, live_cluster):
                return False
            if recorded.get("database") is None:
                return True
            name = str(naming.database_object(instance, str(recorded["database"])))
            live_database = await api.get(database.KIND, namespace, name)
        except errors.ClusterError:
            return True
        return live_database is not None and state.was_applied(live_database)


async def _live_cluster(api: KubernetesApi, args: NameGuardArgs) -> Mapping[str, Any] | None:
    return await api.get(cluster.KIND, str(args.namespace), str(args.instance))
