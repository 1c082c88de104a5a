"""What the Pods of a Cluster, and what they log, add to what the Cluster says of itself."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from tau import errors
from tau.kubernetes import pod_failures
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster, persistent_volume_claim, pod, sidecar_log
from tau.kubernetes.state import State
from tau.readiness import upgrade as upgrade_readiness
from tau.values import quantity

Pods: TypeAlias = Sequence[Mapping[str, Any]]

_JOB_ROLE = "cnpg.io/jobRole"
_VOLUME_ROLE = "cnpg.io/pvcRole"
_VOLUMES = {"PG_DATA": "storage", "PG_WAL": "walStorage"}
_LINES_OF_LOG = 200


async def with_pods(api: KubernetesApi, namespace: str, item: Mapping[str, Any], pods: Pods, seen: State) -> State:
    """The Cluster's state, what keeps its Pods from running, and whether they lag behind the Cluster.

    The operator may be seconds late to say that it has seen a change, and until then the Cluster looks healthy.
    """
    if not seen.ready:
        messages = [text for each in pods for text in pod.obstacles(each)]
        upgrade = await upgrade_readiness.failure(api, namespace, item, pods)
        if upgrade:
            return State(ready=False, failed=True, message=upgrade)
        broken = None if item.get("status", {}).get("currentPrimary") else pod_failures.broken(_jobs(pods))
        if broken:
            messages.append(await _last_words(api, namespace, broken))
        message = "; ".join([seen.message, *messages])
        return State(ready=False, failed=seen.failed or broken is not None, message=message)
    wanted = item["spec"].get("resources", {})
    late = [text for each in pods for text in pod.lags(each, wanted, same=quantity.same)]
    late += await _growing(api, namespace, item) if not late else []
    return State(ready=False, message="; ".join(late)) if late else seen


async def _growing(api: KubernetesApi, namespace: str, item: Mapping[str, Any]) -> list[str]:
    """The volumes that are smaller than the Cluster wants them."""
    try:
        claims = await api.items(persistent_volume_claim.KIND, namespace, {cluster.LABEL: item["metadata"]["name"]})
    except errors.Unreachable:
        raise
    except errors.ClusterError:
        # Who may not read claims is told less, but can still work.
        return []
    wanted = {role: item["spec"].get(volume) or {} for role, volume in _VOLUMES.items()}
    volumes = [(claim, wanted.get(claim["metadata"].get("labels", {}).get(_VOLUME_ROLE), {})) for claim in claims]
    return [
        text
        for claim, volume in volumes
        if volume.get("resizeInUseVolumes", True)
        for text in persistent_volume_claim.lags(claim, volume.get("size"), smaller=quantity.smaller)
    ]


def _jobs(pods: Pods) -> Pods:
    """The Pods that make or restore a server's volume."""
    return [item for item in pods if _JOB_ROLE in item["metadata"].get("labels", {})]


async def _last_words(api: KubernetesApi, namespace: str, broken: Mapping[str, Any]) -> str:
    """Why a Pod fails again and again, such as one that restores."""
    name, spec = broken["metadata"]["name"], broken["spec"]
    containers = [container["name"] for container in [*spec.get("initContainers", []), *spec["containers"]]]
    logs = [await api.end_of_log(namespace, name, container, _LINES_OF_LOG) for container in containers]
    return f"Pod {name} fails: {'; '.join(pod_failures.complaints(chr(10).join(logs))) or 'its log does not say why'}"


async def with_archive_error(api: KubernetesApi, namespace: str, item: Mapping[str, Any], seen: State) -> State:
    """Why nothing can be archived: the condition has no more than an exit status, the sidecar's log has the words."""
    primary = item["status"].get("currentPrimary")
    if not primary:
        return seen
    try:
        log = await api.end_of_log(namespace, primary, sidecar_log.CONTAINER, _LINES_OF_LOG)
    except errors.ClusterError:
        return seen
    reason = sidecar_log.archive_error(log)
    return dataclasses.replace(seen, message=f"{seen.message}: {reason}") if reason else seen
