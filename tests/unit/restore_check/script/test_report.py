"""`tau.restore_check.script.report`: what becomes of a check that was, or was not, brought to its end."""

import pathlib
from typing import Any

import pytest

from tau.restore_check.script import report
from tau.restore_check.script.report import Report

STARTED = "2026-11-23T05:00:00Z"
KILLED = {"reason": "OOMKilled", "exitCode": 137}


def _conclude(found: Report | None, **how: Any) -> Report:
    given = {"ended": None, "late": False, "now": STARTED, "minutes": 120} | how
    return report.conclude(found, **given)


@pytest.mark.parametrize("how", [{"ended": KILLED}, {"late": True}, {}])
@pytest.mark.parametrize("result", [report.PASSED, report.FAILED, report.SKIPPED])
def test_a_result_stands_however_the_check_ended(how: dict[str, Any], result: str) -> None:
    found = Report(started=STARTED, result=result, message="as it is")
    assert _conclude(found, **how) == found


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"ended": KILLED}, "the check itself was ended (OOMKilled, exit code 137), while restoring"),
        ({"late": True}, "not finished within 120 minutes, while restoring"),
        ({}, "stopped from outside, while restoring"),
    ],
)
def test_a_check_without_a_result_has_failed(how: dict[str, Any], says: str) -> None:
    final = _conclude(Report(started=STARTED, message="restoring", backup="b"), **how)
    assert (final.result, final.message, final.backup) == ("failed", says, "b")


def test_a_check_that_never_began_has_failed() -> None:
    assert _conclude(None, ended=KILLED).result == "failed"


def test_a_report_is_read_as_it_was_written(tmp_path: pathlib.Path) -> None:
    file = report.File(tmp_path / "report.json")
    assert file.read() is None
    found = Report(started=STARTED, result="passed", message="fine", backup="b", server="s", seconds=41, bytes=8)
    file.write(found)
    assert file.read() == found


def test_a_config_map_holds_texts_only() -> None:
    data = Report(started=STARTED, result="failed", message="no", server="main-15-1").data("2026-11-23T05:01:00Z")
    assert data == {
        "result": "failed",
        "message": "no",
        "started": STARTED,
        "finished": "2026-11-23T05:01:00Z",
        "backupId": "",
        "serverName": "main-15-1",
        "secondsToRestore": "",
        "bytes": "",
    }
