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
from tau.desired import constraints, living_archive
from tau.fields import Input
from tau.kinds import cluster
from tau.kinds import database as database_kind
from tau.kinds.manifest import Manifest

_OLDEST_TO_UPGRADE_TO = 16


async def instance(
    construction: Construction, manifest: Manifest, paths: Mapping[str, str], problems: errors.Problems
) -> None:
    """Compare a Cluster with the one that is there; `paths` are the inputs that its fields come from."""
    classes: Mapping[str, Any] = {}
    with contextlib.suppress(errors.ClusterError):
        items = await construction.api.items("storage.k8s.io/v1", "storageclasses")
        classes = {item["metadata"]["name"]: item for item in items}
        _check_classes(construction, manifest["spec"], classes, paths, problems)
    with contextlib.suppress(errors.ClusterError):
        metadata = manifest["metadata"]
        if isinstance(metadata["name"], str) and isinstance(metadata["namespace"], str):
            living = await construction.api.get(
                cluster.API_VERSION, cluster.PLURAL, metadata["namespace"], metadata["name"]
            )
            if living and isinstance(manifest["spec"], Mapping):
                _check_volumes(living["spec"], manifest["spec"], classes, paths, problems)
                _check_version(construction, living, manifest["spec"], paths["version"], problems)


def _check_classes(
    construction: Construction,
    spec: Any,
    known: Mapping[str, Any],
    paths: Mapping[str, str],
    problems: errors.Problems,
) -> None:
    if (construction.preview and construction.ordered) or not isinstance(spec, Mapping):
        return
    for volume in ("storage", "walStorage"):
        wanted = spec.get(volume, {}).get("storageClass")
        if isinstance(wanted, str) and wanted not in known:
            problems.add(paths[f"{volume}.storageClass"], unknown_class(wanted, known))


def unknown_class(wanted: str, known: Iterable[str]) -> str:
    """What is to be said about a StorageClass that the cluster does not have."""
    there = ", ".join(sorted(known))
    has = f"this cluster has {there}" if there else "this cluster has none"
    return f"{wanted!r} is not a StorageClass of this cluster; {has}; name one here or in `tau:postgresStorageClass`"


def _check_volumes(
    living: Any, wanted: Any, classes: Mapping[str, Any], paths: Mapping[str, str], problems: errors.Problems
) -> None:
    for volume in ("storage", "walStorage"):
        had = living.get(volume) or {}
        old, new = (spec.get("size") for spec in (had, wanted.get(volume, {})))
        if constraints.smaller(new, old):
            problems.add(
                paths[f"{volume}.size"],
                f"{new!r} is less than the {old!r} that the volume has, and a volume cannot shrink; leave the size, or "
                "make a smaller Instance under another name and move the data",
            )
        known = classes.get(had.get("storageClass") or "")
        if constraints.smaller(old, new) and known and not known.get("allowVolumeExpansion"):
            problems.add(
                paths[f"{volume}.size"],
                f"{new!r} is more than the {old!r} that the volume has, and StorageClass {had['storageClass']!r} does "
                "not let volumes grow; set `allowVolumeExpansion: true` on it if its driver can, or leave the size",
            )
    if "walStorage" in living and "walStorage" not in wanted:
        problems.add(paths["walStorage"], "a separate volume for the log cannot be taken away again; keep it")


def _check_version(construction: Construction, living: Any, wanted: Any, path: str, problems: errors.Problems) -> None:
    """An upgrade that failed can be taken back: what counts is the version of the data, not that of the image."""
    old = cluster.data_major(living) or constraints.image_major(living["spec"].get("imageName") or "")
    new = constraints.image_major(wanted.get("imageName") or "")
    if not old or not new or old == new:
        return
    if int(new) < int(old):
        problems.add(path, f"{new!r} is older than the running {old!r}; there is no way back")
    elif int(new) < _OLDEST_TO_UPGRADE_TO:
        problems.add(path, f"{new!r} is nothing that CloudNativePG upgrades {old!r} to; write `16` or later")
    elif living_archive.archiver(living) is None:
        construction.warnings.append(
            f"PostgreSQL {old} is upgraded to {new} without a backup before, as the Instance is not backed up; make a "
            "dump (pg_dump) first, or give it a `backup.store`"
        )


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


async def database(construction: Construction, manifest: Manifest, problems: errors.Problems) -> list[str]:
    """The extensions that a living Database has and the wanted one has not; notes where its owner would change."""
    about, spec = manifest["metadata"], manifest["spec"]
    if not isinstance(about["name"], str) or not isinstance(about["namespace"], str):
        return []
    with contextlib.suppress(errors.ClusterError):
        living = await construction.api.get(
            database_kind.API_VERSION, database_kind.PLURAL, about["namespace"], about["name"]
        )
        if living is None:
            return []
        old = living["spec"].get("owner")
        if isinstance(spec["owner"], str) and old and old != spec["owner"]:
            problems.add(
                "owner",
                f"{spec['owner']!r} is not the owner {old!r} of the database, whose tables belong to {old!r}; write "
                f"{old!r} again. For another owner make another Database, and copy the data (pg_dump --no-owner)",
            )
        return [one["name"] for one in living["spec"].get("extensions") or []]
    return []
