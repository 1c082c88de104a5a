"""What is wrong with the inputs: everything at once, by property path, with no secret and no stack trace."""

import pathlib
from typing import Any

import grpc
import pytest

from testbed.drive import property_map
from testbed.drive.deployment import Deployment

HIDDEN = "hunter2\tand more"


def test_all_problems_come_in_one_error_by_path(deployment: Deployment) -> None:
    refused = deployment.refused(
        "Instance",
        "main",
        {
            "name": "Main",
            "namespace": "a_b",
            "version": "9.6",
            "instances": 0,
            "storage": {"size": "10Gigabytes", "storageClass": "Long Horn"},
            "walStorage": {"size": "1Ki"},
            "resources": {"limits": {"memory": "lots"}, "requests": {"cpu": "-1"}},
            "parameters": {"max connections": "3"},
            "labels": {"cnpg.io/cluster": "x"},
            "clusterSpec": {"metadata": {}},
            "networkPolicy": {"operatorNamespace": "X"},
            "colour": "red",
        },
    )
    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.problems.keys() == {
        "name",
        "namespace",
        "version",
        "instances",
        "storage.size",
        "storage.storageClass",
        "walStorage.size",
        "resources.limits.memory",
        "resources.requests.cpu",
        'parameters["max connections"]',
        'labels["cnpg.io/cluster"]',
        "clusterSpec.metadata",
        "networkPolicy.operatorNamespace",
        "colour",
    }
    assert refused.message == f"{len(refused.problems)} problems with the inputs; nothing was changed"


