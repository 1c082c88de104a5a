"""Objects that were there before: a component takes over those that its aliases name, and leaves all others alone.

With another URN in the state an object would be deleted by its old one after the new one had taken it over: the
Kubernetes package applies over what is there, and deletes by name.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime.proto import alias_pb2

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster, table
from tau.kubernetes.manifest import MANAGED_BY, MANAGED_BY_TAU, Manifest

Alias = str | pulumi.Alias

PATH = "aliases"
"""Where a problem with an alias is reported."""

_PACKAGE = "kubernetes:"
# Components of that package, which a component may well have been before.
_GROUPS_OF_OBJECTS = ("yaml", "helm.sh", "kustomize")


def type_of(item: Manifest) -> str:
    """Type token of an object in the kubernetes package."""
    api_version = item["apiVersion"]
    group = api_version if "/" in api_version else f"core/{api_version}"
    return f"{_PACKAGE}{group}:{item['kind']}"


@dataclass(frozen=True)
class Adoption:
    """The aliases of one component that are for objects below it, by type; `offered` are the objects that take one."""

    aliases: Mapping[str, Sequence[Alias]] = field(default_factory=dict)
    offered: list[Manifest] = field(default_factory=list)

    async def examine(
        self,
        api: KubernetesApi,
        wanted: Iterable[Manifest],
        path: str,
        problems: errors.Problems,
        *,
        takes_alias: bool = True,
    ) -> None:
        """Offer objects to the aliases, and note each that is there, is not tau's and is not taken over either.

        `path` is the input that their names come from; objects that do not take an alias are not offered.
        """
        every = list(wanted)
        self.offered.extend(every if takes_alias else ())
        await asyncio.gather(
            *(self._examine(api, manifest, path, problems, takes_alias=takes_alias) for manifest in every)
        )

    async def _examine(
        self, api: KubernetesApi, wanted: Manifest, path: str, problems: errors.Problems, *, takes_alias: bool
    ) -> None:
        metadata = wanted["metadata"]
        if not isinstance(metadata["name"], str) or not isinstance(metadata["namespace"], str):
            return
        with contextlib.suppress(errors.ClusterError):
            live = await api.get(
                table.of(wanted["apiVersion"], wanted["kind"]), metadata["namespace"], metadata["name"]
            )
            reason = _objection(wanted, live, adopted=takes_alias and type_of(wanted) in self.aliases)
            if reason:
                problems.add(path, f"{wanted['kind']} {metadata['namespace']}/{metadata['name']} {reason}")

    def check(self, problems: errors.Problems) -> None:
        """Note every alias that is not for exactly one of the offered objects."""
        known = [type_of(item) for item in self.offered]
        for wanted in self.aliases:
            if wanted not in known:
                has = f"it takes over {', '.join(sorted(set(known)))}" if known else "it takes over none"
                problems.add(PATH, f"{wanted!r} is not the type of an object that this resource takes over; {has}")
            elif known.count(wanted) > 1:
                problems.add(
                    PATH,
                    f"{wanted!r} is the type of {known.count(wanted)} objects of this resource; use a resource for "
                    "each (an Instance for a Cluster, named in `instance`), each with its alias",
                )


def _objection(wanted: Manifest, live: Mapping[str, Any] | None, *, adopted: bool) -> str:
    if adopted:
        # Under another name it would be replaced: recreated, empty, and the old one deleted with its volumes.
        missing = live is None and wanted["kind"] == cluster.KIND.kind
        return (
            "does not exist, so it cannot be adopted; use the name of an existing one, or remove its alias"
            if missing
            else ""
        )
    if live is None or is_taus(wanted, live):
        return ""
    return (
        "already exists and is not managed by tau; to adopt an object of this program, name it in `aliases`; for one "
        f"created elsewhere, set the label {MANAGED_BY}={MANAGED_BY_TAU[MANAGED_BY]}; or choose another name"
    )


def is_taus(wanted: Manifest, live: Mapping[str, Any]) -> bool:
    """Whether an object that is there was made by tau, or taken over."""
    labels = wanted["metadata"].get("labels", {})
    # A user may have given the label another value.
    own = (labels if isinstance(labels, Mapping) else MANAGED_BY_TAU).get(MANAGED_BY)
    return bool((live["metadata"].get("labels") or {}).get(MANAGED_BY) == own)


def separate(
    aliases: Iterable[alias_pb2.Alias], name: str, parent: str
) -> tuple[list[alias_pb2.Alias], dict[str, list[alias_pb2.Alias]]]:
    """The aliases of the component itself, and by type those of objects below it.

    What the latter leave open is that of the component, which has this name and parent, and not that of its child.
    """
    own: list[alias_pb2.Alias] = []
    below: dict[str, list[alias_pb2.Alias]] = {}
    for alias in aliases:
        kind = alias.spec.type or _type_in(alias.urn)
        if not _is_object(kind):
            own.append(alias)
            continue
        filled = alias_pb2.Alias()
        filled.CopyFrom(alias)
        if filled.WhichOneof("alias") == "spec":
            filled.spec.name = filled.spec.name or name
            if filled.spec.WhichOneof("parent") is None and parent:
                filled.spec.parentUrn = parent
            elif filled.spec.WhichOneof("parent") is None:
                filled.spec.noParent = True
        below.setdefault(kind, []).append(filled)
    return own, below


def _type_in(urn: str) -> str:
    """`urn:pulumi:stack::project::parent$type::name`."""
    parts = urn.split("::")
    return parts[2].rpartition("$")[2] if len(parts) > 3 else ""


def _is_object(kind: str) -> bool:
    return kind.startswith(_PACKAGE) and not kind.removeprefix(_PACKAGE).startswith(_GROUPS_OF_OBJECTS)
