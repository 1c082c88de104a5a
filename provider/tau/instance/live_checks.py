"""What a Cluster that is there has against the inputs of an Instance: a volume would shrink, a version would fall.

Asked before anything is registered, in previews too, with what cannot be asked left out; see `component/live_checks`.
"""

import contextlib
import dataclasses
from collections.abc import Mapping
from typing import Any

from tau import errors, naming
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


async def with_storage_classes(
    resource: str, args: InstanceArgs, construction: Construction, paths: Mapping[str, str], problems: errors.Problems
) -> InstanceArgs:
    """The arguments with a StorageClass for each volume: that of the volume that is there, else one of the cluster."""
    spec = args.cluster_spec or {}
    if not isinstance(spec, Mapping):
        return args
    wanted = {"storage": args.storage or Storage(), "walStorage": args.wal_storage}
    open_ones = [
        name
        for name, storage in wanted.items()
        if storage and storage.storage_class is None and "storageClass" not in (spec.get(name) or {})
    ]
    if not open_ones:
        return args
    live_spec = await _live_spec(args.name or naming.instance(resource), args.namespace, construction)
    for name in open_ones:
        live = (live_spec.get(name) or {}).get("storageClass")
        known = await storage_classes.chosen(live, paths[f"{name}.storageClass"], construction, problems)
        wanted[name] = dataclasses.replace(wanted[name] or Storage(), storage_class=known)
    return dataclasses.replace(args, storage=wanted["storage"], wal_storage=wanted["walStorage"])


async def _live_spec(name: Input[str], namespace: Input[str], construction: Construction) -> Mapping[str, Any]:
    """The spec of the Cluster that is there; empty where there is none, or it cannot be asked for."""
    with contextlib.suppress(errors.ClusterError):
        if isinstance(name, str) and isinstance(namespace, str):
            live_cluster = await construction.api.get(cluster.KIND, namespace, name)
            spec: Mapping[str, Any] = (live_cluster or {}).get("spec") or {}
            return spec
    return {}


async def instance(
    construction: Construction, manifest: Manifest, owner: str, paths: Mapping[str, str], problems: errors.Problems
) -> None:
    """Compare a Cluster with the one that is there; `paths` are the inputs that its fields come from.

    One that is retained after its deletion is resumed by its `owner` only.
    """
    classes: Mapping[str, Any] = {}
    with contextlib.suppress(errors.ClusterError):
        items = await construction.api.items(storage_class.KIND)
        classes = {item["metadata"]["name"]: item for item in items}
        _check_classes(construction, manifest["spec"], classes, paths, problems)
    with contextlib.suppress(errors.ClusterError):
        metadata = manifest["metadata"]
        if isinstance(metadata["name"], str) and isinstance(metadata["namespace"], str):
            live_cluster = await construction.api.get(cluster.KIND, metadata["namespace"], metadata["name"])
            if live_cluster:
                _retained_for_another(live_cluster, owner, problems)
            if live_cluster and isinstance(manifest["spec"], Mapping):
                _check_volumes(live_cluster["spec"], manifest["spec"], classes, paths, problems)
                _check_version(construction, live_cluster, manifest, paths["version"], problems)


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
        wanted = spec.get(volume, {}).get("storageClass")
        path = paths[f"{volume}.storageClass"]
        if isinstance(wanted, str) and wanted not in known and path not in {problem.path for problem in problems}:
            problems.add(path, component_live_checks.unknown_class(wanted, known))


def _check_volumes(
    live_spec: Any, wanted: Any, classes: Mapping[str, Any], paths: Mapping[str, str], problems: errors.Problems
) -> None:
    for volume in ("storage", "walStorage"):
        had = live_spec.get(volume) or {}
        old, new = (spec.get("size") for spec in (had, wanted.get(volume, {})))
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
