"""The report says of each generation which base backups it holds and how far its log reaches."""

import datetime
import json
import sys
from typing import Any

import pytest

from tau.archive.script import report as archive_report
from tau.archive.script import store as archive_store
from tests.unit.archive.script import wal
from tests.unit.archive.script.bucket import REQUEST, START, Bucket, archive, information

WALS = "main-15-1/wals/0000000100000000"


def report(bucket: Bucket, **request: Any) -> dict[str, Any]:
    return archive_report.report(bucket.store(**request), {"instances": ["main"], "serverName": "", **request})


def filled(*segments: str, size: int = 16 * 1024**2) -> Bucket:
    bucket = Bucket()
    for name in segments:
        bucket.put(f"main-15-1/wals/{name[:16]}/{name}", wal.segment(name, size=size))
    return bucket


def add_backup(bucket: Bucket, **fields: object) -> None:
    """A base backup that is whole."""
    bucket.put("main-15-1/base/20261123T030000/backup.info", information(**fields))
    bucket.put("main-15-1/base/20261123T030000/data.tar", archive())


def minute(number: int) -> str:
    return (START + datetime.timedelta(minutes=number)).isoformat()


def test_a_base_backup_is_told_with_its_size_and_how_far_the_wal_goes() -> None:
    bucket = filled(*(f"00000001000000000000000{number}" for number in (2, 3, 4)))
    add_backup(bucket)
    (generation,) = report(bucket)["generations"]
    assert generation == {
        "serverName": "main-15-1",
        "owner": None,
        "segmentBytes": 16777216,
        "firstWal": "000000010000000000000002",
        "lastWal": "000000010000000000000004",
        "firstArchived": minute(0),
        "lastArchived": minute(2),
        "backups": [
            {
                "backupId": "20261123T030000",
                "started": "2026-11-23T03:00:00.500000+00:00",
                "ended": "2026-11-23T03:01:00+00:00",
                "beginLsn": "0/3000028",
                "endLsn": "0/3000100",
                "beginWal": "000000010000000000000003",
                "status": "DONE",
                "version": "15",
                "systemId": "7000000000000000001",
                "segmentBytes": 16777216,
                "bytes": len(archive()) + len(information()),
                "problem": "",
                "logStop": "segment 000000010000000000000005 is not there",
                "logUntil": {"wal": "000000010000000000000004", "archived": minute(2)},
            }
        ],
    }


def test_only_generations_of_the_wanted_instances_are_looked_at() -> None:
    bucket = Bucket()
    names = ["main-15-1", "main-15-2", "main-x-15-1", "main-15-15-1", "main", "other-16-1"]
    for name in names:
        bucket.put(f"home/{name}/wals/0000000100000000/000000010000000000000001")
    found = report(bucket, prefix="home/")
    assert found["folders"] == sorted(names)
    assert [one["serverName"] for one in found["generations"]] == ["main-15-1", "main-15-2"]
    found = report(bucket, prefix="home", instances=[], serverName="other-16-1")
    assert [one["serverName"] for one in found["generations"]] == ["other-16-1"]


@pytest.mark.parametrize(
    ("told", "status"), [(None, "UNFINISHED"), (information(status="FAILED", end_time=None, end_xlog=None), "FAILED")]
)
def test_a_base_backup_that_did_not_end_is_told_as_one(told: bytes | None, status: str) -> None:
    bucket = Bucket()
    bucket.put("main-15-1/base/20261123T030000/data.tar")
    if told:
        bucket.put("main-15-1/base/20261123T030000/backup.info", told)
    (backup,) = report(bucket)["generations"][0]["backups"]
    assert (backup["status"], backup["ended"], backup["logUntil"]) == (status, "", None)


@pytest.mark.parametrize(
    ("segments", "last"),
    [
        (["000000010000000000000003", "000000010000000000000005"], "000000010000000000000003"),
        (["000000010000000000000004"], None),
        (["0000000100000000000000FF", "000000010000000100000000", "000000010000000100000001"], None),
        # A failover: the new timeline begins with a copy of the segment in which the old one ended.
        (
            [
                f"0000000{timeline}000000000000000{number}"
                for timeline, number in ((1, 3), (1, 4), (1, 5), (2, 4), (2, 5))
            ],
            "000000020000000000000005",
        ),
    ],
)
def test_the_wal_reaches_to_the_first_gap(segments: list[str], last: str | None) -> None:
    bucket = filled(*segments)
    bucket.put("main-15-1/wals/00000002.history", b"1\t0/4000000\tno recovery target specified\n")
    add_backup(bucket)
    (backup,) = report(bucket)["generations"][0]["backups"]
    assert (backup["logUntil"] or {}).get("wal") == last
    assert bool(backup["problem"]) == (last is None)


