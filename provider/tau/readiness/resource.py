"""`tau:postgres:Readiness`: waits until an object answers; progress and failure are in the object's own words."""

import base64
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from typing_extensions import override

from tau import errors
from tau.credentials import lasting_authority
from tau.kubernetes import state
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster, database, database_role, deployment, event, plugin_service, pod, secret, table
from tau.operator import objects as operator
from tau.readiness import cluster as cluster_readiness
from tau.readiness import plugin as plugin_readiness
from tau.resource import polling
from tau.resource.contract import CustomResource, Operation
from tau.types.postgres import ReadinessArgs
from tau.values import constraints

_POLL_SECONDS = 1.0
# Roles and databases take a tenth of a second; what takes longer is asked more rarely.
_FIRST_POLL_SECONDS = 0.1
# The operator tries again after half a minute what failed once.
_PATIENCE_SECONDS = 35.0
# A condition changes with the next try, which for the archiver of PostgreSQL comes a minute after three failures.
_PATIENCE_SECONDS_FOR_A_CONDITION = 150.0
_PROBE_NAME = "tau-readiness-probe"


_STATES: Mapping[str, Callable[[Mapping[str, Any]], state.State]] = {
    cluster.KIND.kind: cluster.state,
    database.KIND.kind: state.applied,
    database_role.KIND.kind: state.applied,
    deployment.KIND.kind: deployment.state,
    plugin_service.KIND.kind: plugin_service.state,
}
"""How an object tells its state, by the name of its kind."""


