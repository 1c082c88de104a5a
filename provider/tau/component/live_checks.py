"""What the cluster that is there has against the inputs: an instance is unknown, an owner would change.

Asked before anything is registered, in previews too. A cluster that does not answer, or does not let this user look,
has no objections here: what is wrong with it shows when the Kubernetes resources are made.
"""

import contextlib
import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from tau import errors
from tau.component.context import Construction
from tau.fields import Input
from tau.kubernetes import state
from tau.kubernetes.kinds import cluster
from tau.kubernetes.kinds import database as database_kind
from tau.kubernetes.manifest import Manifest


def unknown_class(wanted: str, known: Iterable[str]) -> str:
    """What is to be said about a StorageClass that the cluster does not have."""
    there = ", ".join(sorted(known))
    has = f"this cluster has {there}" if there else "this cluster has none"
    return f"{wanted!r} is not a StorageClass of this cluster; {has}; set one here or in `tau:postgresStorageClass`"


async def shared_instance(
    construction: Construction, name: Input[str], namespace: Input[str], problems: errors.Problems
) -> None:
    """An Instance that a Database names must be there, in the Database's own namespace.

    In a preview it may be one that is yet to come, if the name comes from another resource.
    """
    if not isinstance(name, str) or not isinstance(namespace, str):
        return
    if construction.preview and construction.ordered:
        return
    with contextlib.suppress(errors.ClusterError):
        everywhere = await construction.api.items(cluster.KIND)
        instances = [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in everywhere]
        if (namespace, name) in instances:
            return
        elsewhere = sorted(space for space, known in instances if known == name)
        if elsewhere:
            problems.add(
                "namespace",
                f"{namespace!r} is not the namespace of instance {name!r}, which is in {elsewhere[0]!r}; "
                "a database, its instance and its application live in one namespace",
            )
            return
        problems.add("instance", _unknown(name, namespace, [known for space, known in instances if space == namespace]))


def _unknown(name: str, namespace: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    there = f"there are: {', '.join(sorted(known))}" if known else "there is none"
    hint = f"did you mean {close[0]!r}?" if close else there
    return (
        f"{name!r} is not an instance in namespace {namespace!r}; {hint}. "
        "For an Instance of the same program use its `name` output, so that it is created first"
    )


async def database(
    construction: Construction, manifest: Manifest, problems: errors.Problems
) -> Mapping[str, Any] | None:
    """The live Database, if there is one; notes where its owner would change."""
    metadata, spec = manifest["metadata"], manifest["spec"]
    if not isinstance(metadata["name"], str) or not isinstance(metadata["namespace"], str):
        return None
    with contextlib.suppress(errors.ClusterError):
        live = await construction.api.get(database_kind.KIND, metadata["namespace"], metadata["name"])
        if live and state.was_applied(live):
            another_owner(spec["owner"], live["spec"].get("owner"), problems)
        return live
    return None


def another_owner(wanted: Input[str], old: str | None, problems: errors.Problems) -> None:
    """Note that a database would get another owner than that of its tables."""
    if isinstance(wanted, str) and old and old != wanted:
        problems.add(
            "owner",
            f"{wanted!r} is not the owner {old!r} of the database, whose tables belong to {old!r}; set "
            f"{old!r} again. For another owner create another Database, and copy the data (pg_dump --no-owner)",
        )
