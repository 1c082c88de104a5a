"""`tau.kubernetes.kinds.object_store`: compression and retention, where they are known and where not."""

from typing import Any

import pytest

from tau import fields
from tau.kubernetes.kinds import object_store
from tests.unit.evaluation import evaluated


def spec(**given: Any) -> Any:
    """Spec of an ObjectStore."""
    return evaluated(
        object_store.object_store({"name": "a"}, destination="s3://b/", endpoint="http://c", secret="d", **given)
    )["spec"]


@pytest.mark.parametrize("how", ["snappy", fields.Deferred(handle="snappy")])
def test_compression_holds_for_backups_and_log(how: Any) -> None:
    configuration = spec(compression=how)["configuration"]
    assert configuration["data"] == {"immediateCheckpoint": True, "compression": "snappy"}
    assert configuration["wal"]["compression"] == "snappy"


@pytest.mark.parametrize("how", ["none", fields.Deferred(handle="none")])
def test_no_compression_is_no_field(how: Any) -> None:
    configuration = spec(compression=how)["configuration"]
    assert "compression" not in configuration["data"]
    assert "compression" not in configuration["wal"]


def test_without_retention_everything_is_kept() -> None:
    assert "retentionPolicy" not in spec()
    assert spec(retention="7d")["retentionPolicy"] == "7d"


def test_the_archive_is_named_to_the_plugin_and_not_in_the_store() -> None:
    assert "serverName" not in spec()["configuration"]
    assert object_store.use(store="a", server_name="b-15-1")["parameters"] == {
        "barmanObjectName": "a",
        "serverName": "b-15-1",
    }


def test_the_authority_of_the_service_is_named_where_it_has_its_own() -> None:
    assert "endpointCA" not in spec()["configuration"]
    assert spec(own_authority=True)["configuration"]["endpointCA"] == {"name": "d", "key": "ca.crt"}
