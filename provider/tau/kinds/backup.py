"""Backup (postgresql.cnpg.io/v1), one base backup of a Cluster, made when the object is.

https://cloudnative-pg.io/docs/1.30/backup/#on-demand-backups
"""

from collections.abc import Mapping
from typing import Any

from tau.fields import Input
from tau.kinds.manifest import Manifest, manifest
from tau.kinds.object_store import PLUGIN

API_VERSION = "postgresql.cnpg.io/v1"
KIND = "Backup"
PLURAL = "backups"


def by_plugin() -> Manifest:
    """Fields with which the Barman Cloud plugin makes a backup, not the operator itself."""
    return {"method": "plugin", "pluginConfiguration": {"name": PLUGIN}}


def backup(metadata: Manifest, *, cluster: Input[str]) -> Manifest:
    """One base backup; the object can go, the backup stays."""
    return manifest(API_VERSION, KIND, metadata, spec={"cluster": {"name": cluster}, **by_plugin()})


def phase(item: Mapping[str, Any]) -> str:
    """What a Backup says of itself, with the reason of a failure."""
    status = item.get("status", {})
    return ": ".join(part for part in (status.get("phase") or "not begun", status.get("error")) if part)


def finished(item: Mapping[str, Any]) -> bool | None:
    """Whether a Backup succeeded; None while it is at work."""
    return {"completed": True, "failed": False}.get(str(item.get("status", {}).get("phase")))