class Readiness(CustomResource[ReadinessArgs]):
    """Waits on create and update; it owns nothing in the cluster, so deleting it does nothing."""

    @override
    def check(self, args: ReadinessArgs, problems: errors.Problems) -> None:
        """Refuse kinds whose state tau cannot tell."""
        if isinstance(args.kind, str) and args.kind not in _STATES:
            problems.add("kind", f"{args.kind!r} is not supported; use one of {', '.join(sorted(_STATES))}")
        if args.condition is not None and isinstance(args.kind, str) and args.kind != cluster.KIND.kind:
            problems.add("condition", f"is looked at in a {cluster.KIND.kind} only; remove it")
        constraints.check(problems, "name", args.name, constraints.dns_subdomain)
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)

    @override
    async def observed(self, args: ReadinessArgs, outputs: Mapping[str, Any]) -> frozenset[str]:
        """Ask for an update where a Cluster has another CA than the recorded one."""
        if args.condition is not None or not all(isinstance(value, str) for value in (args.namespace, args.name)):
            return frozenset()
        try:
            live, lasting = await _ca_certificates(self.api.at_once(), args)
        except errors.ClusterError:
            return frozenset()
        if not lasting or lasting == outputs.get("lastingCaCertificate"):
            return frozenset()
        copied = lasting_authority.serves(str(outputs.get("caCertificate") or ""), live)
        return frozenset({"lastingCaCertificate"} if copied else {"caCertificate", "lastingCaCertificate"})

    @override
    async def create(self, args: ReadinessArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Wait; the identifier is the object's."""
        parts = (args.kind, args.namespace, args.name, args.condition)
        identifier = "/".join(str(part) for part in parts if part is not None)
        # An object that was there before has changed just now, too.
        taken_over = isinstance(args.generation, int) and args.generation > 1
        return identifier, await self._wait(args, operation, {}, settle=taken_over)

    @override
    async def update(self, args: ReadinessArgs, outputs: Mapping[str, Any], operation: Operation) -> Mapping[str, Any]:
        """Wait again; a state from before the change does not count."""
        return await self._wait(args, operation, outputs, settle=True)

    @override
    async def read(self, args: ReadinessArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The object's state, or None where it is gone."""
        api = self.api
        item = await _get(api, args)
        return await _outputs(api, args, _state_of(item, args).message, outputs) if item else None

    async def _wait(
        self, args: ReadinessArgs, operation: Operation, recorded: Mapping[str, Any], *, settle: bool
    ) -> Mapping[str, Any]:
        api, wait = self.api, _Wait(args, operation, settle=settle)
        message = await polling.poll(
            lambda: wait.look(api.at_once()),
            operation,
            subject=wait.subject,
            until="until it is ready",
            # Looks that follow one another show the same, so a state that has to last is given its time.
            first=_POLL_SECONDS if settle else _FIRST_POLL_SECONDS,
            every=_POLL_SECONDS,
            patience=_PATIENCE_SECONDS if args.condition is None else _PATIENCE_SECONDS_FOR_A_CONDITION,
            late=wait.late,
            tell=lambda message: operation.tell(f"{wait.subject}: {message}"),
        )
        return await _outputs(api, args, message, recorded)


class _Wait:
    """One wait: an object that was changed just now has to look ready a few times."""

    def __init__(self, args: ReadinessArgs, operation: Operation, *, settle: bool) -> None:
        self.subject = f"{args.kind} {args.namespace}/{args.name}"
        self._args, self._operation, self._settle = args, operation, settle
        self._needed = 4 if settle and args.kind == cluster.KIND.kind and args.condition is None else 1

    async def look(self, api: KubernetesApi) -> str | polling.Pending:
        """The message of an object that is ready."""
        seen = await _state(api, self._args, settle=self._settle)
        if seen.ready:
            self._needed -= 1
            return seen.message if self._needed <= 0 else polling.Pending(nearly=True)
        failure = errors.ClusterError(f"{self.subject}: {seen.message}") if seen.failed else None
        return polling.Pending(message=seen.message, failure=failure)

    def late(self, seen: polling.Pending) -> errors.ClusterError:
        """What is wrong when time is up."""
        return errors.ClusterError(f"{self.subject}: not ready after {self._operation.seconds:.0f} s: {seen.message}")


async def _state(api: KubernetesApi, args: ReadinessArgs, *, settle: bool) -> state.State:
    try:
        return await _looked_at(api, args, settle=settle)
    except errors.ClusterError as failure:
        # The API server of a home cluster may be away for a moment; the time-out ends what lasts.
        return state.State(ready=False, message=str(failure))


async def _looked_at(api: KubernetesApi, args: ReadinessArgs, *, settle: bool) -> state.State:
    item = await _get(api, args)
    if item is None:
        return state.State(ready=False, failed=True, message="there is no such object in the cluster that tau reads")
    seen = _state_of(item, args)
    if args.condition == cluster.CONTINUOUS_ARCHIVING and seen.failed:
        return await cluster_readiness.with_archive_error(api, str(args.namespace), item, seen)
    if args.condition is None and args.kind == cluster.KIND.kind and (settle or not seen.ready):
        return await _with_pods(api, args, item, seen)
    if args.kind == deployment.KIND.kind:
        return await _with_newest_pods(api, args, item, seen)
    if args.kind == plugin_service.KIND.kind:
        return await plugin_readiness.look(api, str(args.namespace), item)
    return seen


def _state_of(item: Mapping[str, Any], args: ReadinessArgs) -> state.State:
    if args.condition is not None:
        return cluster.condition_state(item, str(args.condition))
    return _STATES[str(args.kind)](item)


async def _get(api: KubernetesApi, args: ReadinessArgs) -> Mapping[str, Any] | None:
    kind = table.of(str(args.api_version), str(args.kind))
    return await api.get(kind, str(args.namespace), str(args.name))


async def _with_pods(
    api: KubernetesApi, args: ReadinessArgs, item: Mapping[str, Any], seen: state.State
) -> state.State:
    pods = await api.items(pod.KIND, str(args.namespace), {cluster.LABEL: str(args.name)})
    return await cluster_readiness.with_pods(api, str(args.namespace), item, pods, seen)


async def _with_newest_pods(
    api: KubernetesApi, args: ReadinessArgs, item: Mapping[str, Any], seen: state.State
) -> state.State:
    """A Deployment's state, and what keeps its Pods from running; the operator's also has a webhook."""
    if seen.ready:
        return await _webhook(api, args, seen) if _is_operator(args, item) else seen
    selector = item["spec"].get("selector", {}).get("matchLabels")
    pods = await api.items(pod.KIND, str(args.namespace), selector) if selector else []
    messages = [text for each in pods for text in pod.obstacles(each)]
    if pods and not messages:
        with contextlib.suppress(errors.ClusterError):
            events = await api.items(event.KIND, str(args.namespace))
            messages = [text for each in pods for text in event.warnings(events, each["metadata"]["name"])]
    return state.State(ready=False, failed=seen.failed, message="; ".join([seen.message, *messages]))


def _is_operator(args: ReadinessArgs, item: Mapping[str, Any]) -> bool:
    labels = item["metadata"].get("labels") or {}
    return args.name == operator.DEPLOYMENT or operator.POD_LABELS.items() <= labels.items()


async def _webhook(api: KubernetesApi, args: ReadinessArgs, seen: state.State) -> state.State:
    """The operator is ready when its webhook judges a Cluster, not when its Pod runs."""
    probe = cluster.cluster({"name": _PROBE_NAME}, {"instances": 1, "storage": {"size": "1Gi"}})
    refusal = await api.dry_run(cluster.KIND, str(args.namespace), probe)
    if refusal is None or "failed calling webhook" not in refusal:
        return seen
    return state.State(ready=False, message=refusal)


async def _outputs(
    api: KubernetesApi, args: ReadinessArgs, message: str, recorded: Mapping[str, Any]
) -> Mapping[str, Any]:
    outputs = {"apiVersion": args.api_version, "kind": args.kind, "namespace": args.namespace, "name": args.name}
    live, lasting = await _ca_certificates(api, args)
    # A copy is replaced only where it is of no use, since that replaces the Secrets with it.
    known = str(recorded.get("caCertificate") or "")
    certificate = known if lasting_authority.serves(known, live) else lasting
    return {**outputs, "message": message, "caCertificate": certificate, "lastingCaCertificate": lasting}


async def _ca_certificates(api: KubernetesApi, args: ReadinessArgs) -> tuple[str, str]:
    """The certificate of a Cluster's CA as it is, and as it is issued again."""
    if args.kind != cluster.KIND.kind:
        return "", ""
    item = await _get(api, args)
    name = cluster.ca_secret_of(item) if item else cluster.ca_secret(str(args.name))
    live_secret = await api.get(secret.KIND, str(args.namespace), name)
    if not live_secret:
        return "", ""
    data = live_secret["data"]
    live = _decoded(data["ca.crt"])
    return live, lasting_authority.reissued(live, _decoded(data.get("ca.key") or ""))


def _decoded(data: str) -> str:
    return base64.b64decode(data).decode()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
