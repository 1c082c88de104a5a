"""Runs a Job to its end and returns its output; it is always removed again.

A failure is told in the words of the scheduler, the kubelet, or the script itself.
"""

import asyncio
import contextlib
import dataclasses
import json
import math
import secrets
import string
from collections.abc import Mapping, Sequence
from typing import Any

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import event, job, pod, secret
from tau.kubernetes.manifest import Manifest, manifest, merge, metadata
from tau.resource import polling
from tau.resource.contract import Operation

_POLL_SECONDS = 0.5
# Volumes are attached, Secrets appear and images are pulled again after a few seconds.
_PATIENCE_SECONDS = 40.0
_SECONDS_TO_REMOVE = 10
_LINES_OF_A_FAILURE = 5
_LONGEST_NAME = 63


class JobFailed(errors.ClusterError):
    """The Job did not start, or failed; `reasons` are the cluster's own words, `log` is what the script wrote."""

    def __init__(self, message: str, *, reasons: Sequence[str] = (), log: str = "") -> None:
        super().__init__(message)
        self.reasons = tuple(reasons)
        self.log = log


@dataclasses.dataclass(frozen=True)
class Ended:
    """What a Job that succeeded leaves: its container's output, and the image that the kubelet reports."""

    log: str
    image_id: str


def unique(name: str) -> str:
    """A name for one run of a Job."""
    suffix = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(6))
    return f"{name[: _LONGEST_NAME - 7].rstrip('-')}-{suffix}"


async def run_script(
    api: KubernetesApi,
    script: job.Script,
    *,
    name: str,
    namespace: str,
    operation: Operation,
    credentials: Mapping[str, str] | None = None,
) -> Any:
    """Run a script under a name of its own; its answer, the JSON of the last line that it writes.

    `credentials` reach it as environment variables, by way of a Secret that lives as long as the Job.
    """
    job_metadata = metadata(name=unique(name), namespace=namespace, labels=job.STORE_CLIENT)
    script = dataclasses.replace(script, seconds=math.ceil(operation.seconds) + _SECONDS_TO_REMOVE)
    owned: list[Manifest] = []
    if credentials:
        script = dataclasses.replace(script, secret=job_metadata["name"])
        owned = [manifest(secret.KIND, job_metadata, type="Opaque", stringData=dict(credentials))]
    log = await run(api, job.job(job_metadata, script), owned, operation=operation)
    return answer(log, f"Job {namespace}/{job_metadata['name']}")


def answer(log: str, subject: str) -> Any:
    """The JSON of the last line of a log."""
    last = (log.strip().splitlines() or [""])[-1]
    try:
        return json.loads(last)
    except ValueError:
        raise JobFailed(f"{subject}: ended without an answer{_quoted(log)}", log=log) from None


async def run(
    api: KubernetesApi,
    wanted: Manifest,
    owned: Sequence[Manifest] = (),
    *,
    operation: Operation,
    answer_from: str = job.CONTAINER,
) -> str:
    """What `ran` does; the container's log."""
    return (await ran(api, wanted, owned, operation=operation, answer_from=answer_from)).log


async def ran(
    api: KubernetesApi,
    wanted: Manifest,
    owned: Sequence[Manifest] = (),
    *,
    operation: Operation,
    answer_from: str = job.CONTAINER,
) -> Ended:
    """Create a Job with a name of its own (`unique`) and Secrets that it owns, wait for its end, and remove it."""
    job_metadata, namespace = wanted["metadata"], wanted["metadata"]["namespace"]
    try:
        made = await api.create(job.KIND, namespace, wanted)
        for item in owned:
            await api.create(secret.KIND, namespace, _owned(item, made))
        return await _finished(api, job_metadata, operation, answer_from)
    finally:
        await asyncio.shield(_removed(api, job_metadata, owned))


def _owned(item: Manifest, owner: Mapping[str, Any]) -> Manifest:
    name, uid = owner["metadata"]["name"], owner["metadata"]["uid"]
    reference = {"apiVersion": job.KIND.api_version, "kind": job.KIND.kind, "name": name, "uid": uid}
    return merge(item, {"metadata": {"ownerReferences": [reference]}})


