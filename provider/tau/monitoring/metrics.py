"""Series of the metrics that alerts and dashboards of an Instance are made of.

What CloudNativePG exports is described in https://cloudnative-pg.io/docs/1.30/monitoring/, what the Barman Cloud plugin
adds in https://cloudnative-pg.io/plugin-barman-cloud/docs/observability/.
"""

from dataclasses import dataclass

UP = "cnpg_collector_up"
WAITING_SEGMENTS = "cnpg_collector_pg_wal_archive_status"
SECONDS_SINCE_ARCHIVED = "cnpg_pg_stat_archiver_seconds_since_last_archival"
SEGMENTS_ARCHIVED = "cnpg_pg_stat_archiver_archived_count"
SEGMENTS_FAILED = "cnpg_pg_stat_archiver_failed_count"
LOG = "cnpg_collector_pg_wal"
BACKENDS = "cnpg_backends_total"
MAXIMUM_OF_SETTING = "cnpg_pg_settings_setting"
SIZE_OF_DATABASE = "cnpg_pg_database_size_bytes"
COMMITS = "cnpg_pg_stat_database_xact_commit"
ROLLBACKS = "cnpg_pg_stat_database_xact_rollback"
BLOCKS_HIT = "cnpg_pg_stat_database_blks_hit"
BLOCKS_READ = "cnpg_pg_stat_database_blks_read"
REPLICATION_LAG = "cnpg_pg_replication_lag"

_PLUGIN = "barman_cloud_cloudnative_pg_io"
FIRST_RESTORABLE = f"{_PLUGIN}_first_recoverability_point"
LAST_BACKUP = f"{_PLUGIN}_last_available_backup_timestamp"
LAST_FAILED_BACKUP = f"{_PLUGIN}_last_failed_backup_timestamp"

# Of the kubelets, where the volumes' driver counts; and of kube-state-metrics.
VOLUME_FREE = "kubelet_volume_stats_available_bytes"
VOLUME_SIZE = "kubelet_volume_stats_capacity_bytes"
LAST_RESTORE_CHECK = "kube_cronjob_status_last_successful_time"
RESTORE_CHECK_MADE = "kube_cronjob_created"


@dataclass(frozen=True, kw_only=True)
class Series:
    """Selects what is about one Cluster, by the names of its Pods and volumes: every PodMonitor leads to the same."""

    cluster: str
    namespace: str

    def of(self, metric: str, **labels: str) -> str:
        """Series of a metric that the servers export; the longest name is not another Cluster's."""
        return self._selected(metric, f'pod=~"{self.cluster}-[0-9]+"', labels)

    def volumes(self, metric: str) -> str:
        """Series of a metric about the volumes, including that of the WAL."""
        return self._selected(metric, f'persistentvolumeclaim=~"{self.cluster}-[0-9]+(-wal)?"', {})

    def cron_job(self, metric: str, name: str) -> str:
        """Series of a metric about one CronJob."""
        return self._selected(metric, f'cronjob="{name}"', {})

    def _selected(self, metric: str, which: str, labels: dict[str, str]) -> str:
        space = f'namespace="{self.namespace}"'
        matchers = [space, which, *(f'{key}="{value}"' for key, value in labels.items())]
        return f"{metric}{{{','.join(matchers)}}}"
