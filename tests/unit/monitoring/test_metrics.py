"""`tau.monitoring.metrics`: series of one Cluster, and of no other with a longer name."""

import re

from tau.monitoring.metrics import UP, VOLUME_FREE, Series

SERIES = Series(cluster="main", namespace="apps")


def test_series_are_those_of_the_clusters_pods() -> None:
    assert SERIES.of(UP) == f'{UP}{{namespace="apps",pod=~"main-[0-9]+"}}'
    assert SERIES.of(UP, name="x").endswith(',name="x"}')


def test_a_longer_name_is_of_another_cluster() -> None:
    [pods] = re.findall(r'pod=~"([^"]+)"', SERIES.of(UP))
    assert re.fullmatch(pods, "main-1")
    assert not re.fullmatch(pods, "main-old-1")


def test_volumes_are_those_of_the_data_and_of_the_wal() -> None:
    [claims] = re.findall(r'persistentvolumeclaim=~"([^"]+)"', SERIES.volumes(VOLUME_FREE))
    assert all(re.fullmatch(claims, name) for name in ("main-1", "main-12-wal"))
    assert not re.fullmatch(claims, "main-1-tbs")
