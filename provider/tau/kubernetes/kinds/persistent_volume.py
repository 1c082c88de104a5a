"""PersistentVolume (v1), for an existing folder.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reserving-a-persistentvolume
"""

from collections.abc import Sequence

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("v1", "PersistentVolume", "persistentvolumes", namespaced=False)

READ_WRITE_MANY = "ReadWriteMany"


def nfs(
    metadata: Manifest,
    *,
    server: Input[str],
    path: Input[str],
    mount_options: Input[Sequence[str]] | None,
    size: Input[str],
    claim: Input[str],
    namespace: Input[str],
) -> Manifest:
    """A share of a NAS for one claim; `size` is nominal. What is on it stays when the object goes."""
    spec: Manifest = {
        "accessModes": [READ_WRITE_MANY],
        "capacity": {"storage": size},
        "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": claim, "namespace": namespace},
        "nfs": {"server": server, "path": path},
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "",
        "volumeMode": "Filesystem",
    }
    if mount_options:
        spec["mountOptions"] = mount_options
    return manifest(KIND, metadata, spec=spec)
