"""`tau.kubernetes.kinds.pod_spec`: one PodSpec over another."""

from typing import Any

import pytest

from tau import fields
from tau.kubernetes.kinds import pod_spec
from tests.unit.evaluation import evaluated

BASE: dict[str, Any] = {
    "containers": [{"name": "app", "image": "a:1", "env": [{"name": "A", "value": "1"}], "args": ["x", "y"]}],
    "securityContext": {"runAsNonRoot": True, "fsGroup": 1},
    "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "c"}}],
}


@pytest.mark.parametrize(
    ("override", "path", "expected"),
    [
        ({"securityContext": {"fsGroup": 2}}, ["securityContext"], {"runAsNonRoot": True, "fsGroup": 2}),
        ({"containers": [{"name": "app", "image": "b:2"}]}, ["containers", 0, "image"], "b:2"),
        ({"containers": [{"name": "app", "tty": True}]}, ["containers", 0, "args"], ["x", "y"]),
        ({"containers": [{"name": "app", "args": ["z"]}]}, ["containers", 0, "args"], ["z"]),
        ({"containers": [{"name": "side"}]}, ["containers", 1], {"name": "side"}),
        ({"initContainers": [{"name": "before"}]}, ["initContainers"], [{"name": "before"}]),
        ({"volumes": [{"name": "data", "emptyDir": {}}]}, ["volumes"], [{"name": "data", "emptyDir": {}}]),
        ({"volumes": [{"name": "more", "emptyDir": {}}]}, ["volumes", 1, "name"], "more"),
        (
            {"containers": [{"name": "app", "env": [{"name": "A", "valueFrom": {}}, {"name": "B", "value": "2"}]}]},
            ["containers", 0, "env"],
            [{"name": "A", "valueFrom": {}}, {"name": "B", "value": "2"}],
        ),
        ({"nodeSelector": {"disk": "ssd"}}, ["nodeSelector"], {"disk": "ssd"}),
    ],
)
def test_an_override_reaches_what_it_names_and_nothing_else(
    override: dict[str, Any], path: list[Any], expected: Any
) -> None:
    found: Any = pod_spec.merge(BASE, override)
    for key in path:
        found = found[key]
    assert found == expected


def test_what_is_not_known_yet_is_merged_once_it_is() -> None:
    containers = [{"name": "app", "env": fields.Deferred(handle=[{"name": "B", "value": "2"}])}]
    found = pod_spec.merge(BASE, {"containers": containers})
    assert found["securityContext"] == BASE["securityContext"]
    assert evaluated(found)["containers"][0]["env"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    unnamed = pod_spec.merge(BASE, {"containers": [fields.Deferred(handle={"name": "app", "image": "b:2"})]})
    assert evaluated(unnamed)["containers"][0]["image"] == "b:2"


def test_a_known_scalar_replaces_an_unknown_one_at_once() -> None:
    base = {"containers": [{"name": "app", "image": fields.Deferred(handle="a:1")}]}
    assert pod_spec.merge(base, {"containers": [{"name": "app", "image": "b:2"}]})["containers"][0]["image"] == "b:2"
