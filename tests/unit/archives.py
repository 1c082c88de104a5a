"""What an ArchiveGeneration may decide."""

from typing import Any

from hypothesis import strategies as st

from tau.backup import bootstrap

NOTHING = dict.fromkeys(("serverName", "backupId", "targetTime", "targetName", "targetLsn"), "")
RECOVERIES = st.sampled_from(
    [
        NOTHING | {"serverName": "postgres-old-15-1"},
        NOTHING | {"serverName": "postgres-old-15-1", "targetTime": "2026-11-01T01:59:00Z"},
        NOTHING | {"serverName": "postgres-old-15-1", "backupId": "20261101T030000", "targetName": "before"},
        NOTHING | {"serverName": "postgres-old-15-1", "targetLsn": "0/5000060"},
    ]
)


def archive(**given: Any) -> bootstrap.Archive:
    """An archive that is begun with an empty server, but for what is given."""
    found = {"server_name": "postgres-main-15-1", "recovery": NOTHING, "store": "postgres-main"}
    return bootstrap.Archive(**{**found, "source": "postgres-main", **given})
