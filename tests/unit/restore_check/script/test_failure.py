"""`tau.restore_check.script.failure`: a check ends in time."""

import pytest

from tau.restore_check.script.failure import CheckFailed, Deadline


def test_what_is_left_becomes_less_until_the_check_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    deadline = Deadline(2)
    now = 160.0
    assert deadline.seconds == 60
    now = 220.0
    with pytest.raises(CheckFailed, match="within 2 minutes"):
        _ = deadline.seconds
