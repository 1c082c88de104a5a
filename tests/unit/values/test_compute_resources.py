"""`tau.values.compute_resources`: requests and limits, given and by default."""

import pytest

from tau import errors, fields
from tau.types.postgres import ResourceRequirements
from tau.values import compute_resources

REQUESTS, LIMITS = {"cpu": "100m", "memory": "64Mi"}, {"memory": "256Mi"}


@pytest.mark.parametrize(
    ("requests", "limits", "expected"),
    [
        ({"memory": "256Mi"}, {}, []),
        ({"memory": "257Mi"}, {}, ["resources.requests.memory: '257Mi' is more than resources.limits.memory '256Mi'"]),
        ({}, {"cpu": "50m"}, ["resources.requests.cpu: '100m' is more than resources.limits.cpu '50m'"]),
        ({"cpu": "2"}, {"cpu": "1", "memory": "1Gi"}, ["resources.requests.cpu: '2' is more than"]),
        ({"cpu": fields.Deferred(handle=None)}, {"cpu": "50m"}, []),
        (fields.Deferred(handle=None), {"memory": "1Mi"}, []),
    ],
)
def test_no_request_may_exceed_its_limit_given_or_not(requests: object, limits: object, expected: list[str]) -> None:
    problems = errors.Problems()
    given = ResourceRequirements(requests=requests, limits=limits)  # type: ignore[arg-type]
    compute_resources.check(given, problems, requests=REQUESTS, limits=LIMITS)
    noted = [str(one) for one in problems]
    assert len(noted) == len(expected)
    for text, start in zip(noted, expected, strict=True):
        assert text.startswith(start)
        assert text.endswith("; set both")


def test_without_defaults_both_are_set_already() -> None:
    problems = errors.Problems()
    compute_resources.check(ResourceRequirements(requests={"cpu": "2"}, limits={"cpu": "1"}), problems)
    assert [one.reason for one in problems] == ["'2' is more than resources.limits.cpu '1'"]
