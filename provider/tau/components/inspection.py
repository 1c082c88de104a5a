"""What the cluster that is there has against the inputs: a volume would shrink, an instance is unknown, and so on.

Asked before anything is registered, in previews too. A cluster that does not answer, or does not let this user look,
has no objections here: what is wrong with it shows when the Kubernetes resources are made.
"""

import contextlib
import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from tau import errors
from tau.components.construction import Construction
from tau.desired import constraints, kept
from tau.fields import Input
from tau.kinds import cluster
from tau.kinds.manifest import Manifest


async def instance(
    construction: Construction, manifest: Manifest, owner: str, paths: Mapping[str, str], problems: errors.Problems
) -> None:
    """Compare a Cluster with the one that is there; `paths` are the inputs that its fields come from.

    One that is kept after its deletion is taken back by its `owner` alone.
    """
    with contextlib.suppress(errors.ClusterError):
        await _storage_classes(construction, manifest["spec"], paths, problems)
    with contextlib.suppress(errors.ClusterError):
        metadata = manifest["metadata"]
        if isinstance(metadata["name"], str) and isinstance(metadata["namespace"], str):
            living = await construction.api.get(
                cluster.API_VERSION, cluster.PLURAL, metadata["namespace"], metadata["name"]
            )
            if living:
                _kept_for_another(living, owner, problems)
                _unchangeable(living["spec"], manifest["spec"], paths, problems)


def _kept_for_another(living: Mapping[str, Any], owner: str, problems: errors.Problems) -> None:
    other = kept.owner(living)
    if other is None or other == owner:
        return
    about = living["metadata"]
    problems.add(
        "name",
        f"Cluster {about['namespace']}/{about['name']} is kept for {other}, which was deleted, and this is {owner}; "
        f"create that one again, choose another name, or take it over: kubectl annotate cluster {about['name']} "
        f"--namespace {about['namespace']} --overwrite {kept.KEPT_FOR}={owner}",
    )


async def _storage_classes(
    construction: Construction, spec: Any, paths: Mapping[str, str], problems: errors.Problems
) -> None:
    if (construction.preview and construction.ordered) or not isinstance(spec, Mapping):
        return
    known = [item["metadata"]["name"] for item in await construction.api.items("storage.k8s.io/v1", "storageclasses")]
    for volume in ("storage", "walStorage"):
        wanted = spec.get(volume, {}).get("storageClass")
        if isinstance(wanted, str) and wanted not in known:
            problems.add(paths[f"{volume}.storageClass"], unknown_class(wanted, known))


def unknown_class(wanted: str, known: Iterable[str]) -> str:
    """What is to be said about a StorageClass that the cluster does not have."""
    there = ", ".join(sorted(known))
    has = f"this cluster has {there}" if there else "this cluster has none"
    return f"{wanted!r} is not a StorageClass of this cluster; {has}; name one here or in `tau:postgresStorageClass`"


def _unchangeable(living: Any, wanted: Any, paths: Mapping[str, str], problems: errors.Problems) -> None:
    if not isinstance(wanted, Mapping):
        return
    for volume in ("storage", "walStorage"):
        old, new = (spec.get(volume, {}).get("size") for spec in (living, wanted))
        if smaller(new, old):
            problems.add(
                paths[f"{volume}.size"],
                f"{new!r} is less than the {old!r} that the volume has, and a volume cannot shrink; leave the size, or "
                "make a smaller Instance under another name and move the data",
            )
    if "walStorage" in living and "walStorage" not in wanted:
        problems.add(paths["walStorage"], "a separate volume for the log cannot be taken away again; keep it")
    old_major, new_major = (constraints.image_major(spec.get("imageName") or "") for spec in (living, wanted))
    if old_major and new_major and int(new_major) < int(old_major):
        problems.add(paths["version"], f"{new_major!r} is older than the running {old_major!r}; there is no way back")


def smaller(new: object, old: object) -> bool:
    """Whether one quantity is less than another, as far as both are known."""
    sizes = [constraints.bytes_of(size) if isinstance(size, str) else None for size in (new, old)]
    return sizes[0] is not None and sizes[1] is not None and sizes[0] < sizes[1]


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
        everywhere = await construction.api.items(cluster.API_VERSION, cluster.PLURAL)
        found = [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in everywhere]
        if (namespace, name) in found:
            return
        elsewhere = sorted(space for space, known in found if known == name)
        if elsewhere:
            problems.add(
                "namespace",
                f"{namespace!r} is not the namespace of instance {name!r}, which is in {elsewhere[0]!r}; "
                "a database, its instance and its application live in one namespace",
            )
            return
        problems.add("instance", _unknown(name, namespace, [known for space, known in found if space == namespace]))


def _unknown(name: str, namespace: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    there = f"there are: {', '.join(sorted(known))}" if known else "there is none"
    hint = f"did you mean {close[0]!r}?" if close else there
    return (
        f"{name!r} is not an instance in namespace {namespace!r}; {hint}. "
        "For an Instance of the same program pass its `name` output, so that it is made first"
    )
