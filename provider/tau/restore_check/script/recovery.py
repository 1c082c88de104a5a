"""Waits until the temporary Cluster serves, or reports why it never will, in its own words."""

import time
from collections.abc import Mapping
from typing import Any

from tau.kubernetes import pod_failures
from tau.resource.script import kubernetes as api
from tau.restore_check.script.failure import CheckFailed, Deadline

CLUSTER_LABEL = "cnpg.io/cluster"
_HEALTHY = "Cluster in healthy state"
_HOPELESS = ("Cluster is unrecoverable", "Invalid cluster definition", "Cluster has incomplete or invalid image")
_SECONDS_BETWEEN = 2
# A volume is attached, and an image pulled again, after a while.
_PATIENCE_SECONDS = 180
_NORMAL = {"ContainerCreating", "PodInitializing"}
_LONGEST = 700


def wait(kubernetes: api.Kubernetes, cluster: str, deadline: Deadline) -> None:
    """Return when the Cluster serves; CheckFailed where it cannot, or time is up."""
    stuck_since: float | None = None
    while True:
        live_cluster = kubernetes.get(api.CLUSTERS, cluster)
        if live_cluster is None:
            raise CheckFailed(f"the temporary Cluster {cluster} was deleted by somebody else")
        if serves(live_cluster):
            return
        pods = kubernetes.labelled(api.PODS, f"{CLUSTER_LABEL}={cluster}")
        hopeless = pod_failures.broken(pods)
        if hopeless:
            raise CheckFailed(f"the restore fails: {_words(kubernetes, hopeless)}")
        phase = _phase(live_cluster)
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


def obstacles(pod: Mapping[str, Any]) -> list[str]:
    """What keeps a Pod from running, in the words of the scheduler and the kubelet."""
    conditions = pod.get("status", {}).get("conditions", [])
    messages = [
        str(condition.get("message", condition["type"]))
        for condition in conditions
        if (condition["type"], condition["status"]) == ("PodScheduled", "False")
    ]
    for status in pod_failures.statuses(pod):
        waiting = status.get("state", {}).get("waiting")
        if waiting and waiting.get("reason") not in _NORMAL:
            messages.append(": ".join(part for part in (waiting.get("reason"), waiting.get("message")) if part))
    return [f"Pod {pod['metadata']['name']}: {text}" for text in messages]


def _words(kubernetes: api.Kubernetes, pod: Mapping[str, Any]) -> str:
    """What went wrong in a Pod, as its containers say."""
    spec, name = pod["spec"], pod["metadata"]["name"]
    containers = [container["name"] for container in [*spec.get("initContainers", []), *spec["containers"]]]
    logs = "\n".join(kubernetes.log(name, container) for container in containers)
    return "; ".join(pod_failures.complaints(logs))[:_LONGEST] or f"Pod {name} ends without a word"
