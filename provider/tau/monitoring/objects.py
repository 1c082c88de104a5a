"""`monitoring` of `tau:postgres:Instance`: arguments -> PodMonitor, PrometheusRule and the dashboard's ConfigMap.

The PodMonitor is an object of its own: CloudNativePG's `enablePodMonitor` is deprecated,
https://cloudnative-pg.io/docs/1.30/monitoring/#prometheus-operator-example.
"""

from dataclasses import dataclass

from tau import naming
from tau.backup import objects as backup
from tau.fields import Input, lift
from tau.kubernetes.kinds import cluster, config_map, pod_monitor, prometheus_rule
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


def objects(base: Manifest, args: InstanceArgs, settings: Settings) -> MonitoringObjects:
    """The objects for a Cluster with this metadata."""
    options = args.monitoring
    if options is None:
        return MonitoringObjects()
    backed_up = backup.archives(args, settings)
    labelled = merge(base, {"labels": lift(_with, base["labels"], options.labels or {})})

    def named(name: Input[str]) -> Manifest:
        return {**labelled, "name": name}

    return MonitoringObjects(
        pod_monitor=_pod_monitor(named(naming.metrics(base["name"])), base, options) if options.pod_monitor else None,
        prometheus_rule=_alerts(named(naming.alerts(base["name"])), base, args, options, backed_up=backed_up)
        if options.prometheus_rule
        else None,
        dashboard=_dashboard(named(naming.dashboard(base["name"])), base, backed_up=backed_up)
        if options.dashboard
        else None,
    )


def _with(own: dict[str, str], labels: dict[str, str]) -> dict[str, str]:
    return {**own, **labels}


def _pod_monitor(metadata: Manifest, base: Manifest, options: Monitoring) -> Manifest:
    return pod_monitor.pod_monitor(
        metadata, pods=cluster.instance_pods(base["name"]), port=_PORT, interval=options.interval
    )


def _alerts(
    metadata: Manifest, base: Manifest, args: InstanceArgs, options: Monitoring, *, backed_up: bool
) -> Manifest:
    facts = {
        "cluster": base["name"],
        "namespace": base["namespace"],
        "instances": args.instances,
        "restore_check": naming.restore_check(base["name"]),
        "down_after": options.down_after,
        "archive_max_delay": options.archive_max_delay,
        "backup_max_age": options.backup_max_age,
        "restore_check_max_age": options.restore_check_max_age,
        "volume_max_used": options.volume_max_used,
    }
    rules = lift(lambda known: alerts.rules(alerts.Watched(**known), backed_up=backed_up), facts)
    group = lift(lambda name, space: f"{space}/{name}", base["name"], base["namespace"])
    return prometheus_rule.prometheus_rule(metadata, group=group, rules=rules)


def _dashboard(metadata: Manifest, base: Manifest, *, backed_up: bool) -> Manifest:
    shown = lift(lambda name, space: dashboard.text(name, space, backed_up=backed_up), base["name"], base["namespace"])
    labelled = {**metadata, "labels": union(_GRAFANA, metadata["labels"])}
    return config_map.config_map(labelled, {"postgresql.json": shown})
