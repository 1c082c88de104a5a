"""`tau.backup.bootstrap`: a server starts in exactly one way, and archives under its own name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau import fields
from tau.instance import objects as instance
from tau.settings import Settings
from tau.types.postgres import InstanceArgs
from tests.unit import archives, arguments
from tests.unit.evaluation import evaluated

RESTORED = archives.NOTHING | {"serverName": "postgres-old-15-1"}


def spec(recovery: Any = None, **inputs: Any) -> Any:
    """Spec of a Cluster, evaluated."""
    archive = archives.archive(recovery=recovery) if recovery else None
    return evaluated(instance.objects("main", InstanceArgs(**inputs), Settings(), archive).cluster["spec"])


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({}, None),
        ({"targetTime": "2026-11-01T02:59:00Z"}, {"targetTime": "2026-11-01T02:59:00Z"}),
        ({"targetLsn": "0/5000060", "backupId": "20261101T030000"}, None),
        ({"targetName": "before", "backupId": "20261101T030000"}, None),
    ],
)
def test_a_target_is_named_as_the_operator_does(target: dict[str, str], expected: dict[str, str] | None) -> None:
    renamed = {"backupId": "backupID", "targetLsn": "targetLSN"}
    wanted = expected or {renamed.get(name, name): value for name, value in target.items()}
    recovery = spec(RESTORED | target)["bootstrap"]["recovery"]
    assert recovery.get("recoveryTarget", {}) == wanted


def test_a_restore_leaves_the_same_roles_as_an_empty_start() -> None:
    initdb, recovery = spec()["bootstrap"]["initdb"], spec(RESTORED)["bootstrap"]["recovery"]
    for name in ("database", "owner", "secret"):
        assert recovery[name] == initdb[name]


def test_without_an_archive_nothing_of_it_is_written() -> None:
    assert not {"plugins", "externalClusters"} & spec().keys()
    assert "archive_timeout" not in spec()["postgresql"]["parameters"]


def test_an_archive_timeout_may_be_shorter() -> None:
    found = spec(archives.NOTHING, parameters={"archive_timeout": "1min"})
    assert found["postgresql"]["parameters"]["archive_timeout"] == "1min"


@pytest.mark.parametrize("recovery", [None, archives.NOTHING])
@pytest.mark.parametrize("how", [lambda given: given, lambda given: fields.Deferred(handle=given)])
def test_another_method_of_cluster_spec_takes_the_place_of_an_empty_start(recovery: Any, how: Any) -> None:
    given = {"bootstrap": {"pg_basebackup": {"source": "old"}}}
    assert spec(recovery, cluster_spec=how(given))["bootstrap"] == given["bootstrap"]


def test_a_part_of_the_empty_start_can_be_changed() -> None:
    found = spec(cluster_spec={"bootstrap": {"initdb": {"localeCollate": "de_DE"}}})["bootstrap"]["initdb"]
    assert (found["localeCollate"], found["owner"]) == ("de_DE", "postgres")


@given(args=arguments.INSTANCES, recovery=archives.RECOVERIES, chosen=st.data())
def test_values_that_are_known_later_give_the_same_server(
    args: InstanceArgs, recovery: dict[str, str], chosen: st.DataObject
) -> None:
    known = archives.archive(recovery=recovery)
    later = archives.archive(
        recovery=fields.Deferred(handle=recovery), server_name=fields.Deferred(handle=known.server_name)
    )
    plain = instance.objects("main", args, Settings(), known).cluster
    assert evaluated(instance.objects("main", arguments.deferred(args, chosen), Settings(), later).cluster) == plain
