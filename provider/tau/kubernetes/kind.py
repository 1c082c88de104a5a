"""How the Kubernetes API names a kind of object."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind: `kind` is its name in manifests, `plural` the one in URLs; `namespaced` unless it is in no namespace."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        """The API group; empty for Kubernetes' first kinds, such as Pod."""
        return self.api_version.rpartition("/")[0]

    @property
    def definition(self) -> str:
        """Name of the CustomResourceDefinition of a kind that is not Kubernetes' own."""
        return f"{self.plural}.{self.group}"
