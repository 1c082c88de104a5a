"""The alerts of one Instance: when it is down, not archived, not backed up, out of room, or its restore unproven.

Where a metric is missing its alert is silent, but for that of a server that is down: nothing to read is down too.
"""

from dataclasses import dataclass

from tau.kubernetes.kinds import prometheus_rule
from tau.kubernetes.manifest import Manifest
from tau.monitoring import metrics
from tau.monitoring.metrics import Series
from tau.values import duration

_WARNING, _CRITICAL = "warning", "critical"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What the alerts need to know of an Instance, and the lengths of time that are too long."""

    cluster: str
    namespace: str
    instances: int
    restore_check: str
    down_after: str
    archive_max_delay: str
    backup_max_age: str
    restore_check_max_age: str
    volume_max_used: int

    @property
    def series(self) -> Series:
        """Its metrics."""
        return Series(cluster=self.cluster, namespace=self.namespace)


def rules(watched: Watched, *, backed_up: bool) -> list[Manifest]:
    """All alerts."""
    alerts = [_down(watched), _volume_filling(watched), _volume_full_soon(watched)]
    if watched.instances > 1:
        alerts.insert(1, _degraded(watched))
    if backed_up:
        alerts += [_archive_stuck(watched), _backup_too_old(watched), _backup_failed(watched), _unproven(watched)]
    return alerts


def _alert(
    watched: Watched, name: str, severity: str, expression: str, lasting: str, *, summary: str, look: str
) -> Manifest:
    """An alert that says what is the matter and which command tells more."""
    return prometheus_rule.alert(
        f"TauPostgres{name}",
        expression=expression,
        lasting=lasting,
        labels={"severity": severity, "namespace": watched.namespace, "cluster": watched.cluster},
        annotations={
            "summary": f"PostgreSQL {watched.namespace}/{watched.cluster}: {summary}",
            "description": f"Look with: {look}. docs/troubleshooting.md of tau says what to do then.",
        },
    )


def _answering(watched: Watched) -> str:
    return f"(count({watched.series.of(metrics.UP)} == 1) or vector(0))"


def _down(watched: Watched) -> Manifest:
    return _alert(
        watched,
        "Down",
        _CRITICAL,
        f"{_answering(watched)} < 1",
        watched.down_after,
        summary="no server answers, or Prometheus cannot read port 9187",
        look=f"kubectl describe cluster.postgresql.cnpg.io {watched.cluster} -n {watched.namespace}",
    )


def _degraded(watched: Watched) -> Manifest:
    answering = _answering(watched)
    return _alert(
        watched,
        "Degraded",
        _WARNING,
        f"{answering} < {watched.instances} and {answering} > 0",
        watched.down_after,
        summary=f"fewer than {watched.instances} servers answer",
        look=f"kubectl get pods -l cnpg.io/cluster={watched.cluster} -n {watched.namespace}",
    )


def _archive_stuck(watched: Watched) -> Manifest:
    # An idle server archives nothing for hours, and is well: only a segment that waits is late.
    waiting = watched.series.of(metrics.WAITING_SEGMENTS, value="ready")
    since = watched.series.of(metrics.SECONDS_SINCE_ARCHIVED)
    late = f"({since} > {duration.checked(watched.archive_max_delay)} or {since} < 0)"
    return _alert(
        watched,
        "ArchiveStuck",
        _CRITICAL,
        f"{waiting} > 0 and on (namespace, pod) {late}",
        "5m",
        summary=f"WAL has not been archived for {watched.archive_max_delay}; it fills the volume",
        look=f"kubectl logs {{{{ $labels.pod }}}} -c plugin-barman-cloud -n {watched.namespace} --tail 20",
    )


def _backup_too_old(watched: Watched) -> Manifest:
    return _alert(
        watched,
        "BackupTooOld",
        _CRITICAL,
        f"time() - max({watched.series.of(metrics.LAST_BACKUP)}) > {duration.checked(watched.backup_max_age)}",
        "30m",
        summary=f"the last successful base backup is older than {watched.backup_max_age}, or there is none",
        look=f"kubectl get backups.postgresql.cnpg.io -n {watched.namespace}",
    )


def _backup_failed(watched: Watched) -> Manifest:
    last = [watched.series.of(metric) for metric in (metrics.LAST_FAILED_BACKUP, metrics.LAST_BACKUP)]
    return _alert(
        watched,
        "BackupFailed",
        _WARNING,
        f"max({last[0]}) > max({last[1]})",
        "1m",
        summary="the last base backup failed",
        look=f"kubectl get backups.postgresql.cnpg.io -n {watched.namespace}",
    )


def _volume_filling(watched: Watched) -> Manifest:
    free, size = (watched.series.volumes(metric) for metric in (metrics.VOLUME_FREE, metrics.VOLUME_SIZE))
    return _alert(
        watched,
        "VolumeFilling",
        _WARNING,
        f"100 * (1 - {free} / {size}) > {watched.volume_max_used}",
        "15m",
        summary=f"more than {watched.volume_max_used} % of volume {{{{ $labels.persistentvolumeclaim }}}} is used",
        look=f"kubectl get pvc -l cnpg.io/cluster={watched.cluster} -n {watched.namespace}",
    )


def _volume_full_soon(watched: Watched) -> Manifest:
    free, size = (watched.series.volumes(metric) for metric in (metrics.VOLUME_FREE, metrics.VOLUME_SIZE))
    # A load that will end grows like this for some hours as well, but not on a volume that is half empty.
    return _alert(
        watched,
        "VolumeFullSoon",
        _CRITICAL,
        f"predict_linear({free}[6h], 86400) < 0 and {free} / {size} < 0.5",
        "30m",
        summary="volume {{ $labels.persistentvolumeclaim }} will be full within a day, and the server stops then",
        look=f"kubectl get pvc -l cnpg.io/cluster={watched.cluster} -n {watched.namespace}",
    )


def _unproven(watched: Watched) -> Manifest:
    passed, made = (
        watched.series.cron_job(metric, watched.restore_check)
        for metric in (metrics.LAST_RESTORE_CHECK, metrics.RESTORE_CHECK_MADE)
    )
    last = f"({passed} or on (namespace, cronjob) {made})"
    return _alert(
        watched,
        "RestoreUnproven",
        _WARNING,
        f"time() - {last} > {duration.checked(watched.restore_check_max_age)}",
        "15m",
        summary=f"no restore check has passed for {watched.restore_check_max_age}",
        look=f"kubectl get configmap {watched.restore_check} -n {watched.namespace} -o yaml",
    )
