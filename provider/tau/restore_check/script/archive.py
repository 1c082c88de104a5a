"""What the store holds of an archive: its newest complete base backup, and how far WAL reaches."""

import dataclasses
import os
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

from tau.archive.script import report as archive_report
from tau.archive.script import store as archive_store
from tau.restore_check.script.failure import CheckFailed


@dataclasses.dataclass(frozen=True)
class Archive:
    """`backup` is the ID of the newest complete base backup, `end` the last segment of the WAL, `reached` the last
    one that is reached from the backup without a gap, `stop` why the one after it is not."""

    backup: str
    end: str
    reached: str
    stop: str = ""


def request(configuration: Mapping[str, Any]) -> dict[str, str]:
    """The place that the configuration of an ObjectStore names."""
    place = urllib.parse.urlsplit(configuration["destinationPath"])
    return {
        "endpoint": configuration.get("endpointURL", ""),
        "bucket": place.netloc,
        "prefix": place.path.strip("/"),
        "region": os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
    }


def look(configuration: Mapping[str, Any], server: str) -> Archive:
    """What there is of an archive; CheckFailed where nothing can be restored, or the store cannot be read."""
    if "AWS_ACCESS_KEY_ID" not in os.environ or "AWS_SECRET_ACCESS_KEY" not in os.environ:
        raise CheckFailed("the Secret with the keys of the store is not there")
    place, own_authority = request(configuration), bool(configuration.get("endpointCA"))
    if own_authority and archive_store.CA_VARIABLE not in os.environ:
        raise CheckFailed("the Secret with the keys of the store has no CA certificate to verify it by")
    try:
        trusted = archive_store.authorities() if own_authority else None
        store = archive_store.Store(place, archive_store.client(place, trusted, connect_seconds=10, attempts=5))
        result = archive_report.report(store, {"serverName": server})
    except Exception as failure:
        raise CheckFailed(archive_store.sentence(failure, place)) from failure
    return newest(result["generations"], server)


def newest(generations: Sequence[Mapping[str, Any]], server: str) -> Archive:
    """The newest complete base backup in a report on one archive."""
    backups = [backup for generation in generations for backup in generation["backups"]]
    done = [backup for backup in backups if backup["status"] == "DONE"]
    if not done:
        unfinished = f", only {len(backups)} that did not complete" if backups else ""
        raise CheckFailed(f"archive {server} has no base backup{unfinished}")
    last = max(done, key=lambda backup: (backup["ended"], backup["backupId"]))
    if last["problem"]:
        raise CheckFailed(f"backup {last['backupId']} of {server} cannot be restored: {last['problem']}")
    until = (last["logUntil"] or {}).get("wal", "")
    return Archive(last["backupId"], generations[0]["lastWal"], until, last["logStop"])
