"""When the alerts fire, as Prometheus' own `promtool` computes it.

`make test` builds that program first, with `python -m testbed build promtool`. Without it these tests are skipped, and
say so.
"""

import json
import pathlib
import shutil
import subprocess
from collections.abc import Mapping

import pytest

from tau.monitoring import alerts
from testbed.build import programs
from testbed.errors import BedError


def _promtool() -> str | None:
    """Where the program is: built by the bed, or installed."""
    try:
        return str(programs.binary("promtool"))
    except BedError:
        return shutil.which("promtool")


PROMTOOL = _promtool()
pytestmark = pytest.mark.skipif(
    not PROMTOOL, reason="no promtool; `python -m testbed build promtool` builds it, with Go"
)

WATCHED = alerts.Watched(
    cluster="postgres-main",
    namespace="apps",
    instances=2,
    restore_check="postgres-main-restore-check",
    down_after="5m",
    archive_max_delay="15m",
    backup_max_age="26h",
    restore_check_max_age="8d",
    volume_max_used=80,
)
UP = 'cnpg_collector_up{namespace="apps",pod="postgres-main-%s",cluster="postgres-main"}'
READY = 'cnpg_collector_pg_wal_archive_status{namespace="apps",pod="postgres-main-1",value="ready"}'
SINCE = 'cnpg_pg_stat_archiver_seconds_since_last_archival{namespace="apps",pod="postgres-main-1"}'
GOOD = 'barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{namespace="apps",pod="postgres-main-1"}'
BAD = 'barman_cloud_cloudnative_pg_io_last_failed_backup_timestamp{namespace="apps",pod="postgres-main-1"}'
VOLUME = 'namespace="apps",persistentvolumeclaim="postgres-main-1"'
FREE, SIZE = f"kubelet_volume_stats_available_bytes{{{VOLUME}}}", f"kubelet_volume_stats_capacity_bytes{{{VOLUME}}}"
JOB = 'namespace="apps",cronjob="postgres-main-restore-check"'
PASSED, MADE = f"kube_cronjob_status_last_successful_time{{{JOB}}}", f"kube_cronjob_created{{{JOB}}}"
WELL = {UP % 1: "1x12000", UP % 2: "1x12000"}
STRANGER = {"cnpg_collector_up" + '{namespace="apps",pod="postgres-main-two-1",cluster="postgres-main-two"}': "0x12000"}


def wrong(folder: pathlib.Path, series: Mapping[str, str], at: str, expected: set[str]) -> str:
    """What promtool has against just these alerts firing; time begins at 0, and series have a value each minute."""
    groups = [{"name": "one", "rules": alerts.rules(WATCHED, backed_up=True)}]
    (folder / "rules.yaml").write_text(json.dumps({"groups": groups}))
    samples = [{"labels": f'{{alertname="TauPostgres{name}"}}', "value": 1} for name in sorted(expected)]
    expression = 'count by (alertname) (ALERTS{alertstate="firing"})'
    test = {
        "interval": "1m",
        "input_series": [{"series": key, "values": value} for key, value in series.items()],
        "promql_expr_test": [{"expr": expression, "eval_time": at, "exp_samples": samples}],
    }
    # Days are long at one evaluation a minute.
    every = "1m" if at.endswith("m") else "10m"
    whole = {"rule_files": ["rules.yaml"], "evaluation_interval": every, "tests": [test]}
    path = folder / "test.yaml"
    path.write_text(json.dumps(whole))
    assert PROMTOOL
    done = subprocess.run([PROMTOOL, "test", "rules", str(path)], capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize(
    ("series", "at", "expected"),
    [
        (WELL | STRANGER, "30m", set()),
        ({}, "10m", {"Down"}),
        ({UP % 1: "0x60", UP % 2: "0x60"}, "10m", {"Down"}),
        ({UP % 1: "1x60", UP % 2: "0x60"}, "10m", {"Degraded"}),
        ({UP % 1: "1x60"}, "4m", set()),
        # Idle for an hour, then one segment that is archived soon; and one that is not.
        (WELL | {READY: "0x60 1 0x60", SINCE: "0+60x60 0+60x60"}, "70m", set()),
        (WELL | {READY: "0x60 1x60", SINCE: "0+60x120"}, "70m", {"ArchiveStuck"}),
        (WELL | {READY: "1x60", SINCE: "-1x60"}, "10m", {"ArchiveStuck"}),
        # Many segments wait, but they are sent.
        (WELL | {READY: "9x60", SINCE: "5x60"}, "30m", set()),
        (WELL | {GOOD: "60x2000", BAD: "0x2000"}, "26h", set()),
        (WELL | {GOOD: "60x2000", BAD: "0x2000"}, "27h", {"BackupTooOld"}),
        (WELL | {GOOD: "60x60", BAD: "600x60"}, "20m", {"BackupFailed"}),
        (WELL | {GOOD: "700x60", BAD: "600x60"}, "20m", set()),
        (WELL | {FREE: "30x60", SIZE: "100x60"}, "40m", set()),
        (WELL | {FREE: "19x60", SIZE: "100x60"}, "40m", {"VolumeFilling"}),
        (WELL | {FREE: "4000-5x600", SIZE: "10000x600"}, "300m", {"VolumeFullSoon"}),
        (WELL | {FREE: "9900-8x600", SIZE: "10000x600"}, "480m", set()),
        (WELL | {PASSED: "60x12000", MADE: "0x12000"}, "190h", set()),
        (WELL | {PASSED: "60x12000", MADE: "0x12000"}, "193h", {"RestoreUnproven"}),
        # One that has never passed.
        (WELL | {MADE: "0x12000"}, "193h", {"RestoreUnproven"}),
    ],
)
def test_alerts_fire_when_something_is_wrong_and_not_before(
    tmp_path: pathlib.Path, series: Mapping[str, str], at: str, expected: set[str]
) -> None:
    assert wrong(tmp_path, series, at, expected) == ""
