"""The part of `tau:postgres:Instance` that lets it be watched: PodMonitor, alerts and dashboard."""

import contextlib

import pulumi

from tau import errors
from tau.component.children import Children, translated
from tau.component.context import Construction
from tau.kubernetes.kinds import custom_resource_definition, pod_monitor, prometheus_rule
from tau.kubernetes.manifest import Manifest
from tau.monitoring import objects as monitoring

_METADATA = {"annotations": "metadata.annotations", "labels": "metadata.labels", "monitoring": "spec"}


async def examine(wanted: monitoring.MonitoringObjects, construction: Construction, problems: errors.Problems) -> None:
    """Note what the program and the cluster have against what watches the Instance."""
    offered = [item for item in (wanted.pod_monitor, wanted.prometheus_rule) if item]
    await construction.adoption.examine(construction.api, offered, "name", problems)
    for path, item, definition in (
        ("monitoring.podMonitor", wanted.pod_monitor, pod_monitor.DEFINITION),
        ("monitoring.prometheusRule", wanted.prometheus_rule, prometheus_rule.DEFINITION),
    ):
        if item:
            await _look_for(definition, path, construction, problems)


async def _look_for(definition: str, path: str, construction: Construction, problems: errors.Problems) -> None:
    """Note where the Prometheus operator's kind is missing; in a preview it may be one that is yet to come."""
    if construction.preview and construction.ordered:
        return
    with contextlib.suppress(errors.ClusterError):
        live_definition = await construction.api.get(custom_resource_definition.KIND, None, definition)
        if live_definition is None:
            problems.add(
                path,
                f"needs the Prometheus operator, but this cluster has no CustomResourceDefinition {definition}; "
                "install that operator, for example with kube-prometheus-stack, and let this come after it "
                "(`dependsOn`), or set this to false",
            )


def register(
    name: str,
    wanted: monitoring.MonitoringObjects,
    children: Children,
    after: list[pulumi.Resource],
    ignore_changes: list[str] | None,
) -> None:
    """Register what watches the Instance `name`, of which `after` is there."""
    ignored = translated(ignore_changes, _METADATA)
    manifests: dict[str, Manifest | None] = {
        "pod-monitor": wanted.pod_monitor,
        "alerts": wanted.prometheus_rule,
        "dashboard": wanted.dashboard,
    }
    for suffix, manifest in manifests.items():
        if manifest:
            children.object(
                f"{name}-{suffix}",
                manifest,
                after=after,
                ignore_changes=ignored,
                adopts=manifest is not wanted.dashboard,
            )
