"""`tau.monitoring.inputs`: which values of `monitoring` are refused, by path."""

from typing import Any

import pytest

from tau import errors
from tau.monitoring import inputs as monitoring_inputs
from tau.types.postgres import Monitoring


def paths(given: Monitoring | None) -> list[str]:
    """Where a `monitoring` is wrong."""
    problems = errors.Problems()
    monitoring_inputs.check(given, problems)
    return [problem.path for problem in problems]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"interval": "9s"}, "interval"),
        ({"interval": "often"}, "interval"),
        ({"down_after": "0s"}, "downAfter"),
        ({"archive_max_delay": "15"}, "archiveMaxDelay"),
        ({"backup_max_age": "a day"}, "backupMaxAge"),
        ({"restore_check_max_age": ""}, "restoreCheckMaxAge"),
        ({"volume_max_used": 0}, "volumeMaxUsed"),
        ({"volume_max_used": 100}, "volumeMaxUsed"),
        ({"prometheus_namespace": "Monitoring"}, "prometheusNamespace"),
    ],
)
def test_a_bad_value_is_refused(given: dict[str, Any], path: str) -> None:
    assert paths(Monitoring(**given)) == [f"monitoring.{path}"]


def test_what_is_usual_is_accepted() -> None:
    assert paths(None) == []
    assert paths(Monitoring(interval="30s", down_after="5m", backup_max_age="26h", volume_max_used=80)) == []
