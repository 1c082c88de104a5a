"""How Kubernetes tells whether an application works.

https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from tau.application import network
from tau.fields import Input
from tau.kubernetes.manifest import Manifest
from tau.types.app import Probe, Probes, TauApplicationArgs

_PERIODS = {"startup": 5, "readiness": 10, "liveness": 10}
# Migrations, new indexes and upgrades may take hours, and start again if they are cut off. After a day it hangs.
_FAILURES = {"startup": 24 * 60 * 60 // _PERIODS["startup"], "readiness": 3, "liveness": 6}
NAMES = tuple(_PERIODS)


def probes(args: TauApplicationArgs) -> Manifest:
    """`startupProbe`, `readinessProbe` and `livenessProbe` of the container, as far as there is something to ask."""
    options = args.probes or Probes()
    port = network.first_tcp_port(args.ports)
    number = network.target(port) if port else None
    specs = {name: _probe(name, getattr(options, name) or Probe(), number) for name in NAMES}
    return {f"{name}Probe": probe for name, probe in specs.items() if probe}


def _probe(name: str, probe: Probe, port: Input[int] | None) -> Manifest | None:
    asked = port if probe.port is None else probe.port
    if not probe.enabled or (asked is None and probe.command is None):
        return None
    return {
        **_question(probe, asked),
        "initialDelaySeconds": probe.initial_delay_seconds,
        "periodSeconds": _PERIODS[name] if probe.period_seconds is None else probe.period_seconds,
        "timeoutSeconds": probe.timeout_seconds,
        "failureThreshold": _FAILURES[name] if probe.failure_threshold is None else probe.failure_threshold,
    }


def _question(probe: Probe, port: Input[int] | None) -> Manifest:
    if probe.command is not None:
        return {"exec": {"command": probe.command}}
    if probe.path is not None:
        return {"httpGet": {"path": probe.path, "port": port, "scheme": probe.scheme}}
    return {"tcpSocket": {"port": port}}
