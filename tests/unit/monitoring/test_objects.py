"""`monitoring`: which objects there are, what the alerts and the dashboard ask for, and what is refused."""

import json
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tau import errors
from tau.instance import inputs as instance_inputs
from tau.instance import objects as instance
from tau.monitoring import inputs as monitoring_inputs
from tau.monitoring import objects as monitoring
from tau.settings import Settings
from tau.types.postgres import Backup, InstanceArgs, Monitoring, Store
from tests.unit import arguments
from tests.unit.evaluation import evaluated

STORE = Store(endpoint="http://nas:7070", bucket="b", region="r", access_key_id="id", secret_access_key="key")
BACKED_UP = Backup(store=STORE)
OF_BACKUPS = {"ArchiveStuck", "BackupTooOld", "BackupFailed", "RestoreUnproven"}
ALWAYS = {"Down", "VolumeFilling", "VolumeFullSoon"}


def made(given: Monitoring | None, **inputs: Any) -> monitoring.MonitoringObjects:
    """The objects of an Instance `main` in `apps`."""
    args = InstanceArgs(namespace="apps", monitoring=given, **inputs)
    return monitoring.objects(instance.metadata_of("main", args), args, Settings())


def alerts(given: Monitoring | None = None, **inputs: Any) -> dict[str, Any]:
    """Alerts by what they are about."""
    rule: Any = made(given or Monitoring(), **inputs).prometheus_rule
    (group,) = rule["spec"]["groups"]
    return {one["alert"].removeprefix("TauPostgres"): one for one in group["rules"]}


def shown(**inputs: Any) -> Any:
    """The dashboard."""
    found: Any = made(Monitoring(), **inputs).dashboard
    return json.loads(found["data"]["postgresql.json"])


def test_nothing_is_made_unasked() -> None:
    assert made(None) == monitoring.MonitoringObjects()


def test_each_object_can_be_left_out() -> None:
    wanted = made(Monitoring(pod_monitor=False, prometheus_rule=False, dashboard=False))
    assert wanted == monitoring.MonitoringObjects()


def test_every_object_has_a_name_of_its_own_and_the_labels_that_select_it() -> None:
    found = made(Monitoring(labels={"release": "prometheus"}), labels={"team": "a"})
    names = {"pod_monitor": "metrics", "prometheus_rule": "alerts", "dashboard": "dashboard"}
    for attribute, suffix in names.items():
        about = getattr(found, attribute)["metadata"]
        assert (about["name"], about["namespace"]) == (f"postgres-main-{suffix}", "apps")
        assert about["labels"].items() >= {"release": "prometheus", "team": "a"}.items()
        assert about["labels"]["app.kubernetes.io/managed-by"] == "tau"
    dashboard: Any = found.dashboard
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_the_pod_monitor_reads_the_instances_and_not_the_jobs() -> None:
    found: Any = made(Monitoring(interval="1m")).pod_monitor
    assert found["spec"] == {
        "selector": {"matchLabels": {"cnpg.io/cluster": "postgres-main", "cnpg.io/podRole": "instance"}},
        "podMetricsEndpoints": [{"port": "metrics", "interval": "1m"}],
    }


def test_the_port_for_metrics_is_open_to_prometheus_only_where_it_watches() -> None:
    def ports(given: Monitoring | None) -> dict[str, list[int]]:
        policy: Any = instance.objects("main", InstanceArgs(monitoring=given), Settings()).network_policy
        peers = [(one["from"][0].get("namespaceSelector"), one.get("ports", [])) for one in policy["spec"]["ingress"]]
        return {
            space["matchLabels"]["kubernetes.io/metadata.name"]: [port["port"] for port in open_to]
            for space, open_to in peers
            if space
        }

    assert ports(None) == {"cnpg-system": [8000, 5432]}
    assert ports(Monitoring(prometheus_namespace="watch")) == {"watch": [9187], "cnpg-system": [8000, 5432]}


def test_alerts_about_backups_are_for_who_has_them() -> None:
    assert alerts().keys() == ALWAYS
    assert alerts(backup=BACKED_UP).keys() == ALWAYS | OF_BACKUPS
    assert alerts(instances=2).keys() == ALWAYS | {"Degraded"}


