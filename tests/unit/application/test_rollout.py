"""`tau.application.rollout`: which Pods end before the new ones start."""

from typing import Any

import pytest

from tau import errors, fields
from tau.application import inputs as application_inputs
from tau.application import rollout
from tau.settings import Settings
from tau.types.app import Resources, TauApplicationArgs, Volume
from tau.types.postgres import NfsShare
from tests.unit.evaluation import evaluated

SHARE = NfsShare(server="nas", path="/data")
GPU = {"nvidia.com/gpu": "1"}


def strategy(**inputs: Any) -> str:
    """Type of the strategy for some inputs."""
    return str(evaluated(rollout.strategy(TauApplicationArgs(image="a:1", **inputs)))["type"])


def volumes(**parts: Any) -> dict[str, Any]:
    """Inputs with one volume."""
    return {"volumes": [Volume(mount_path="/data", **parts)]}


@pytest.mark.parametrize(
    "inputs",
    [
        {"strategy": "Recreate"},
        volumes(size="1Gi"),
        volumes(size="1Gi", read_only=True),
        volumes(existing_claim="a"),
        volumes(size="1Gi", access_modes=["ReadWriteMany"]),
        volumes(nfs=SHARE),
        volumes(nfs=SHARE) | {"replicas": 0},
        {"resources": Resources(limits=GPU)},
        {"resources": Resources(requests=GPU), "replicas": 2},
        {"pod_spec": {"hostNetwork": True}},
        {"pod_spec": {"containers": [{"name": "app", "ports": [{"containerPort": 1, "hostPort": 1}]}]}},
        {"pod_spec": {"containers": [{"name": "app", "resources": {"limits": GPU}}]}},
        {"pod_spec": fields.Deferred(handle={"hostNetwork": True})},
    ],
)
def test_the_old_pod_ends_first_where_two_are_too_many(inputs: dict[str, Any]) -> None:
    assert strategy(**inputs) == "Recreate"


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        volumes(empty_dir=True),
        volumes(nfs=SHARE, read_only=True),
        volumes(existing_claim="a", access_modes=["ReadOnlyMany"]),
        volumes(nfs=SHARE) | {"replicas": 2},
        volumes(size="1Gi", access_modes=["ReadWriteMany"]) | {"replicas": 2},
        volumes(nfs=SHARE) | {"strategy": "RollingUpdate"},
        {"resources": Resources(limits={"memory": "1Gi"})},
        {"resources": Resources(limits=GPU), "strategy": "RollingUpdate"},
        {"pod_spec": {"hostNetwork": False, "containers": None}},
    ],
)
def test_the_new_pod_starts_first_elsewhere(inputs: dict[str, Any]) -> None:
    assert strategy(**inputs) == "RollingUpdate"


def test_a_part_that_says_nothing_about_it_may_be_unknown() -> None:
    args = TauApplicationArgs(image="a:1", pod_spec={"serviceAccountName": fields.Deferred(handle="a")})
    assert not fields.contains_deferred(rollout.strategy(args))


def test_another_strategy_is_refused() -> None:
    problems = errors.Problems()
    args = TauApplicationArgs(image="a:1", strategy="Blue")
    application_inputs.check("shop", args, Settings(), problems)
    assert [str(one) for one in problems] == ["strategy: 'Blue' is unknown; use one of Recreate, RollingUpdate"]
