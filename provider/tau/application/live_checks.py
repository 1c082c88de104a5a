"""What the cluster that is there has against an application, its volumes above all, and what its Pods read of others.

The Kubernetes package replaces a claim whose class or access modes change, and a replaced claim has lost its data.
"""

import contextlib
import dataclasses
from collections.abc import Mapping
from typing import Any

from tau import errors, naming
from tau.application import environment as application_environment
from tau.application import objects as application
from tau.application.identity import Identity
from tau.component import live_checks as component_live_checks
from tau.component import storage_classes
from tau.component.context import Construction
from tau.fields import Input
from tau.kubernetes.kinds import persistent_volume, persistent_volume_claim, storage_class
from tau.kubernetes.manifest import Manifest, Parts, made_by_tau
from tau.types.app import TauApplicationArgs
from tau.values import quantity

_NOT_TAUS = "already exists and is not managed by tau"
ADOPTING = frozenset({"service", "ingress"})
"""Suffixes of the network's objects that an alias can be for: of several Ingresses the one of `ingress`."""

_RENAME = "set another `name` on the volume, which creates a new one, and move the data"


async def taken_over(
    wanted: application.ApplicationObjects, construction: Construction, problems: errors.Problems
) -> None:
    """Record a problem for each existing object that tau does not manage and no alias names."""
    adopting = [manifest for (_, suffix), manifest in wanted.network.items() if suffix in ADOPTING]
    offered = [*adopting, *filter(None, [wanted.deployment])]
    await construction.adoption.examine(construction.api, offered, "name", problems)
    others = [manifest for (_, suffix), manifest in wanted.network.items() if suffix not in ADOPTING]
    await construction.adoption.examine(construction.api, others, "ingresses", problems, takes_alias=False)


async def foreign(args: TauApplicationArgs, construction: Construction) -> dict[str, Any]:
    """Content of Secrets and ConfigMaps of others that variables come from, as far as it is there and may be read."""
    contents: dict[str, Any] = {}
    if args.image is None or not isinstance(args.namespace, str):
        return contents
    for kind, name in application_environment.references(args):
        with contextlib.suppress(errors.ClusterError):
            there = await construction.api.get(kind, args.namespace, name)
            contents |= {f"{kind.plural}/{name}": there.get("data")} if there else {}
    return contents


async def with_storage_classes(
    args: TauApplicationArgs, identity: Identity, construction: Construction, problems: errors.Problems
) -> TauApplicationArgs:
    """The arguments with a StorageClass for each claim: that of the claim that is there, else one of the cluster."""
    volumes = list(args.volumes or [])
    open_ones = [index for index, volume in enumerate(volumes) if volume.size is not None and not volume.storage_class]
    if problems or not open_ones or construction.settings.postgres_storage_class:
        return args
    classes = None
    with contextlib.suppress(errors.ClusterError):
        classes = await construction.api.items(storage_class.KIND)
    for index in open_ones:
        volume, path = volumes[index], f"volumes[{index}].storageClass"
        claim = naming.application_part(identity.name, volume.name or naming.volume(volume.mount_path))
        live = await _live_class(identity, claim, construction)
        chosen = live or storage_classes.chosen(classes, path, construction, problems)
        volumes[index] = dataclasses.replace(volume, storage_class=chosen)
    return dataclasses.replace(args, volumes=volumes)


async def _live_class(identity: Identity, claim: Input[str], construction: Construction) -> str | None:
    with contextlib.suppress(errors.ClusterError):
        if isinstance(identity.namespace, str) and isinstance(claim, str):
            live_claim = await construction.api.get(persistent_volume_claim.KIND, identity.namespace, claim)
            return str((live_claim or {"spec": {}})["spec"].get("storageClassName") or "") or None
    return None


async def volumes(
    args: TauApplicationArgs, objects: Parts, construction: Construction, problems: errors.Problems
) -> dict[str, str]:
    """Compare the claims and shares among `objects` with the live ones.

    Returns the names of the PersistentVolumes that live claims of shares are bound to, by claim.
    """
    bound: dict[str, str] = {}
    for index, volume in enumerate(args.volumes or []):
        name, path = volume.name or naming.volume(volume.mount_path), f"volumes[{index}]"
        claim = objects.get((persistent_volume_claim.KIND.kind, name))
        share = objects.get((persistent_volume.KIND.kind, f"{name}-share"))
        try:
            if claim:
                await _claim(path, claim, construction, problems)
            if share:
                bound |= await _share(path, share, construction, problems)
        except errors.NoCluster:
            continue
        except errors.ClusterError as failure:
            # Another name than that of the live volume would replace the claim.
            if share and not construction.preview:
                problems.add(path, f"has a PersistentVolume whose name could not be looked up: {failure}")
    return bound


