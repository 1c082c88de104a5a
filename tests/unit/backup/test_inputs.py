"""`tau.backup.inputs`: bad `backup` and `restore`, by path, and a sentence that says what to do."""

import dataclasses
from typing import Any

import pytest

from tau import errors, fields
from tau.database import inputs as database_inputs
from tau.instance import inputs as instance_inputs
from tau.settings import Settings
from tau.types.postgres import Backup, DatabaseArgs, InstanceArgs, Restore, Store

Case = tuple[dict[str, Any], str, str]

STORE = Store(endpoint="http://nas:7070", bucket="postgres", access_key_id="id", secret_access_key="key")


def backup(**parts: Any) -> dict[str, Any]:
    """Inputs with backups to a good store."""
    return {"backup": Backup(store=STORE, **parts)}


def restore(**parts: Any) -> dict[str, Any]:
    """Inputs with a restore from a good store."""
    return {"restore": Restore(store=STORE, **parts)}


CASES: dict[str, Case] = {
    "backups without a store": ({"backup": Backup(enabled=True)}, "backup.enabled", "set `backup.store`, or set"),
    "schedule in words": (backup(schedule="daily"), "backup.schedule", "use five, for example `0 3 * * *`"),
    "unknown compression": (backup(compression="xz"), "backup.compression", "`none`, `lz4`, `snappy`"),
    "unknown answer to an archive": (backup(on_existing_archive="keep"), "backup.onExistingArchive", "`newGeneration`"),
    "no retention": (backup(retention_days=0), "backup.retentionDays", "use 1 or more"),
    "store without a bucket": (
        {"backup": Backup(store=dataclasses.replace(STORE, bucket=""))},
        "backup.store.bucket",
        "is not the name of a bucket",
    ),
    "log that is archived late": (
        {"backup": Backup(store=STORE), "parameters": {"archive_timeout": "10min"}},
        'parameters["archive_timeout"]',
        "use at most `5min`",
    ),
    "log that is archived when it is full": (
        {"backup": Backup(store=STORE), "parameters": {"archive_timeout": "0"}},
        'parameters["archive_timeout"]',
        "use at most `5min`",
    ),
    "clients of another store": (
        {"backup": Backup(store=STORE, client_namespaces=["media"])},
        "backup.clientNamespaces",
        "set it where that one is created",
    ),
    "restore without a store": ({"restore": Restore()}, "restore", "set `restore.store`, `backup.store`, or set"),
    "restore where nothing is archived": (
        {"backup": Backup(enabled=False), "restore": Restore()},
        "restore.store",
        "set the store of the archive",
    ),
    "restore from a wrong store": (
        {"restore": Restore(store=dataclasses.replace(STORE, endpoint="nas"))},
        "restore.store.endpoint",
        "use for example `https://s3.example.com`",
    ),
    "restore from no name": (restore(from_=""), "restore.from", "use lower-case letters"),
    "restore from no generation": (restore(server_name=""), "restore.serverName", "for example `postgres-shop-15-1`"),
    "restore from a path": (restore(server_name="../x"), "restore.serverName", "for example `postgres-shop-15-1`"),
    "backup of another shape": (restore(backup_id="latest"), "restore.backupId", "for example `20261123T030000`"),
    "time without a zone": (restore(target_time="2026-11-23T02:59:00"), "restore.targetTime", "has no time zone"),
    "day without a time": (restore(target_time="2026-11-23"), "restore.targetTime", "is not a time; use"),
    "time that there is not": (restore(target_time="2026-02-30T00:00:00Z"), "restore.targetTime", "is not a time (day"),
    "time to come": (restore(target_time="2999-01-01T00:00:00Z"), "restore.targetTime", "is in the future"),
    "restore point without a name": (restore(target_name=""), "restore.targetName", "`pg_create_restore_point`"),
    "restore point with a long name": (restore(target_name="ä" * 32), "restore.targetName", "has 64 bytes"),
    "log position in words": (restore(target_lsn="latest"), "restore.targetLsn", "for example `0/5000060`"),
    "two targets": (
        restore(target_time="2026-01-01T00:00:00Z", target_lsn="0/1"),
        "restore.targetLsn",
        "is set together with `targetTime`",
    ),
}
LATER: Any = fields.Deferred(handle=None)


def problems_of(args: InstanceArgs | DatabaseArgs, settings: Settings | None = None) -> list[errors.Problem]:
    """Everything that is noted."""
    problems = errors.Problems()
    module: Any = instance_inputs if isinstance(args, InstanceArgs) else database_inputs
    module.check("main", args, problems, settings or Settings())
    return list(problems)


@pytest.mark.parametrize(("inputs", "path", "says"), CASES.values(), ids=CASES.keys())
def test_bad_inputs_are_named_with_what_to_write(inputs: dict[str, Any], path: str, says: str) -> None:
    [problem] = problems_of(InstanceArgs(**inputs))
    assert problem.path == path
    assert says in problem.reason
    if "parameters" not in inputs:
        assert problems_of(DatabaseArgs(**inputs)) == [problem]


@pytest.mark.parametrize("timeout", ["5min", "300", "300s", "60000ms", " 1 min "])
def test_a_short_archive_timeout_is_fine(timeout: str) -> None:
    assert problems_of(InstanceArgs(backup=Backup(store=STORE), parameters={"archive_timeout": timeout})) == []


def test_without_backups_an_archive_timeout_may_be_anything() -> None:
    assert problems_of(InstanceArgs(parameters={"archive_timeout": "1h"})) == []


def test_the_share_of_the_configuration_is_a_store() -> None:
    settings = Settings(postgres_backup_nfs_path="nas.local:/backups")
    assert problems_of(InstanceArgs(backup=Backup(enabled=True), restore=Restore()), settings) == []


def test_values_that_are_not_known_yet_are_not_judged() -> None:
    unknown = Store(
        endpoint=LATER, bucket=LATER, prefix=LATER, region=LATER, access_key_id=LATER, secret_access_key=LATER
    )
    given = Backup(store=unknown, schedule=LATER, retention_days=LATER, compression=LATER, on_existing_archive=LATER)
    found = Restore(from_=LATER, server_name=LATER, store=unknown, backup_id=LATER, target_time=LATER)
    assert problems_of(InstanceArgs(backup=given, restore=found, parameters={"archive_timeout": LATER})) == []


def test_a_store_of_an_instance_without_backups_is_refused() -> None:
    empty = Store(endpoint="", bucket="", prefix="", region="", access_key_id="", secret_access_key="")
    paths = {problem.path for problem in problems_of(InstanceArgs(backup=Backup(store=empty)))}
    assert "backup.store.endpoint" in paths
