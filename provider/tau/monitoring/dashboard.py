"""The Grafana dashboard of one Instance, as JSON: is it well, can it be restored, is there room, what does it do.

https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tau.kubernetes.manifest import Manifest
from tau.monitoring import metrics
from tau.monitoring.metrics import Series

_SOURCE = {"type": "prometheus", "uid": "${source}"}
_WIDTH = 24
_GREEN, _YELLOW, _RED = "green", "yellow", "red"
_AGE = "s"


@dataclass(frozen=True, kw_only=True)
class _Panel:
    """One panel: `queries` are expressions by what each curve is called; `steps` are colours from a value on."""

    title: str
    queries: dict[str, str]
    unit: str = "none"
    width: int = 8
    single: bool = False
    steps: tuple[tuple[str, float], ...] = ()


def text(cluster: str, namespace: str, *, backed_up: bool) -> str:
    """The dashboard of an Instance."""
    series = Series(cluster=cluster, namespace=namespace)
    panels = [*_health(series), *(_archive(series) if backed_up else ()), *_room(series), *_work(series)]
    content = {
        "uid": hashlib.sha256(f"{namespace}/{cluster}".encode()).hexdigest()[:32],
        "title": f"PostgreSQL {namespace}/{cluster}",
        "tags": ["postgresql", "tau"],
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]
        },
        "panels": list(_placed(panels)),
    }
    return json.dumps(content, indent=1, sort_keys=True)


def _health(series: Series) -> list[_Panel]:
    return [
        _Panel(
            title="Servers that answer",
            queries={"servers": f"count({series.of(metrics.UP)} == 1) or vector(0)"},
            width=4,
            single=True,
            steps=((_RED, 0), (_GREEN, 1)),
        )
    ]


def _archive(series: Series) -> list[_Panel]:
    waiting = series.of(metrics.WAITING_SEGMENTS, value="ready")
    ages = {"Last base backup": metrics.LAST_BACKUP, "Restorable since": metrics.FIRST_RESTORABLE}
    days = {"Last base backup": ((_GREEN, 0), (_YELLOW, 93600.0), (_RED, 180000.0)), "Restorable since": ()}
    archived, failed = (series.of(metric) for metric in (metrics.SEGMENTS_ARCHIVED, metrics.SEGMENTS_FAILED))
    return [
        *(
            # Zero stands for none, so it is not a time.
            _Panel(
                title=title,
                queries={"age": f"time() - (max({series.of(metric)}) > 0)"},
                unit=_AGE,
                width=5,
                single=True,
                steps=days[title],
            )
            for title, metric in ages.items()
        ),
        _Panel(
            title="Segments that wait for the archive",
            queries={"segments": f"max({waiting})"},
            width=5,
            single=True,
            steps=((_GREEN, 0), (_YELLOW, 3), (_RED, 10)),
        ),
        _Panel(
            title="Since the last archived segment",
            queries={"age": f"max({series.of(metrics.SECONDS_SINCE_ARCHIVED)})"},
            unit=_AGE,
            width=5,
            single=True,
        ),
        _Panel(
            title="Segments archived and failed per hour",
            queries={"archived": f"sum(increase({archived}[1h]))", "failed": f"sum(increase({failed}[1h]))"},
        ),
    ]


def _room(series: Series) -> list[_Panel]:
    free, size = (series.volumes(metric) for metric in (metrics.VOLUME_FREE, metrics.VOLUME_SIZE))
    return [
        _Panel(
            title="Volumes in use",
            queries={"{{persistentvolumeclaim}}": f"1 - {free} / {size}"},
            unit="percentunit",
            steps=((_GREEN, 0), (_YELLOW, 0.8), (_RED, 0.95)),
        ),
        _Panel(
            title="Size of the databases",
            queries={"{{datname}}": f"max by (datname) ({series.of(metrics.SIZE_OF_DATABASE)})"},
            unit="bytes",
        ),
        _Panel(
            title="Size of the WAL",
            queries={"{{pod}}": f"{series.of(metrics.LOG, value='size')}"},
            unit="bytes",
        ),
    ]


def _work(series: Series) -> list[_Panel]:
    commits, rollbacks = (series.of(metric) for metric in (metrics.COMMITS, metrics.ROLLBACKS))
    hit, read = (f"sum(rate({series.of(metric)}[5m]))" for metric in (metrics.BLOCKS_HIT, metrics.BLOCKS_READ))
    most = series.of(metrics.MAXIMUM_OF_SETTING, name="max_connections")
    return [
        _Panel(
            title="Connections",
            queries={
                "{{state}}": f"sum by (state) ({series.of(metrics.BACKENDS)})",
                "max_connections": f"max({most})",
            },
        ),
        _Panel(
            title="Transactions per second",
            queries={"commits": f"sum(rate({commits}[5m]))", "rollbacks": f"sum(rate({rollbacks}[5m]))"},
            unit="ops",
        ),
        _Panel(
            title="Blocks found in memory",
            queries={"found": f"{hit} / ({hit} + {read})"},
            unit="percentunit",
        ),
        _Panel(
            title="Replicas behind the primary",
            queries={"{{pod}}": f"{series.of(metrics.REPLICATION_LAG)}"},
            unit=_AGE,
        ),
    ]


def _placed(panels: Iterable[_Panel]) -> Iterable[Manifest]:
    """The panels from left to right, row by row."""
    left = top = tallest = 0
    for number, panel in enumerate(panels, start=1):
        height = 4 if panel.single else 8
        if left + panel.width > _WIDTH:
            left, top, tallest = 0, top + tallest, 0
        tallest = max(tallest, height)
        place = {"x": left, "y": top, "w": panel.width, "h": height}
        left += panel.width
        yield {"id": number, "gridPos": place, **_drawn(panel)}


def _drawn(panel: _Panel) -> Manifest:
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0}
    if panel.steps:
        # The first colour holds from the very least.
        steps = [{"color": color, "value": value if at else None} for at, (color, value) in enumerate(panel.steps)]
        defaults |= {"thresholds": {"mode": "absolute", "steps": steps}}
    return {
        "title": panel.title,
        "type": "stat" if panel.single else "timeseries",
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + at), "datasource": _SOURCE, "expr": expression, "legendFormat": name}
            for at, (name, expression) in enumerate(panel.queries.items())
        ],
    }
