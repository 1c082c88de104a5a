"""Backup (postgresql.cnpg.io/v1), one base backup of a Cluster, made when the object is.

https://cloudnative-pg.io/docs/1.30/backup/#on-demand-backups
"""

from collections.abc import Mapping
from typing import Any

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds.object_store import PLUGIN
from tau.kubernetes.manifest import Manifest, manifest
from tau.kubernetes.state import State

KIND = Kind("postgresql.cnpg.io/v1", "Backup", "backups")
PRIMARY = "primary"
"""Target of a Backup that no standby may take, which may lag behind."""

_COMPLETED, _FAILED = "completed", "failed"


def by_plugin() -> Manifest:
    """Fields with which the Barman Cloud plugin makes a backup, not the operator itself."""
    return {"method": "plugin", "pluginConfiguration": {"name": PLUGIN}}


def backup(metadata: Manifest, *, cluster: Input[str], target: str = "") -> Manifest:
    """One base backup, of the target that the Cluster prefers or of PRIMARY; the object can go, the backup stays."""
    chosen = {"target": target} if target else {}
    return manifest(KIND, metadata, spec={"cluster": {"name": cluster}, **by_plugin(), **chosen})


def state(item: Mapping[str, Any]) -> State:
    """Whether a Backup is complete."""
    status = item.get("status") or {}
    phase = status.get("phase") or "not begun"
    if phase == _COMPLETED:
        return State(ready=True, message=phase)
    message = ": ".join(part for part in (phase, status.get("error")) if part)
    return State(ready=False, failed=phase == _FAILED, message=message)


def begun(item: Mapping[str, Any]) -> bool:
    """Whether somebody is at work on a Backup."""
    return (item.get("status") or {}).get("phase") not in (None, "", "new", "pending")


def backup_id(item: Mapping[str, Any]) -> str:
    """By which name the store has the base backup of a complete Backup."""
    return str((item.get("status") or {}).get("backupId") or "")
