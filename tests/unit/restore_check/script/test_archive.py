"""`tau.restore_check.script.archive`: the backup that is restored, and the end that the log must reach."""

import pathlib
from typing import Any

import pytest

from tau.archive.script import store as archive_store
from tau.restore_check.script import __main__ as program
from tau.restore_check.script import archive, verification
from tau.restore_check.script.failure import CheckFailed

SIZE = 16 * 1024**2


def _backup(
    name: str, status: str = "DONE", ended: str = "2026-11-23T03:00:00+00:00", until: str = "", problem: str = ""
) -> dict[str, Any]:
    reach = {"logUntil": {"wal": until} if until else None, "logStop": "segment C is not there"}
    return {"backupId": name, "status": status, "ended": ended, "problem": problem, **reach}


def _generation(*backups: dict[str, Any], last: str = "") -> list[dict[str, Any]]:
    return [{"backups": list(backups), "lastWal": last}]


def test_the_newest_complete_backup_is_taken() -> None:
    found = archive.newest(
        _generation(
            _backup("20261122T030000", ended="2026-11-22T03:00:00+00:00"),
            _backup("20261123T030000", until="A"),
            _backup("20261123T050000", "FAILED", "2026-11-23T05:00:00+00:00"),
            _backup("20261123T060000", "UNFINISHED", ""),
            last="B",
        ),
        "main-15-1",
    )
    assert found == archive.Archive("20261123T030000", end="B", reached="A", stop="segment C is not there")


@pytest.mark.parametrize(
    ("generations", "says"),
    [
        ([], "archive main-15-1 has no base backup$"),
        (
            _generation(_backup("a"), _backup("b", problem="data.tar is missing")),
            "^backup b of main-15-1 cannot be restored: data.tar is missing$",
        ),
        (_generation(_backup("a", "STARTED"), _backup("b", "FAILED")), "no base backup, only 2 that did not complete"),
    ],
)
def test_an_archive_without_a_backup_cannot_be_restored(generations: list[Any], says: str) -> None:
    with pytest.raises(CheckFailed, match=says):
        archive.newest(generations, "main-15-1")


def test_the_place_is_that_of_the_object_store() -> None:
    configuration = {"destinationPath": "s3://postgres/a/b/", "endpointURL": "http://gateway:7070"}
    found = archive.request(configuration)
    assert (found["bucket"], found["prefix"], found["endpoint"]) == ("postgres", "a/b", "http://gateway:7070")
    assert archive.request({"destinationPath": "s3://postgres/"})["prefix"] == ""


def test_keys_that_are_not_there_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(CheckFailed, match="the Secret with the keys of the store is not there"):
        archive.look({"destinationPath": "s3://postgres/"}, "main")


@pytest.mark.parametrize("end", [5 * SIZE + 1, 6 * SIZE])
def test_a_restore_that_reaches_the_last_segment_is_whole(end: int) -> None:
    program.check_end(archive.Archive("b", "000000010000000000000005", ""), verification.Server(1, (), end, SIZE))


def test_an_archive_without_a_log_has_no_end() -> None:
    program.check_end(archive.Archive("b", "", ""), verification.Server(1, (), 0, SIZE))


@pytest.mark.parametrize(
    ("whole", "why"),
    [
        ("000000010000000000000003", "segment 000000010000000000000004 is not there"),
        ("000000010000000000000005", "a segment between is damaged"),
    ],
)
def test_a_restore_that_ends_early_says_what_is_wrong_with_the_log(whole: str, why: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        program.check_end(
            archive.Archive(
                "b", "000000010000000000000005", whole, stop="segment 000000010000000000000004 is not there"
            ),
            verification.Server(1, (), 4 * SIZE, SIZE),
        )
    assert "the restore ended at 0/4000000, before the end of the archived WAL, 000000010000000000000005" in str(
        failed.value
    )
    assert why in str(failed.value)


def test_a_service_of_an_own_authority_is_not_asked_without_its_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "key")
    monkeypatch.delenv("STORE_CA_CERTIFICATE", raising=False)
    configuration = {
        "destinationPath": "s3://postgres/",
        "endpointURL": "https://gateway:7070",
        "endpointCA": {"name": "main-store", "key": "ca.crt"},
    }
    with pytest.raises(CheckFailed, match="no CA certificate"):
        archive.look(configuration, "main-15-1")


@pytest.mark.parametrize(("own", "expected"), [(True, "a certificate"), (False, None)])
def test_a_service_is_verified_by_the_authority_that_the_object_store_names(
    monkeypatch: pytest.MonkeyPatch, own: bool, expected: str | None
) -> None:
    """A certificate from before the server moved to a service of a public authority stays in the Secret."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "key")
    monkeypatch.setenv("STORE_CA_CERTIFICATE", "a certificate")
    seen: list[str | None] = []

    def client(place: Any, authorities: str | None, **_: Any) -> None:
        seen.append(authorities and pathlib.Path(authorities).read_text())
        raise ValueError

    monkeypatch.setattr(archive_store, "client", client)
    configuration = {"destinationPath": "s3://postgres/", "endpointURL": "https://gateway:7070"}
    with pytest.raises(CheckFailed):
        archive.look(configuration | ({"endpointCA": {"name": "a", "key": "b"}} if own else {}), "main-15-1")
    assert seen == [expected]