@pytest.mark.parametrize(("size", "last"), [(16, "0000000100000000000000FF"), (64, "000000010000000100000000")])
def test_segments_of_any_size_follow_one_another(size: int, last: str) -> None:
    edge = 2**32 // (size * 1024**2) - 1
    names = [f"0000000100000000{edge:08X}", "000000010000000100000000"]
    wanted = names if size == 64 else [*names[:1], "000000010000000100000001"]
    bucket = filled(*wanted, size=size * 1024**2)
    add_backup(bucket, xlog_segment_size=size * 1024**2, begin_wal=names[0])
    (generation,) = report(bucket)["generations"]
    assert generation["backups"][0]["logUntil"]["wal"] == last


def test_only_segments_count_as_wal() -> None:
    bucket = Bucket()
    bucket.put(f"{WALS}/000000010000000000000003.gz", b"x")
    for other in ("00000002.history", "000000010000000000000003.00000028.backup", "000000010000000000000009.partial"):
        bucket.put(f"{WALS}/{other}")
        bucket.put(f"{WALS}/{other}.gz")
    assert report(bucket)["generations"][0]["lastWal"] == "000000010000000000000003"


def test_a_store_with_other_generations_is_asked_for_one_by_name() -> None:
    bucket = filled("000000010000000000000003")
    bucket.put("other-15-1/wals/0000000100000000/000000010000000000000001")
    found = archive_report.report(bucket.store(), {"serverName": "main-15-1"})
    assert [one["serverName"] for one in found["generations"]] == ["main-15-1"]


def test_nothing_but_a_backup_info_is_no_base_backup() -> None:
    bucket = Bucket()
    for number in (3, 4):
        bucket.put(f"{WALS}/00000001000000000000000{number}")
    bucket.put("main-15-1/base/20261123T030000/backup.info", information())
    (backup,) = report(bucket)["generations"][0]["backups"]
    assert backup["problem"] == (
        "data.tar is missing; the WAL written during it has not reached the store: "
        "segment 000000010000000000000003 is empty"
    )


@pytest.mark.parametrize("absent", ["end_time", "end_xlog", "begin_wal"])
def test_a_description_without_its_end_proves_nothing(absent: str) -> None:
    bucket = filled("000000010000000000000003")
    add_backup(bucket, **{absent: None})
    (backup,) = report(bucket)["generations"][0]["backups"]
    assert backup["problem"] == "its backup.info does not say where it begins and ends"


def test_looking_at_a_base_backup_reads_no_more_than_its_edges() -> None:
    size = 1024**2
    bucket = filled(*(f"0000000100000000000000{number:02X}" for number in range(3, 40)), size=size)
    add_backup(bucket, xlog_segment_size=size, end_xlog="0/2000000")
    bucket.files["main-15-1/base/20261123T030000/data.tar"] = archive("a") + bytes(10 * size) + archive(), START
    (backup,) = report(bucket)["generations"][0]["backups"]
    assert not backup["problem"]
    assert bucket.read < 200_000


def test_an_empty_store_holds_nothing() -> None:
    found = report(Bucket())
    assert (found["folders"], found["generations"]) == ([], [])


class Failure(Exception):
    """An error as boto3 raises it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.response = {"Error": {"Code": code, "Message": message}}


class EndpointConnectionError(Exception):
    """An error as botocore raises it."""

    def __init__(self) -> None:
        super().__init__()
        self.kwargs = {"error": "<urllib3.Connection object at 0x7f>: Failed to resolve 'gateway'"}


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Failure("SignatureDoesNotMatch", "long"), "refuses the access key or the secret key"),
        (Failure("XAdminUserNotFound", "long"), "check `accessKeyId` and `secretAccessKey`"),
        (Failure("NoSuchBucket", "long"), "has no bucket 'postgres'; check `bucket`"),
        (Failure("AccessDenied", "not yours."), "does not let these keys read the bucket 'postgres' (not yours)"),
        (Failure("PermanentRedirect", "go away"), "has another region than 'us-east-1'"),
        (Failure("SlowDown", "later."), "answers SlowDown: later"),
        (EndpointConnectionError(), "does not answer; check its `endpoint` and that its gateway runs (Failed to re"),
        (ValueError("Invalid endpoint: x"), "cannot be read: ValueError: Invalid endpoint: x"),
    ],
)
def test_what_is_wrong_with_a_store_is_told_in_one_sentence(
    failure: Exception, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> dict[str, Any]:
        raise failure

    monkeypatch.setattr(archive_store, "client", fail)
    monkeypatch.setattr(sys, "argv", ["-c", "modules", json.dumps(REQUEST)])
    archive_store.run(archive_report.report)
    answer = json.loads(capsys.readouterr().out)
    assert answer["error"].startswith("the store http://gateway:7070 ")
    assert words in answer["error"]
