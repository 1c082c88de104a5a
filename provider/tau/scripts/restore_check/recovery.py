"""Waits until the temporary Cluster serves, or reports why it never will, in its own words."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tau.scripts.restore_check import api
from tau.scripts.restore_check.failure import CheckFailed, Deadline

CLUSTER_LABEL = "cnpg.io/cluster"
_ROLE_LABEL = "cnpg.io/jobRole"
_HEALTHY = "Cluster in healthy state"
_HOPELESS = ("Cluster is unrecoverable", "Invalid cluster definition", "Cluster has incomplete or invalid image")
_SECONDS_BETWEEN = 2
# A volume is attached, and an image pulled again, after a while.
_PATIENCE_SECONDS = 180
# The operator tries again by itself; what fails twice is not the weather.
_TRIES = 2
_CRASHES = 3
_NORMAL = {"ContainerCreating", "PodInitializing"}
_LINES = 3
_LONGEST = 700


def wait(kubernetes: api.Kubernetes, cluster: str, deadline: Deadline) -> None:
    """Return when the Cluster serves; CheckFailed where it cannot, or time is up."""
    stuck_since: float | None = None
    while True:
        found = kubernetes.get(api.CLUSTERS, cluster)
        if found is None:
            raise CheckFailed(f"the temporary Cluster {cluster} was deleted by somebody else")
        if serves(found):
            return
        pods = kubernetes.labelled(api.PODS, f"{CLUSTER_LABEL}={cluster}")
        hopeless = broken(pods)
        if hopeless:
            raise CheckFailed(f"the restore fails: {_words(kubernetes, hopeless)}")
        phase = _phase(found)
        if phase.startswith(_HOPELESS):
            raise CheckFailed(f"the restore fails: {phase}")
        hindrances = [text for pod in pods for text in obstacles(pod)]
        stuck_since = (stuck_since or time.monotonic()) if hindrances else None
        if stuck_since and time.monotonic() - stuck_since > _PATIENCE_SECONDS:
            raise CheckFailed(f"the restore does not start: {'; '.join(hindrances)}")
        if deadline.seconds < _SECONDS_BETWEEN * 2:
            doing = "; ".join(hindrances) or phase
            raise CheckFailed(f"not restored within {deadline.minutes} minutes: {doing}")
        time.sleep(_SECONDS_BETWEEN)


def serves(cluster: Mapping[str, Any]) -> bool:
    """Whether the operator says that the Cluster is up."""
    status = cluster.get("status", {})
    return bool(status.get("phase") == _HEALTHY and status.get("readyInstances") == 1)


def _phase(cluster: Mapping[str, Any]) -> str:
    status = cluster.get("status", {})
    return ": ".join(part for part in (status.get("phase"), status.get("phaseReason")) if part) or "not begun"


def broken(pods: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The Pod that tells why trying again does not help, if it does not."""
    failed = [pod for pod in pods if _ROLE_LABEL in _labels(pod) and pod.get("status", {}).get("phase") == "Failed"]
    if len(failed) >= _TRIES:
        return max(failed, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")))
    return next((pod for pod in pods if _crashes(pod) >= _CRASHES), None)


def _labels(pod: Mapping[str, Any]) -> Mapping[str, str]:
    found: Mapping[str, str] = pod["metadata"].get("labels", {})
    return found


def _crashes(pod: Mapping[str, Any]) -> int:
    return max((int(one.get("restartCount", 0)) for one in _statuses(pod)), default=0)


def _statuses(pod: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    status = pod.get("status", {})
    yield from status.get("initContainerStatuses", [])
    yield from status.get("containerStatuses", [])


def obstacles(pod: Mapping[str, Any]) -> list[str]:
    """What keeps a Pod from running, in the words of the scheduler and the kubelet."""
    conditions = pod.get("status", {}).get("conditions", [])
    found = [
        str(one.get("message", one["type"]))
        for one in conditions
        if (one["type"], one["status"]) == ("PodScheduled", "False")
    ]
    for status in _statuses(pod):
        waiting = status.get("state", {}).get("waiting")
        if waiting and waiting.get("reason") not in _NORMAL:
            found.append(": ".join(part for part in (waiting.get("reason"), waiting.get("message")) if part))
    return [f"Pod {pod['metadata']['name']}: {text}" for text in found]


def _words(kubernetes: api.Kubernetes, pod: Mapping[str, Any]) -> str:
    """What went wrong in a Pod, as its containers say."""
    spec, name = pod["spec"], pod["metadata"]["name"]
    containers = [one["name"] for one in [*spec.get("initContainers", []), *spec["containers"]]]
    logs = "\n".join(kubernetes.log(name, container) for container in containers)
    return "; ".join(complaints(logs))[:_LONGEST] or f"Pod {name} ends without a word"


def complaints(log: str) -> list[str]:
    """The last errors in a log of the operator's instance manager or of the plugin, each once.

    Those of barman and of PostgreSQL, where there are any: the others only say that something failed.
    """
    entries = [entry for line in log.splitlines() if (entry := _entry(line))]
    causes = [text for entry in entries for text in _cause(entry)]
    followed = [_bare(str(entry["error"])) for entry in entries if entry.get("level") == "error" and "error" in entry]
    found = causes or [text for text in followed if not any(other in text and other != text for other in followed)]
    return list(dict.fromkeys(reversed(found)))[:_LINES][::-1]


def _entry(line: str) -> Mapping[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _cause(entry: Mapping[str, Any]) -> Iterator[str]:
    record, message = entry.get("record"), str(entry.get("msg", ""))
    if isinstance(record, Mapping) and record.get("error_severity") in ("FATAL", "PANIC"):
        yield f"PostgreSQL: {record.get('message', '')}"
    elif str(entry.get("logger", "")).startswith("barman-cloud") and "ERROR: " in message:
        yield message.partition("ERROR: ")[2]


def _bare(error: str) -> str:
    return error.rpartition("rpc error: code = Unknown desc = ")[2]
