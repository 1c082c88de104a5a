"""Which resource of a program makes which Kubernetes object, so that two never write the same one."""

from collections.abc import Iterable, Mapping
from typing import Any


class Claims:
    """The objects claimed during one deployment."""

    def __init__(self) -> None:
        self._owners: dict[tuple[str, str, str], str] = {}
        self._managed: dict[tuple[object, object], frozenset[str]] = {}
        self.operator_namespaces: dict[str, str] = {}
        """Namespaces of the operators that the program makes or has found, by the kubernetes provider's name."""

    def claim(self, manifest: Mapping[str, Any], resource: str) -> str | None:
        """Note that `resource` makes the object; the resource that made it before, if it is another one."""
        metadata = manifest["metadata"]
        key = (manifest["kind"], metadata.get("namespace", ""), metadata["name"])
        if not all(isinstance(part, str) for part in key):
            return None
        owner = self._owners.setdefault(key, resource)
        return owner if owner != resource else None

    def manage(self, metadata: Mapping[str, Any], roles: Iterable[str]) -> None:
        """Note which roles the Cluster of this name manages itself, as the program has it."""
        self._managed[metadata["namespace"], metadata["name"]] = frozenset(roles)

    def managed(self, namespace: str, name: str) -> frozenset[str] | None:
        """The roles that a Cluster manages itself, None where no resource of the program makes it."""
        return self._managed.get((namespace, name))
