"""`tau:postgres:getHealth`: what the objects of an Instance say -> how it is, with every problem in one sentence."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tau.archive.generations import Generation
from tau.kubernetes.kinds import cluster, object_store
from tau.values import timestamp

_OFF, _UNKNOWN, _WORKING, _FAILING = "off", "unknown", "working", "failing"
_PASSED, _NONE = "passed", "none"
_TEXTS = (
    *("phase", "primary", "serverName", "archivingSince", "archivingMessage", "firstRestorable", "lastBackup"),
    *("lastFailedBackup", "lastFailedBackupMessage", "restoreCheckMessage", "restoreCheckTime"),
)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The objects: the Cluster, its ObjectStore, its Backups, and the data of the restore check's ConfigMap.

    `archive` is what the store holds of the Cluster's generation, where somebody looked.
    """

    cluster: Mapping[str, Any]
    store: Mapping[str, Any] | None = None
    backups: Sequence[Mapping[str, Any]] = ()
    check: Mapping[str, Any] = field(default_factory=dict)
    archive: Generation | None = None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Ages in seconds from which on a base backup and a restore check are too old."""

    backup: int
    check: int


def health(seen: Seen, limits: Limits, now: datetime.datetime) -> dict[str, Any]:
    """Outputs of the function."""
    report = _servers(seen.cluster) | _archiving(seen.cluster) | _backups(seen, now) | _restore_check(seen.check, now)
    problems = [*_problems(report, limits), *(_about_archive(seen.archive) if seen.archive else ())]
    return report | {"healthy": not problems, "problems": problems}


def nothing() -> dict[str, Any]:
    """Outputs where there is no Instance yet."""
    return dict.fromkeys(_TEXTS, "") | {
        "healthy": False,
        "problems": ["there is no such Instance yet"],
        "instances": 0,
        "readyInstances": 0,
        "conditions": [],
        "archiving": _OFF,
        "lastBackupAgeSeconds": -1.0,
        "restoreCheck": _NONE,
        "restoreCheckAgeSeconds": -1.0,
    }


def _servers(item: Mapping[str, Any]) -> dict[str, Any]:
    status = item.get("status", {})
    return {
        "phase": status.get("phase", ""),
        "instances": item["spec"].get("instances", 1),
        "readyInstances": status.get("readyInstances", 0),
        "primary": status.get("currentPrimary", ""),
        "conditions": [_condition(condition) for condition in status.get("conditions", [])],
    }


def _condition(condition: Mapping[str, Any]) -> dict[str, str]:
    values = {key: str(condition.get(key, "")) for key in ("type", "status", "reason", "message")}
    return values | {"since": str(condition.get("lastTransitionTime") or "")}


def _archiving(item: Mapping[str, Any]) -> dict[str, Any]:
    use = object_store.archiver(item)
    conditions = {entry["type"]: entry for entry in item.get("status", {}).get("conditions", [])}
    condition = conditions.get(cluster.CONTINUOUS_ARCHIVING)
    state = {"True": _WORKING, "False": _FAILING}.get(condition["status"], _UNKNOWN) if condition else _UNKNOWN
    return {
        "serverName": use.server_name if use else "",
        "archiving": state if use else _OFF,
        "archivingSince": str(condition.get("lastTransitionTime") or "") if use and condition else "",
        "archivingMessage": str(condition.get("message") or "") if use and condition else "",
    }


def _backups(seen: Seen, now: datetime.datetime) -> dict[str, Any]:
    use = object_store.archiver(seen.cluster)
    windows = (seen.store or {}).get("status", {}).get("serverRecoveryWindow") or {}
    window = windows.get(use.server_name, {}) if use else {}
    last = window.get("lastSuccessfulBackupTime") or ""
    name = seen.cluster["metadata"]["name"]
    failed = [item for item in seen.backups if _is_failed(item, name)]
    newest = max(failed, key=_ended, default=None)
    return {
        "firstRestorable": window.get("firstRecoverabilityPoint") or "",
        "lastBackup": last,
        "lastBackupAgeSeconds": _age(last, now),
        "lastFailedBackup": window.get("lastFailedBackupTime") or (_ended(newest) if newest else ""),
        "lastFailedBackupMessage": str(newest["status"].get("error") or "") if newest else "",
    }


def _is_failed(item: Mapping[str, Any], name: str) -> bool:
    return bool(item["spec"]["cluster"]["name"] == name) and item.get("status", {}).get("phase") == "failed"


def _ended(item: Mapping[str, Any]) -> str:
    moment = item["status"].get("stoppedAt") or item["metadata"].get("creationTimestamp") or ""
    return str(moment)


def _restore_check(data: Mapping[str, Any], now: datetime.datetime) -> dict[str, Any]:
    ended = str(data.get("finished") or "")
    return {
        "restoreCheck": data.get("result") or _NONE,
        "restoreCheckMessage": str(data.get("message") or ""),
        "restoreCheckTime": ended,
        "restoreCheckAgeSeconds": _age(ended, now),
    }


def _age(moment: str, now: datetime.datetime) -> float:
    parsed = timestamp.parse(moment)
    return max(0.0, (now - parsed).total_seconds()) if parsed else -1.0


def _problems(report: Mapping[str, Any], limits: Limits) -> list[str]:
    problems = []
    if report["readyInstances"] < report["instances"] or report["phase"] != cluster.HEALTHY:
        problems.append(
            f"{report['readyInstances']} of {report['instances']} servers answer: {report['phase'] or 'no phase yet'}"
        )
    if report["archiving"] == _OFF:
        return problems
    if report["archiving"] == _FAILING:
        since = f" since {report['archivingSince']}" if report["archivingSince"] else ""
        problems.append(f"WAL is not archived{since}: {report['archivingMessage']}")
    problems += _about_backups(report, limits.backup)
    if report["restoreCheck"] not in (_PASSED, _NONE):
        problems.append(f"the last restore check {report['restoreCheck']}: {report['restoreCheckMessage']}")
    elif report["restoreCheckAgeSeconds"] > limits.check:
        problems.append(f"the last restore check is from {report['restoreCheckTime']}, too long ago")
    return problems


def _about_backups(report: Mapping[str, Any], limit: int) -> list[str]:
    problems = []
    if not report["lastBackup"]:
        problems.append("there is no base backup, so nothing can be restored")
    elif report["lastBackupAgeSeconds"] > limit:
        problems.append(f"the last successful base backup is from {report['lastBackup']}, too long ago")
    if report["lastFailedBackup"] and _later(report["lastFailedBackup"], report["lastBackup"]):
        words = report["lastFailedBackupMessage"] or "its Backup object is gone"
        problems.append(f"the last base backup failed at {report['lastFailedBackup']}: {words}")
    return problems


def _about_archive(generation: Generation) -> list[str]:
    """What keeps the newest base backup, or what was written after it, from being restored."""
    ended = [backup for backup in generation.backups if backup.ended]
    if not ended:
        return []
    newest = ended[-1]
    if newest.problem:
        return [f"base backup {newest.backup_id} of {newest.server_name} cannot be restored: {newest.problem}"]
    if newest.last_wal != generation.last_wal:
        return [f"the WAL of {newest.server_name} has a gap after {newest.last_wal}: {newest.wal_stop}"]
    return []


def _later(moment: str, other: str) -> bool:
    first, good = timestamp.parse(moment), timestamp.parse(other)
    return first is not None and (good is None or first > good)
