"""Stand-in for Longhorn's driver: makes a local folder for each claim, grows it on request, removes it later.

Every node of the bed sees the same folders, so a volume follows its pod from node to node.
"""

import argparse
import asyncio
import logging
import pathlib
import shutil
from typing import Any, TypeVar

import httpx
import kr8s
from kr8s.asyncio import objects

CLASS = "longhorn"
DRIVER = "driver.longhorn.io"
_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
_PERIOD_SECONDS = 0.5
# Somebody changed the same object, or the API server is away: the next round sees the result.
_PASSING = (kr8s.ServerError, kr8s.APITimeoutError, kr8s.ConnectionClosedError, httpx.HTTPError)
_log = logging.getLogger("provisioner")
_Object = TypeVar("_Object", objects.PersistentVolume, objects.PersistentVolumeClaim)


def volume(claim: dict[str, Any], folder: pathlib.Path) -> dict[str, Any]:
    """The PersistentVolume that answers a claim."""
    metadata, spec = claim["metadata"], claim["spec"]
    on_every_node = {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": f"pvc-{metadata['uid']}",
            "annotations": {_PROVISIONED_BY: DRIVER},
        },
        "spec": {
            "accessModes": spec["accessModes"],
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                "uid": metadata["uid"],
            },
            "local": {"path": str(folder)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [on_every_node]}]}},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": CLASS,
            "volumeMode": "Filesystem",
        },
    }


class Provisioner:
    """Compares claims with volumes, again and again, and does what is missing."""

    def __init__(self, api: kr8s.asyncio.Api, folder: pathlib.Path) -> None:
        self._api = api
        self._folder = folder

    async def run(self) -> None:
        """Work until the process ends."""
        while True:
            try:
                await self._reconcile()
            except _PASSING as problem:
                _log.warning("trying again: %r", problem)
            await asyncio.sleep(_PERIOD_SECONDS)

    async def _reconcile(self) -> None:
        volumes = {
            existing.name: existing
            for existing in await self._list(objects.PersistentVolume)
            if existing.raw["metadata"].get("annotations", {}).get(_PROVISIONED_BY) == DRIVER
        }
        for claim in await self._list(objects.PersistentVolumeClaim):
            if claim.raw["spec"].get("storageClassName") == CLASS:
                await self._serve(claim, volumes)
        for unused in volumes.values():
            if unused.raw["status"].get("phase") == "Released":
                await self._reclaim(unused)

    async def _list(self, kind: type[_Object]) -> list[_Object]:
        items = kind.list(namespace=kr8s.ALL, api=self._api)
        return [item async for item in items if isinstance(item, kind)]

    async def _serve(self, claim: objects.PersistentVolumeClaim, volumes: dict[str, objects.PersistentVolume]) -> None:
        bound_to = claim.raw["spec"].get("volumeName")
        if not bound_to:
            if f"pvc-{claim.raw['metadata']['uid']}" not in volumes:
                await self._provision(claim)
        elif bound_to in volumes and claim.raw["status"].get("phase") == "Bound":
            await self._expand(claim, volumes[bound_to])

    async def _provision(self, claim: objects.PersistentVolumeClaim) -> None:
        name = f"pvc-{claim.raw['metadata']['uid']}"
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        # Longhorn's shared volumes let every user write; the others get their group from the pod's fsGroup.
        folder.chmod(0o777 if "ReadWriteMany" in claim.raw["spec"]["accessModes"] else 0o755)
        await objects.PersistentVolume(volume(claim.raw, folder), api=self._api).create()
        _log.info("made %s for %s/%s", name, claim.namespace, claim.name)

    async def _expand(self, claim: objects.PersistentVolumeClaim, bound: objects.PersistentVolume) -> None:
        # The API server writes quantities in one canonical form, and refuses requests below the capacity.
        capacity = {"storage": claim.raw["spec"]["resources"]["requests"]["storage"]}
        if bound.raw["spec"]["capacity"] != capacity:
            await bound.patch({"spec": {"capacity": capacity}})
        if claim.raw["status"].get("capacity") != capacity:
            await claim.patch({"status": {"capacity": capacity}}, subresource="status")
            _log.info("grew %s/%s to %s", claim.namespace, claim.name, capacity["storage"])

    async def _reclaim(self, released: objects.PersistentVolume) -> None:
        being_deleted = "deletionTimestamp" in released.raw["metadata"]
        if being_deleted or released.raw["spec"]["persistentVolumeReclaimPolicy"] != "Delete":
            return
        shutil.rmtree(released.raw["spec"]["local"]["path"], ignore_errors=True)
        await released.delete()
        _log.info("removed %s", released.name)


async def _run(kubeconfig: str, folder: pathlib.Path) -> None:
    await Provisioner(await kr8s.asyncio.api(kubeconfig=kubeconfig), folder).run()


def main() -> None:
    """Serve the cluster that the kubeconfig names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(_run(arguments.kubeconfig, arguments.folder))


if __name__ == "__main__":
    main()
