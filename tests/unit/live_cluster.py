"""A FAKE of a cluster that holds objects in memory, and knows what deletes them."""

import copy
from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import table
from tau.resource.contract import Operation

OWN = "urn:pulumi:dev::home::tau:app:TauApplication::shop"
OTHER = "urn:pulumi:test::home::tau:app:TauApplication::shop"


class LiveCluster(KubernetesApi):
    """Objects by kind, namespace and name; it answers nothing while it is `away`."""

    def __init__(self, identity: str = "uid-of-cluster") -> None:
        super().__init__()
        self.away = self.forbidden = False
        self.deleted: list[str] = []
        self.merged: dict[str, Mapping[str, Any]] = {}
        self.lasts: set[str] = set()
        self._objects: dict[tuple[str, str | None, str], dict[str, Any]] = {}
        self.put("Namespace", "kube-system", None, uid=identity)

    def put(
        self,
        kind: str,
        name: str,
        namespace: str | None = "shop",
        *,
        owner: str | None = None,
        status: Mapping[str, Any] | None = None,
        **metadata: Any,
    ) -> None:
        """Make an object, of this owner if one is given."""
        about = {"name": name, "uid": f"uid-of-{name}", **metadata}
        if owner:
            about["annotations"] = {"tau/owner": owner, **metadata.get("annotations", {})}
        self._objects[table.of("v1", kind).plural, namespace, name] = {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": about,
            "status": status or {},
        }

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        if self.away:
            raise errors.Unreachable("Kubernetes does not answer")
        if self.forbidden:
            raise errors.ClusterError("forbidden")
        return copy.deepcopy(self._objects.get((kind.plural, namespace, name)))

    async def items(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Mapping[str, Any]]:
        return []

    async def merge(self, kind: Kind, namespace: str | None, name: str, change: Mapping[str, Any]) -> None:
        self.merged[name] = change["metadata"]

    async def delete(self, kind: Kind, namespace: str | None, name: str, *, uid: str | None = None, **_: Any) -> None:
        found = self._objects.get((kind.plural, namespace, name))
        if found and uid in (None, found["metadata"]["uid"]):
            self.deleted.append(name)
            if name not in self.lasts:
                del self._objects[kind.plural, namespace, name]


class Told:
    """An operation, and what it told."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.operation = Operation(
            urn="urn", seconds=seconds, tell=lambda _: None, note=self.notes.append, warn=self.warnings.append
        )
