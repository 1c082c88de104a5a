"""The Deployment of an application: what is wrong with what it is made from, as far as it is known."""

import re
from collections.abc import Mapping

from tau import errors
from tau.application import network, probes, rollout
from tau.application.network_inputs import absolute_path, check_choice, check_port
from tau.kubernetes.kinds import vertical_pod_autoscaler
from tau.types.app import Probe, SecurityContext, TauApplicationArgs
from tau.values import compute_resources, constraints

_ONLY_IN_A_DEPLOYMENT = {
    "args": "args",
    "command": "command",
    "envFrom": "env_from",
    "podSpec": "pod_spec",
    "probes": "probes",
    "resources": "resources",
    "securityContext": "security_context",
    "strategy": "strategy",
}
_NOT_IN_POD_SPEC = {
    "apiVersion": "remove it",
    "kind": "remove it",
    "metadata": "use `labels`",
    "spec": "set its fields directly under `podSpec`",
    "template": "set the fields of its `spec` directly under `podSpec`",
}
_NAMED_LISTS = ("containers", "initContainers", "volumes")


def check(args: TauApplicationArgs, problems: errors.Problems) -> None:
    """Note what is wrong with the container, its probes, its rights and its resources."""
    if args.image is None:
        for name, attribute in _ONLY_IN_A_DEPLOYMENT.items():
            if getattr(args, attribute) is not None:
                problems.add(name, "applies to the Deployment, which needs `image`; set `image`, or remove this")
    constraints.check(problems, "image", args.image, image)
    if isinstance(args.replicas, int) and args.replicas < 0:
        problems.add("replicas", f"{args.replicas} is out of range; use 0 or more")
    check_choice("strategy", args.strategy, rollout.STRATEGIES, problems)
    compute_resources.check(args.resources, problems)
    _check_probes(args, problems)
    _check_security(args.security_context or SecurityContext(), problems)
    _check_pod_spec(args.pod_spec, problems)
    if args.vertical_pod_autoscaler:
        mode = args.vertical_pod_autoscaler.update_mode
        check_choice("verticalPodAutoscaler.updateMode", mode, vertical_pod_autoscaler.UPDATE_MODES, problems)


def image(value: str) -> str | None:
    """A reference to an image; whether it exists only the cluster can tell."""
    if not re.fullmatch(r"[a-zA-Z0-9][^\s@]*(@sha256:[0-9a-f]{64})?", value):
        return "is not an image; use for example `ghcr.io/owner/app:1.2.3`"
    return None


def _check_probes(args: TauApplicationArgs, problems: errors.Problems) -> None:
    for name in probes.NAMES if args.probes else ():
        probe = getattr(args.probes, name)
        if probe and probe.enabled:
            _check_probe(f"probes.{name}", probe, args, problems)


def _check_probe(path: str, probe: Probe, args: TauApplicationArgs, problems: errors.Problems) -> None:
    if probe.path is not None and probe.command is not None:
        problems.add(f"{path}.command", "is not used with `path`; remove one")
    if probe.command is None and probe.port is None and not network.first_tcp_port(args.ports):
        problems.add(path, "has nothing to probe; set `port` or `command`, or add a TCP port to `ports`")
    constraints.check(problems, f"{path}.path", probe.path, absolute_path)
    check_port(f"{path}.port", probe.port, problems)
    check_choice(f"{path}.scheme", probe.scheme, ("HTTP", "HTTPS"), problems)
    seconds = {
        "initialDelaySeconds": (probe.initial_delay_seconds, 0),
        "periodSeconds": (probe.period_seconds, 1),
        "timeoutSeconds": (probe.timeout_seconds, 1),
        "failureThreshold": (probe.failure_threshold, 1),
    }
    for name, (value, least) in seconds.items():
        if isinstance(value, int) and value < least:
            problems.add(f"{path}.{name}", f"{value} is out of range; use {least} or more")


def _check_security(context: SecurityContext, problems: errors.Problems) -> None:
    path = "securityContext"
    identifiers = {"runAsUser": context.run_as_user, "runAsGroup": context.run_as_group, "fsGroup": context.fs_group}
    for name, number in identifiers.items():
        if isinstance(number, int) and not 0 <= number < 2**31:
            problems.add(f"{path}.{name}", f"{number} is not an ID; use 0 to {2**31 - 1}")
    remedy = f"with `restricted`; use `{path}: {{ restricted: false }}` if it must be"
    if context.restricted and context.run_as_user == 0:
        problems.add(f"{path}.runAsUser", f"0 is root, which is not allowed {remedy}")
    capabilities = context.add_capabilities if isinstance(context.add_capabilities, list) else []
    for index, capability in enumerate(capabilities):
        if isinstance(capability, str) and not re.fullmatch(r"(?!CAP_)[A-Z_]+", capability):
            problems.add(
                f"{path}.addCapabilities[{index}]",
                f"{capability!r} is not a capability; use a name such as `NET_ADMIN`",
            )
        elif isinstance(capability, str) and context.restricted and capability != "NET_BIND_SERVICE":
            problems.add(f"{path}.addCapabilities[{index}]", f"{capability!r} is not allowed {remedy}")


def _check_pod_spec(spec: object, problems: errors.Problems) -> None:
    if not isinstance(spec, Mapping):
        return
    for name in _NOT_IN_POD_SPEC.keys() & spec.keys():
        problems.add(f"podSpec.{name}", f"is not a field of a Pod's `spec`; {_NOT_IN_POD_SPEC[name]}")
    if "containers" in spec and spec["containers"] is None:
        problems.add(
            "podSpec.containers", "cannot be removed, as it has the application; set parts of the container `app`"
        )
    for name in _NAMED_LISTS:
        items = spec.get(name, [])
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if not isinstance(item, Mapping) or "name" not in item:
                problems.add(f"podSpec.{name}[{index}]", "has no `name`, by which it is merged; set it")
