"""`tau.kubernetes.kinds.sidecar_log`: the reason of a failure in the middle of much else."""

import json

import pytest

from tau.kubernetes.kinds import sidecar_log

REASON = "Barman cloud WAL archiver exception: An error occurred (SignatureDoesNotMatch)"


def line(message: str, *, logger: str = "barman-cloud-wal-archive") -> str:
    """A line as the sidecar writes it."""
    return json.dumps({"level": "info", "logger": logger, "msg": f"2026-11-23 13:45:27,389 [90] {message}"})


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], None),
        (["not JSON: barman-cloud-wal-archive ERROR: x", "[]"], None),
        ([line(f"ERROR: {REASON}")], REASON),
        ([line("ERROR: older"), line(f"ERROR: {REASON}"), line("INFO: done"), '{"msg": "Archived WAL file"}'], REASON),
        ([line("ERROR: of a backup", logger="barman-cloud-backup")], None),
    ],
)
def test_the_newest_error_of_the_archiver_is_found(lines: list[str], expected: str | None) -> None:
    assert sidecar_log.archive_error("\n".join(lines)) == expected
