"""`monitoring` of `tau:postgres:Instance`: arguments -> PodMonitor, PrometheusRule and the dashboard's ConfigMap.

The PodMonitor is an object of its own: CloudNativePG's `enablePodMonitor` is deprecated,
https://cloudnative-pg.io/docs/1.30/monitoring/#prometheus-operator-example.
"""

from dataclasses import dataclass

from tau import naming
from tau.backup import objects as backup
from tau.fields import Input, lift
from tau.kubernetes.kinds import config_map, pod_monitor, prometheus_rule
from tau.kubernetes.manifest import Manifest, merge, union
from tau.monitoring import alerts, dashboard
from tau.settings import Settings
from tau.types.postgres import InstanceArgs, Monitoring

_PORT = "metrics"
_GRAFANA = {"grafana_dashboard": "1"}


@dataclass(frozen=True, kw_only=True)
class MonitoringObjects:
    """What watches one Instance; None where it is not wanted."""

    pod_monitor: Manifest | None = None
    prometheus_rule: Manifest | None = None
    dashboard: Manifest | None = None


def objects(about: Manifest, args: InstanceArgs, settings: Settings) -> MonitoringObjects:
    """The objects for a Cluster with this metadata."""
    given = args.monitoring
    if given is None:
        return MonitoringObjects()
    backed_up = backup.archives(args, settings)
    labelled = merge(about, {"labels": lift(_with, about["labels"], given.labels or {})})

    def named(name: Input[str]) -> Manifest:
        return {**labelled, "name": name}

    return MonitoringObjects(
        pod_monitor=_pod_monitor(named(naming.metrics(about["name"])), about, given) if given.pod_monitor else None,
        prometheus_rule=_alerts(named(naming.alerts(about["name"])), about, args, given, backed_up=backed_up)
        if given.prometheus_rule
        else None,
        dashboard=_dashboard(named(naming.dashboard(about["name"])), about, backed_up=backed_up)
        if given.dashboard
        else None,
    )


def _with(own: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    return {**own, **given}


def _pod_monitor(metadata: Manifest, about: Manifest, given: Monitoring) -> Manifest:
    pods = {"cnpg.io/cluster": about["name"], "cnpg.io/podRole": "instance"}
    return pod_monitor.pod_monitor(metadata, pods=pods, port=_PORT, interval=given.interval)


def _alerts(metadata: Manifest, about: Manifest, args: InstanceArgs, given: Monitoring, *, backed_up: bool) -> Manifest:
    facts = {
        "cluster": about["name"],
        "namespace": about["namespace"],
        "instances": args.instances,
        "restore_check": naming.restore_check(about["name"]),
        "down_after": given.down_after,
        "archive_max_delay": given.archive_max_delay,
        "backup_max_age": given.backup_max_age,
        "restore_check_max_age": given.restore_check_max_age,
        "volume_max_used": given.volume_max_used,
    }
    rules = lift(lambda known: alerts.rules(alerts.Watched(**known), backed_up=backed_up), facts)
    group = lift(lambda name, space: f"{space}/{name}", about["name"], about["namespace"])
    return prometheus_rule.prometheus_rule(metadata, group=group, rules=rules)


def _dashboard(metadata: Manifest, about: Manifest, *, backed_up: bool) -> Manifest:
    shown = lift(
        lambda name, space: dashboard.text(name, space, backed_up=backed_up), about["name"], about["namespace"]
    )
    labelled = {**metadata, "labels": union(_GRAFANA, metadata["labels"])}
    return config_map.config_map(labelled, {"postgresql.json": shown})