@pytest.mark.parametrize(
    ("kind", "inputs", "path", "reason"),
    [
        ("Instance", {"instances": "two"}, "instances", '"two" is not a whole number'),
        ("Instance", {"instances": 1.5}, "instances", "1.5 is not a whole number"),
        ("Instance", {"instances": True}, "instances", "true is not a whole number"),
        ("Instance", {"superuserAccess": "yes"}, "superuserAccess", '"yes" is not true or false'),
        ("Instance", {"name": ["a"]}, "name", "is not text"),
        ("Instance", {"storage": "10Gi"}, "storage", '"10Gi" is not an object'),
        ("Instance", {"walStorage": 10}, "walStorage", "10 is not an object"),
        ("Instance", {"resources": "small"}, "resources", '"small" is not an object'),
        ("Instance", {"resources": {"limits": "1Gi"}}, "resources.limits", '"1Gi" is not an object'),
        ("Instance", {"networkPolicy": False}, "networkPolicy", "false is not an object"),
        ("Instance", {"networkPolicy": {"enabled": "no"}}, "networkPolicy.enabled", '"no" is not true or false'),
        ("Instance", {"parameters": ["a"]}, "parameters", "is not an object"),
        ("Instance", {"labels": "a=b"}, "labels", '"a=b" is not an object'),
        ("Instance", {"clusterSpec": "instances: 3"}, "clusterSpec", '"instances: 3" is not an object'),
        ("Instance", {"storage": {"sise": "1Gi"}}, "storage.sise", "did you mean `size`?"),
        ("Instance", {"instances": property_map.secret("two")}, "instances", "a secret is not a whole number"),
        ("Instance", {"version": property_map.secret("9")}, "version", "is not a supported PostgreSQL version"),
        ("Database", {"extensions": "pg_trgm"}, "extensions", '"pg_trgm" is not a list'),
        ("Database", {"extensions": ["a", {"b": 1}]}, "extensions[1]", "is not text"),
        ("Database", {"extensions": ["x", "x"]}, "extensions[1]", "'x' is listed twice"),
        ("Database", {"name": "postgres"}, "name", "is reserved: PostgreSQL creates this database itself"),
        ("Database", {"owner": "pg_monitor"}, "owner", "is reserved by PostgreSQL or CloudNativePG"),
        ("Database", {"owner": 1.5}, "owner", "1.5 is not text"),
        ("Database", {"owner": "template1"}, "owner", "is reserved by PostgreSQL or CloudNativePG"),
        ("Database", {"ownerAttributes": {"superuser": "yes"}}, "ownerAttributes.superuser", "is not true or false"),
        ("Database", {"ownerAttributes": {"inRoles": "a"}}, "ownerAttributes.inRoles", '"a" is not a list'),
        ("Database", {"ownerAttributes": {"inRoles": [{}]}}, "ownerAttributes.inRoles[0]", "is not text"),
        (
            "Database",
            {"ownerAttributes": {"inRoles": property_map.UNKNOWN}},
            "ownerAttributes.inRoles",
            "must be known during preview",
        ),
        (
            "Database",
            {"ownerAttributes": {"inRoles": [property_map.UNKNOWN]}},
            "ownerAttributes.inRoles[0]",
            "must be known during preview",
        ),
        ("Database", {"ownerAttributes": {"connectionLimit": "a"}}, "ownerAttributes.connectionLimit", "whole number"),
        ("Database", {"ownerAttributes": {"connectionLimit": 0}}, "ownerAttributes.connectionLimit", "out of range"),
        (
            "Database",
            {"clusterSpec": {"managed": {"roles": [{"name": "it", "superuser": True}]}}},
            "clusterSpec",
            "'it' is managed by `clusterSpec.managed.roles` of the Instance 'postgres-it' already",
        ),
        ("Database", {"resources": "small"}, "resources", '"small" is not an object'),
        ("Database", {"instance": "main", "version": "16"}, "version", "belongs to a dedicated instance"),
        ("Database", {"instance": "main", "clusterSpec": {"a": 1}}, "clusterSpec", "belongs to a dedicated instance"),
        ("Operator", {"version": "1.29.1"}, "version", "is too old; tau needs 1.30.0 or newer"),
        ("Operator", {"version": "newest"}, "version", "is not a version"),
        ("Operator", {"version": 1.5}, "version", "1.5 is not text"),
        ("Operator", {"namespace": 1.5}, "namespace", "1.5 is not text"),
        ("Operator", {"manifest": ["a"]}, "manifest", "is not text"),
        ("Operator", {"manifest": "https://", "barmanPlugin": {"enabled": False}}, "manifest", "cannot be read"),
        ("Operator", {"manifest": "http://a b/c", "barmanPlugin": {"enabled": False}}, "manifest", "cannot be read"),
        ("Operator", {"manifest": "nothing://x", "barmanPlugin": {"enabled": False}}, "manifest", "cannot be read"),
        ("Operator", {"install": False, "manifest": "x"}, "manifest", "is not used with `install: false`"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_a_bad_input_is_named_with_what_is_wrong(
    deployment: Deployment, kind: str, inputs: dict[str, Any], path: str, reason: str
) -> None:
    refused = deployment.refused(kind, "it", inputs)
    assert reason in refused.text
    assert path in (refused.problems or refused.text)
    assert ".py" not in refused.text
    assert "Traceback" not in refused.text


def test_a_resource_name_that_gives_no_good_name_says_to_set_one(deployment: Deployment) -> None:
    assert "set `name`" in deployment.refused("Instance", "Ünïcode!", {}).problems["name"]
    assert "set `name`" in deployment.refused("Database", "x" * 42, {}).problems["name"]


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("Database", {"password": property_map.secret(HIDDEN)}),
        ("Database", {"password": HIDDEN}),
        ("Database", {"password": property_map.secret({"value": HIDDEN})}),
        ("Database", {"password": property_map.secret("ok"), "namespace": property_map.secret(HIDDEN)}),
        ("Instance", {"labels": property_map.secret({"good": HIDDEN})}),
        ("Instance", {"labels": {"good": property_map.secret(HIDDEN)}}),
        ("Instance", {"storage": property_map.secret({"size": HIDDEN})}),
        ("Instance", {"storage": property_map.secret(HIDDEN)}),
        ("Instance", {"storage": property_map.output({"size": HIDDEN}, hidden=True)}),
        ("Instance", {"instances": property_map.output(HIDDEN, hidden=True)}),
        ("Instance", {"resources": property_map.secret({"limits": {"memory": HIDDEN}})}),
    ],
)
def test_a_secret_value_is_in_no_message(deployment: Deployment, kind: str, inputs: dict[str, Any]) -> None:
    """Not even by a path for which the engine would print the value."""
    refused = deployment.refused(kind, "it", inputs)
    assert "hunter2" not in refused.text
    assert list(inputs)[-1] in refused.message
    assert refused.problems == {}


def test_two_resources_that_make_the_same_object_are_refused_by_name(deployment: Deployment) -> None:
    deployment.construct("Instance", "first", {"name": "shared"})
    refused = deployment.refused("Instance", "second", {"name": "shared"})
    assert refused.problems == {
        "name": "Cluster default/shared is already created by the resource tau:postgres:Instance 'first'; "
        "choose another name"
    }


def test_two_databases_of_one_owner_are_refused(deployment: Deployment) -> None:
    deployment.construct("Database", "one", {"instance": "main", "owner": "ann"})
    refused = deployment.refused("Database", "two", {"instance": "main", "owner": "ann"})
    assert "tau:postgres:Database 'one'" in refused.problems["owner"]


def test_a_dedicated_instance_counts_like_any_other(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {})
    refused = deployment.refused("Instance", "shop", {})
    assert "tau:postgres:Database 'shop'" in refused.problems["name"]


def test_the_same_name_in_another_namespace_is_another_object(deployment: Deployment) -> None:
    deployment.construct("Instance", "one", {"name": "main", "namespace": "a"})
    deployment.construct("Instance", "two", {"name": "main", "namespace": "b"})


def test_a_later_deployment_may_use_the_name_for_another_resource(deployment: Deployment, preview: Deployment) -> None:
    deployment.construct("Instance", "one", {"name": "main"})
    preview.construct("Instance", "two", {"name": "main"})


def test_what_is_refused_does_not_keep_its_names(deployment: Deployment, tmp_path: pathlib.Path) -> None:
    deployment.refused("Instance", "one", {"name": "main", "instances": 0})
    deployment.construct("Instance", "two", {"name": "main"})