async def _claim(path: str, wanted: Manifest, construction: Construction, problems: errors.Problems) -> None:
    spec = wanted["spec"]
    wished = spec["storageClassName"]
    if wished and isinstance(wished, str) and not (construction.preview and construction.ordered):
        listed = await construction.api.items(storage_class.KIND)
        known = [item["metadata"]["name"] for item in listed]
        if wished not in known:
            problems.add(f"{path}.storageClass", component_live_checks.unknown_class(wished, known))
            return
    live_claim = await _live_claim(wanted, construction)
    if live_claim is None:
        return
    label = f"PersistentVolumeClaim {wanted['metadata']['namespace']}/{wanted['metadata']['name']}"
    if not made_by_tau(live_claim):
        problems.add(path, f"{label} {_NOT_TAUS}; mount it with `existingClaim`, or set `name`")
        return
    for field, name in (("storageClassName", "storageClass"), ("accessModes", "accessModes")):
        old, new = live_claim["spec"].get(field), spec[field]
        if isinstance(new, str | list) and old != new and all(isinstance(item, str) for item in new):
            problems.add(f"{path}.{name}", f"{new!r} is not the {old!r} of {label}, which cannot change; {_RENAME}")
    old, new = (item["spec"]["resources"]["requests"].get("storage") for item in (live_claim, wanted))
    if quantity.smaller(new, old):
        problems.add(f"{path}.size", f"{new!r} is less than the {old!r} of {label}, which cannot shrink; {_RENAME}")


async def _share(path: str, wanted: Manifest, construction: Construction, problems: errors.Problems) -> dict[str, str]:
    reference = wanted["spec"]["claimRef"]
    namespace, claim = reference["namespace"], reference["name"]
    if not isinstance(namespace, str) or not isinstance(claim, str):
        return {}
    name = await _bound_volume(namespace, claim, construction)
    live_volume = await construction.api.get(persistent_volume.KIND, None, name or wanted["metadata"]["name"])
    remedy = "set another `name` on the volume, which creates a new one"
    if live_volume and not _is_for(live_volume, namespace, claim):
        other = live_volume["spec"].get("claimRef") or {}
        of = f"claim {other.get('namespace')}/{other.get('name')}" if other else "no claim"
        label = f"PersistentVolume {live_volume['metadata']['name']} belongs to {of}, not to {namespace}/{claim}"
        problems.add(path, f"{label}; {remedy}")
        return {}
    for field in ("server", "path"):
        old, new = (item["spec"].get("nfs", {}).get(field) for item in (live_volume or {"spec": {}}, wanted))
        if isinstance(new, str) and old and old != new:
            problems.add(f"{path}.nfs.{field}", f"{new!r} is not the {old!r} of the PersistentVolume; {remedy}")
    return {claim: name} if name else {}


async def _bound_volume(namespace: str, claim: str, construction: Construction) -> str | None:
    """The PersistentVolume that a claim stays bound to: its own, or one of the former name that waits for it."""
    live_claim = await construction.api.get(persistent_volume_claim.KIND, namespace, claim)
    if live_claim and live_claim["spec"].get("volumeName"):
        return str(live_claim["spec"]["volumeName"])
    former = naming.former_persistent_volume(namespace, claim)
    volume = await construction.api.get(persistent_volume.KIND, None, former)
    return former if volume and _is_for(volume, namespace, claim) else None


def _is_for(volume: Mapping[str, Any], namespace: str, claim: str) -> bool:
    reference = volume["spec"].get("claimRef") or {}
    return bool((reference.get("namespace"), reference.get("name")) == (namespace, claim))


async def _live_claim(wanted: Manifest, construction: Construction) -> Any:
    metadata = wanted["metadata"]
    if not isinstance(metadata["name"], str) or not isinstance(metadata.get("namespace", ""), str):
        return None
    return await construction.api.get(persistent_volume_claim.KIND, metadata.get("namespace"), metadata["name"])
