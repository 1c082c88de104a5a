"""`tau:postgres:NameGuard`: refuses, in previews too, that what data is found by gets another name."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors
from tau.desired import constraints, naming
from tau.kinds import cluster, database, state
from tau.resources import living_data
from tau.resources.custom_resource import CustomResource, Operation
from tau.types.postgres import NameGuardArgs

_LOST = {
    "namespace": "would make a new, empty server there and delete this one with its data",
    "instance": "would make a new, empty server, or use another one, and leave or delete the data of this one",
    "database": "would make a new, empty database and leave the data in this one",
    "owner": "would make a new role that does not own the tables of this one",
}


class NameGuard(CustomResource[NameGuardArgs]):
    """Remembers names; it owns nothing in the cluster, and another way to reach that changes nothing."""

    @override
    def check(self, args: NameGuardArgs, problems: errors.Problems) -> None:
        """Refuse what is no name."""
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
            problems.add(
                name,
                f"{new!r} is not {old!r}, as which the data was made: the change {_LOST[name]}. Write {old!r} again. "
                f"For {new!r} make another resource beside this one, copy the data (pg_dump), and remove this one "
                "afterwards",
            )

    @override
    async def create(self, args: NameGuardArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Remember the names; the identifier consists of them."""
        parts = (args.namespace, args.instance, args.database)
        return "/".join(str(part) for part in parts if part is not None), {}

    @override
    async def read(self, args: NameGuardArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """None where the Cluster is gone, so that another name does no harm any more."""
        living = await self.api.get(cluster.KIND, str(args.namespace), str(args.instance))
        return {} if living else None

    async def _holds_data(self, recorded: Mapping[str, Any]) -> bool:
        """Whether a server, or a database in it, ever came to be; where nobody can tell, it may have."""
        # A preview that nobody waits a minute for is the usual one.
        api = self.connect(recorded.get("kubeconfig"), recorded.get("context")).at_once()
        namespace, instance = str(recorded.get("namespace")), str(recorded.get("instance"))
        try:
            living = await api.get(cluster.KIND, namespace, instance)
            if living is None or not await living_data.may_be_there(api, namespace, instance, living):
                return False
            if recorded.get("database") is None:
                return True
            name = str(naming.database_object(instance, str(recorded["database"])))
            found = await api.get(database.KIND, namespace, name)
        except errors.ClusterError:
            return True
        return found is not None and state.was_applied(found)
