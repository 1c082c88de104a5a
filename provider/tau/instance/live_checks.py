"""What a Cluster that is there has against the inputs of an Instance: a volume would shrink, a version would fall.

Asked before anything is registered, in previews too, with what cannot be asked left out; see `component/live_checks`.
"""

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.component import adoption, storage_classes
from tau.component import live_checks as component_live_checks
from tau.component.context import Construction
from tau.fields import Input
from tau.kubernetes.kinds import cluster, object_store, storage_class
from tau.kubernetes.manifest import Manifest
from tau.ownership import retention
from tau.types.postgres import InstanceArgs, Storage
from tau.values import constraints, quantity

_OLDEST_TO_UPGRADE_TO = 16


@dataclass(frozen=True, kw_only=True)
class Live:
    """What there is of an Instance: its Cluster, and the StorageClasses; None for what cannot be asked for."""

    cluster: Mapping[str, Any] | None = None
    classes: Sequence[Mapping[str, Any]] | None = None


async def look(construction: Construction, name: Input[str], namespace: Input[str]) -> Live:
    """Ask the cluster once for all that the checks compare with."""
    live_cluster, classes = None, None
    with contextlib.suppress(errors.ClusterError):
        classes = await construction.api.items(storage_class.KIND)
    with contextlib.suppress(errors.ClusterError):
        if isinstance(name, str) and isinstance(namespace, str):
            live_cluster = await construction.api.get(cluster.KIND, namespace, name)
    return Live(cluster=live_cluster, classes=classes)


def with_storage_classes(
    args: InstanceArgs, live: Live, construction: Construction, paths: Mapping[str, str], problems: errors.Problems
) -> InstanceArgs:
    """The arguments with a StorageClass for each volume: that of the volume that is there, else one of the cluster."""
    if construction.settings.postgres_storage_class:
        return args
    spec = args.cluster_spec if isinstance(args.cluster_spec, Mapping) else {}
    volumes = {"storage": args.storage or Storage(), "walStorage": args.wal_storage}
    for name, volume in volumes.items():
        if volume is None or volume.storage_class is not None or "storageClass" in _volume(spec, name):
            continue
        there = _volume(live.cluster["spec"], name) if live.cluster else {}
        chosen = there.get("storageClass") or storage_classes.chosen(
            live.classes, paths[f"{name}.storageClass"], construction, problems
        )
        volumes[name] = dataclasses.replace(volume, storage_class=chosen)
    return dataclasses.replace(args, storage=volumes["storage"], wal_storage=volumes["walStorage"])


def _volume(spec: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A volume in a Cluster's spec, as far as it is known."""
    volume = spec.get(name)
    return volume if isinstance(volume, Mapping) else {}


def instance(
    construction: Construction,
    manifest: Manifest,
    live: Live,
    owner: str,
    paths: Mapping[str, str],
    problems: errors.Problems,
) -> None:
    """Compare a Cluster with the one that is there; `paths` are the inputs that its fields come from.

    One that is retained after its deletion is resumed by its `owner` only.
    """
    classes = {item["metadata"]["name"]: item for item in live.classes or ()}
    if live.classes is not None:
        _check_classes(construction, manifest["spec"], classes, paths, problems)
    if live.cluster:
        _retained_for_another(live.cluster, owner, problems)
    if live.cluster and isinstance(manifest["spec"], Mapping):
        _check_volumes(live.cluster["spec"], manifest["spec"], classes, paths, problems)
        _check_version(construction, live.cluster, manifest, paths["version"], problems)


def _retained_for_another(live_cluster: Mapping[str, Any], owner: str, problems: errors.Problems) -> None:
    other = retention.owner(live_cluster)
    if other is None or other == owner:
        return
    metadata = live_cluster["metadata"]
    problems.add(
        "name",
        f"Cluster {metadata['namespace']}/{metadata['name']} is retained for {other}, which was deleted, and this is "
        f"{owner}; create that one again, choose another name, or transfer it: kubectl annotate cluster "
        f"{metadata['name']} --namespace {metadata['namespace']} --overwrite {retention.RETAINED_FOR}={owner}",
    )


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
        wanted = _volume(spec, volume).get("storageClass")
        path = paths[f"{volume}.storageClass"]
        if isinstance(wanted, str) and wanted not in known and path not in {problem.path for problem in problems}:
            problems.add(path, component_live_checks.unknown_class(wanted, known))


def _check_volumes(
    live_spec: Any, wanted: Any, classes: Mapping[str, Any], paths: Mapping[str, str], problems: errors.Problems
) -> None:
    for volume in ("storage", "walStorage"):
        had = _volume(live_spec, volume)
        old, new = (part.get("size") for part in (had, _volume(wanted, volume)))
        if quantity.smaller(new, old):
            problems.add(
                paths[f"{volume}.size"],
                f"{new!r} is less than the {old!r} that the volume has, and a volume cannot shrink; leave the size, or "
                "create a smaller Instance under another name and copy the data",
            )
        known = classes.get(had.get("storageClass") or "")
        if quantity.smaller(old, new) and known and not known.get("allowVolumeExpansion"):
            problems.add(
                paths[f"{volume}.size"],
                f"{new!r} is more than the {old!r} that the volume has, and StorageClass {had['storageClass']!r} does "
                "not let volumes grow; set `allowVolumeExpansion: true` on it if its driver can, or leave the size",
            )
    if "walStorage" in live_spec and "walStorage" not in wanted:
        problems.add(paths["walStorage"], "a separate volume for WAL cannot be removed again; leave it set")


def _check_version(
    construction: Construction, live_cluster: Mapping[str, Any], wanted: Manifest, path: str, problems: errors.Problems
) -> None:
    """A failed upgrade can be reverted: what counts is the version of the data, not that of the image."""
    old = cluster.data_major(live_cluster) or constraints.cluster_major(live_cluster["spec"])
    new = constraints.cluster_major(wanted["spec"])
    if not old or not new or old == new:
        return
    if int(new) < int(old):
        problems.add(path, f"{new!r} is older than the running {old!r}; a downgrade is not possible")
    elif int(new) < _OLDEST_TO_UPGRADE_TO:
        problems.add(path, f"CloudNativePG cannot upgrade {old!r} to {new!r}; use `16` or later")
    elif retention.owner(live_cluster) is not None or not adoption.is_taus(wanted, live_cluster):
        # What is new to the stack has no generation yet that could end with a backup.
        problems.add(
            path,
            f"{new!r} is not the {old!r} of the server that is taken over; use {old!r} (`version`) first, and "
            "upgrade it with the next `pulumi up`, which takes a backup before",
        )
    elif object_store.archiver(live_cluster) is None:
        construction.warnings.append(
            f"PostgreSQL {old} is upgraded to {new} without a backup before, as the Instance is not backed up; make a "
            "dump (pg_dump) first, or set `backup.store`"
        )