async def _removed(api: KubernetesApi, job_metadata: Manifest, owned: Sequence[Manifest]) -> None:
    """Where the cluster does not answer, the Job's own time limits remove it, and its Secrets with it."""
    namespace = job_metadata["namespace"]
    for item in owned:
        with contextlib.suppress(errors.ClusterError, TimeoutError):
            name = item["metadata"]["name"]
            await asyncio.wait_for(api.delete(secret.KIND, namespace, name), _SECONDS_TO_REMOVE)
    with contextlib.suppress(errors.ClusterError, TimeoutError):
        gone = api.delete(job.KIND, namespace, job_metadata["name"])
        await asyncio.wait_for(gone, _SECONDS_TO_REMOVE)


async def _finished(api: KubernetesApi, job_metadata: Manifest, operation: Operation, answer_from: str) -> Ended:
    shown = f"Job {job_metadata['namespace']}/{job_metadata['name']}"

    async def look() -> Ended | polling.Pending:
        try:
            ended = await _ended(api, job_metadata, answer_from)
            reasons = [] if ended is not None else await _reasons(api, job_metadata)
        except errors.Unreachable as away:
            return polling.Pending(message=str(away))
        message = "; ".join(reasons)
        failure = JobFailed(f"{shown}: {message}", reasons=reasons) if reasons else None
        return polling.Pending(message=message, failure=failure) if ended is None else ended

    return await polling.poll(
        look,
        operation,
        subject=shown,
        until="until it has finished",
        every=_POLL_SECONDS,
        patience=_PATIENCE_SECONDS,
        late=lambda seen: _late(shown, seen, operation),
        tell=lambda message: operation.tell(f"{shown}: {message}"),
    )


def _late(shown: str, seen: polling.Pending, operation: Operation) -> JobFailed:
    reasons = seen.failure.reasons if isinstance(seen.failure, JobFailed) else ()
    what = f": {seen.message}" if seen.message else ""
    return JobFailed(f"{shown}: not finished after {operation.seconds:.0f} s{what}", reasons=reasons)


async def _ended(api: KubernetesApi, job_metadata: Manifest, container: str) -> Ended | None:
    """What a Job that succeeded leaves, None for one at work."""
    name, namespace = job_metadata["name"], job_metadata["namespace"]
    live_job = await api.get(job.KIND, namespace, name)
    if live_job is None:
        raise JobFailed(f"Job {namespace}/{name}: was deleted before it had finished")
    outcome = job.outcome(live_job)
    if outcome is None:
        return None
    succeeded, message = outcome
    pods = await _pods(api, job_metadata)
    log = await api.log(namespace, pods[-1]["metadata"]["name"], container) if pods else ""
    if succeeded:
        return Ended(log, pod.image_id(pods[-1], container) if pods else "")
    reasons = [message, *(text for item in pods for text in pod.obstacles(item))]
    raise JobFailed(f"Job {namespace}/{name}: {'; '.join(reasons)}{_quoted(log)}", reasons=reasons, log=log)


def _quoted(log: str) -> str:
    lines = log.strip().splitlines()[-_LINES_OF_A_FAILURE:]
    return "".join(f"\n{line}" for line in lines)


async def _pods(api: KubernetesApi, job_metadata: Manifest) -> list[Mapping[str, Any]]:
    items = await api.items(pod.KIND, job_metadata["namespace"], {job.JOB_NAME: job_metadata["name"]})
    return sorted(items, key=lambda item: str(item["metadata"].get("creationTimestamp", "")))


async def _reasons(api: KubernetesApi, job_metadata: Manifest) -> list[str]:
    """What keeps the Job from starting; nothing once its Pod runs."""
    pods = await _pods(api, job_metadata)
    if pods and pods[-1].get("status", {}).get("phase") != "Pending":
        return []
    messages = [text for item in pods[-1:] for text in pod.obstacles(item)]
    if messages:
        return messages
    stuck = pods[-1]["metadata"]["name"] if pods else job_metadata["name"]
    try:
        return event.warnings(await api.items(event.KIND, job_metadata["namespace"]), stuck)
    except errors.Unreachable:
        raise
    except errors.ClusterError:
        # Who may not read events is told less, but can still work.
        return []