def test_thresholds_are_in_the_expressions() -> None:
    limits = Monitoring(
        down_after="2m",
        archive_max_delay="10m",
        backup_max_age="2d",
        restore_check_max_age="3h",
        volume_max_used=70,
    )
    found = alerts(limits, backup=BACKED_UP)
    assert found["Down"]["for"] == "2m"
    assert "> 600 or" in found["ArchiveStuck"]["expr"]
    assert found["BackupTooOld"]["expr"].endswith("> 172800")
    assert found["RestoreUnproven"]["expr"].endswith("> 10800")
    assert found["VolumeFilling"]["expr"].endswith("> 70")


def test_every_alert_says_of_whom_it_is_how_bad_it_is_and_what_to_look_at() -> None:
    for one in alerts(backup=BACKED_UP, instances=3).values():
        assert one["labels"]["severity"] in ("warning", "critical")
        assert (one["labels"]["namespace"], one["labels"]["cluster"]) == ("apps", "postgres-main")
        assert "apps/postgres-main" in one["annotations"]["summary"]
        assert "kubectl" in one["annotations"]["description"]


def test_series_of_a_cluster_with_a_longer_name_are_not_meant() -> None:
    expression = alerts()["Down"]["expr"]
    (pods,) = re.findall(r'pod=~"([^"]*)"', expression)
    assert re.fullmatch(pods, "postgres-main-1")
    assert not re.fullmatch(pods, "postgres-main-two-1")
    volumes = re.findall(r'persistentvolumeclaim=~"([^"]*)"', alerts()["VolumeFilling"]["expr"])[0]
    assert re.fullmatch(volumes, "postgres-main-1-wal")


def test_the_dashboard_has_its_archive_only_with_backups() -> None:
    titles = {one["title"] for one in shown()["panels"]}
    assert {one["title"] for one in shown(backup=BACKED_UP)["panels"]} > titles
    assert "Last base backup" not in titles


def test_panels_do_not_cover_each_other_and_fit_the_width() -> None:
    taken: set[tuple[int, int]] = set()
    for one in shown(backup=BACKED_UP)["panels"]:
        place = one["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, one["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_two_instances_have_two_dashboards() -> None:
    other = InstanceArgs(namespace="other", monitoring=Monitoring())
    found: Any = monitoring.objects(instance.metadata_of("main", other), other, Settings()).dashboard
    assert json.loads(found["data"]["postgresql.json"])["uid"] != shown()["uid"]


@given(args=arguments.INSTANCES, chosen=st.data())
def test_a_preview_shows_what_up_makes(args: InstanceArgs, chosen: st.DataObject) -> None:
    assume(args.monitoring and arguments.accepted(instance_inputs.check, "main", args))
    known = monitoring.objects(instance.metadata_of("main", args), args, Settings())
    deferred = arguments.deferred(args, chosen)
    later = monitoring.objects(instance.metadata_of("main", deferred), deferred, Settings())
    for attribute, manifest in vars(known).items():
        assert evaluated(getattr(later, attribute)) == manifest


@pytest.mark.parametrize(
    ("inputs", "path", "reason"),
    [
        ({"interval": "5s"}, "monitoring.interval", "'5s' is too short; use `10s` or more"),
        ({"interval": "soon"}, "monitoring.interval", "'soon' is not a duration"),
        ({"down_after": "0m"}, "monitoring.downAfter", "'0m' is too short"),
        ({"archive_max_delay": "15"}, "monitoring.archiveMaxDelay", "for example `26h`"),
        ({"backup_max_age": "9999w"}, "monitoring.backupMaxAge", "is too long"),
        ({"restore_check_max_age": "-1d"}, "monitoring.restoreCheckMaxAge", "is not a duration"),
        ({"volume_max_used": 100}, "monitoring.volumeMaxUsed", "100 is out of range; use 1 to 99"),
        ({"prometheus_namespace": "A"}, "monitoring.prometheusNamespace", "is not a DNS label"),
        ({"labels": {"a b": "c"}}, 'monitoring.labels["a b"]', "'a b'"),
    ],
)
def test_bad_inputs_are_refused_by_their_path(inputs: dict[str, Any], path: str, reason: str) -> None:
    problems = errors.Problems()
    monitoring_inputs.check(Monitoring(**inputs), problems)
    (found,) = problems
    assert found.path == path
    assert reason in found.reason
