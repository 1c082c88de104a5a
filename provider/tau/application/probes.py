"""How Kubernetes tells whether an application works.

https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from tau.application import network
from tau.fields import Input
from tau.kubernetes.manifest import Manifest
from tau.types.app import Probe, Probes, TauApplicationArgs

_PERIODS = {"startup": 5, "readiness": 10, "liveness": 10}
_FAILURES = {"startup": 60, "readiness": 3, "liveness": 6}
NAMES = tuple(_PERIODS)


def probes(args: TauApplicationArgs) -> Manifest:
    """`startupProbe`, `readinessProbe` and `livenessProbe` of the container, as far as there is something to ask."""
    given = args.probes or Probes()
    port = network.first_tcp_port(args.ports)
    number = network.target(port) if port else None
    found = {name: _probe(name, getattr(given, name) or Probe(), number) for name in NAMES}
    return {f"{name}Probe": probe for name, probe in found.items() if probe}


def _probe(name: str, given: Probe, port: Input[int] | None) -> Manifest | None:
    asked = port if given.port is None else given.port
    if not given.enabled or (asked is None and given.command is None):
        return None
    return {
        **_question(given, asked),
        "initialDelaySeconds": given.initial_delay_seconds,
        "periodSeconds": _PERIODS[name] if given.period_seconds is None else given.period_seconds,
        "timeoutSeconds": given.timeout_seconds,
        "failureThreshold": _FAILURES[name] if given.failure_threshold is None else given.failure_threshold,
    }


def _question(given: Probe, port: Input[int] | None) -> Manifest:
    if given.command is not None:
        return {"exec": {"command": given.command}}
    if given.path is not None:
        return {"httpGet": {"path": given.path, "port": port, "scheme": given.scheme}}
    return {"tcpSocket": {"port": port}}
