"""What the cluster that is there has against the volumes of an application.

The Kubernetes package replaces a claim whose class or access modes change, and a replaced claim has lost its data.
"""

import contextlib
from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.components import inspection
from tau.components.construction import Construction
from tau.desired import constraints, naming
from tau.kinds.manifest import Manifest
from tau.types.app import TauApplicationArgs

_MADE_BY_TAU = next(iter(naming.MANAGED_BY.items()))
_RENAME = "give the volume another `name`, which makes a new one, and move the data"


async def volumes(
    args: TauApplicationArgs, objects: Mapping[str, Manifest], construction: Construction, problems: errors.Problems
) -> None:
    """Compare the claims and shares among `objects` with those that are there."""
    for index, one in enumerate(args.volumes or []):
        name = one.name or naming.volume(one.mount_path)
        with contextlib.suppress(errors.ClusterError):
            if name in objects:
                await _claim(f"volumes[{index}]", objects[name], construction, problems)
            if f"{name}-share" in objects:
                await _share(f"volumes[{index}]", objects[f"{name}-share"], construction, problems)


async def _claim(path: str, wanted: Manifest, construction: Construction, problems: errors.Problems) -> None:
    spec = wanted["spec"]
    storage_class = spec["storageClassName"]
    if storage_class and isinstance(storage_class, str) and not (construction.preview and construction.ordered):
        listed = await construction.api.items("storage.k8s.io/v1", "storageclasses")
        known = [item["metadata"]["name"] for item in listed]
        if storage_class not in known:
            problems.add(f"{path}.storageClass", inspection.unknown_class(storage_class, known))
            return
    living = await _living("persistentvolumeclaims", wanted, construction)
    if living is None:
        return
    about = f"PersistentVolumeClaim {wanted['metadata']['namespace']}/{wanted['metadata']['name']}"
    if _MADE_BY_TAU not in living["metadata"].get("labels", {}).items():
        problems.add(path, f"{about} is there already, and not tau's; mount it with `existingClaim`, or set `name`")
        return
    for field, name in (("storageClassName", "storageClass"), ("accessModes", "accessModes")):
        old, new = living["spec"].get(field), spec[field]
        if isinstance(new, str | list) and old != new and all(isinstance(item, str) for item in new):
            problems.add(f"{path}.{name}", f"{new!r} is not the {old!r} of {about}, which cannot change; {_RENAME}")
    old, new = (item["spec"]["resources"]["requests"].get("storage") for item in (living, wanted))
    if constraints.smaller(new, old):
        problems.add(f"{path}.size", f"{new!r} is less than the {old!r} of {about}, which cannot shrink; {_RENAME}")


async def _share(path: str, wanted: Manifest, construction: Construction, problems: errors.Problems) -> None:
    living = await _living("persistentvolumes", wanted, construction)
    for field in ("server", "path") if living else ():
        old, new = (item["spec"].get("nfs", {}).get(field) for item in (living, wanted))
        if isinstance(new, str) and old != new:
            remedy = "give the volume another `name`, which makes a new one"
            problems.add(f"{path}.nfs.{field}", f"{new!r} is not the {old!r} of the PersistentVolume; {remedy}")


async def _living(plural: str, wanted: Manifest, construction: Construction) -> Any:
    about = wanted["metadata"]
    if not isinstance(about["name"], str) or not isinstance(about.get("namespace", ""), str):
        return None
    return await construction.api.get("v1", plural, about.get("namespace"), about["name"])
