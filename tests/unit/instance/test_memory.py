"""`tau.instance.memory`: reservations and PostgreSQL parameters that follow the memory of a server."""

import pytest
from hypothesis import given

from tau.instance import memory
from tau.values import quantity
from tests.unit import arguments


@pytest.mark.parametrize(
    ("limit", "request_"),
    [("512Mi", "128Mi"), ("64Mi", "64Mi"), ("256Mi", "128Mi"), ("4Gi", "1024Mi"), ("1G", "238Mi")],
)
def test_a_quarter_of_the_limit_is_reserved_but_at_least_128_mebibytes(limit: str, request_: str) -> None:
    assert memory.request(limit) == request_


def test_parameters_follow_the_limit() -> None:
    assert memory.parameters({"limits": {"memory": "4Gi"}, "requests": {"memory": "1Gi"}}) == {
        "shared_buffers": "1024MB",
        "effective_cache_size": "3072MB",
        "maintenance_work_mem": "256MB",
        "work_mem": "32MB",
    }


def test_buffers_stay_within_what_is_reserved() -> None:
    found = memory.parameters({"limits": {"memory": "4Gi"}, "requests": {"memory": "128Mi"}})
    assert found["shared_buffers"] == "128MB"


def test_small_servers_keep_usable_work_memory() -> None:
    found = memory.parameters({"limits": {"memory": "64Mi"}})
    assert (found["work_mem"], found["maintenance_work_mem"]) == ("4MB", "16MB")


def test_without_a_limit_parameters_follow_the_reservation() -> None:
    assert memory.parameters({"requests": {"memory": "1Gi"}})["shared_buffers"] == "256MB"


def test_without_any_memory_there_is_nothing_to_follow() -> None:
    assert memory.parameters({"requests": {"cpu": "1"}}) == {}


@given(limit=arguments.MEMORY)
def test_a_reservation_is_never_above_the_limit(limit: str) -> None:
    reserved, most = quantity.number(memory.request(limit)), quantity.number(limit)
    assert reserved is not None
    assert most is not None
    assert 0 < reserved <= most
