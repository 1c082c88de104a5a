"""Why a major upgrade does not continue: what `pg_upgrade` wrote before it gave up, and how to go back.

https://cloudnative-pg.io/docs/1.30/postgres_upgrades/#post-upgrade-actions
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster
from tau.values import constraints

_JOB_ROLE, _UPGRADE = "cnpg.io/jobRole", "major-upgrade"
_LINES_OF_LOG = 200
_LINES_OF_REASON = 12


async def failure(api: KubernetesApi, namespace: str, item: Mapping[str, Any], pods: Sequence[Any]) -> str | None:
    """Why an upgrade failed; None where none did, or the old version is wanted again."""
    failed = [
        each
        for each in pods
        if each["metadata"].get("labels", {}).get(_JOB_ROLE) == _UPGRADE
        and each.get("status", {}).get("phase") == "Failed"
    ]
    major = cluster.data_major(item)
    if not failed or constraints.cluster_major(item["spec"]) == major:
        return None
    spec, name = failed[-1]["spec"], failed[-1]["metadata"]["name"]
    containers = [container["name"] for container in [*spec.get("initContainers", []), *spec["containers"]]]
    logs = [await api.end_of_log(namespace, name, container, _LINES_OF_LOG) for container in containers]
    reason = " / ".join(complaints("\n".join(logs))) or f"the log of Pod {name} does not say why"
    return (
        f'the upgrade failed: {reason}. The data is as it was: set `version: "{major}"` again, and `pulumi up` '
        f"starts the server as {major}; fix the cause there before the next attempt"
    )


def complaints(log: str) -> list[str]:
    """What `pg_upgrade` wrote from its first complaint on; without one, what the instance manager reports as errors."""
    entries = [entry for line in log.splitlines() if (entry := _entry(line))]
    written = [str(line.get("msg", "")).strip() for line in entries if line.get("logger") == "pg_upgrade"]
    first = next((number for number, line in enumerate(written) if line.endswith("fatal") or "failed" in line), None)
    if first is not None:
        return [line for line in written[first:] if line][:_LINES_OF_REASON]
    errors = [str(line.get("error") or line.get("msg")) for line in entries if line.get("level") == "error"]
    return list(dict.fromkeys(errors))[-2:]


def _entry(line: str) -> Mapping[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
