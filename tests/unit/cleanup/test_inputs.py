"""`tau.cleanup.inputs`: which values of `cleanup` are refused, by path."""

from typing import Any

import pytest

from tau import errors
from tau.cleanup import inputs as cleanup_inputs
from tau.types.postgres import Cleanup


def paths(**given: Any) -> list[str]:
    """Where a `cleanup` is wrong."""
    problems = errors.Problems()
    cleanup_inputs.check(Cleanup(**given), problems)
    return [problem.path for problem in problems]


@pytest.mark.parametrize("after", ["1s", "7d", "1d12h", "3650d"])
def test_lengths_up_to_ten_years_are_accepted(after: str) -> None:
    assert paths(policy="delayed", after=after) == []


@pytest.mark.parametrize("after", ["0s", "3651d", "soon", "7"])
def test_others_are_not(after: str) -> None:
    assert paths(policy="delayed", after=after) == ["cleanup.after"]


def test_everything_wrong_is_told_together() -> None:
    wrong = paths(policy="never", after="x", on_backup_failure="retry", backup_timeout="59s")
    assert wrong == ["cleanup.policy", "cleanup.after", "cleanup.onBackupFailure", "cleanup.backupTimeout"]


def test_without_cleanup_nothing_is_wrong() -> None:
    problems = errors.Problems()
    cleanup_inputs.check(None, problems)
    assert not list(problems)
