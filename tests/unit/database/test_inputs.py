"""Bad inputs of each resource: the property path, and a sentence that says what to do."""

from collections.abc import Callable
from typing import Any

import pytest

from tau import errors, fields
from tau.database import inputs as database_inputs
from tau.instance import inputs as instance_inputs
from tau.operator import objects as operator
from tau.types.postgres import (
    Backup,
    DatabaseArgs,
    InstanceArgs,
    NetworkPolicy,
    OperatorArgs,
    ResourceRequirements,
    Restore,
    Storage,
)

Case = tuple[dict[str, Any], str, str]


def resources(**parts: Any) -> dict[str, Any]:
    """Inputs with compute resources only."""
    return {"resources": ResourceRequirements(**parts)}


INSTANCE: dict[str, Case] = {
    "name in capitals": ({"name": "Main"}, "name", "use lower-case letters"),
    "name too long": ({"name": "a" * 51}, "name", "at most 50 are possible"),
    "name that starts with a digit": ({"name": "1main"}, "name", "start with a letter"),
    "name that is empty": ({"name": ""}, "name", "use lower-case letters"),
    "name with a password-like character": ({"name": "pa$$word"}, "name", "use lower-case letters"),
    "name with a trailing line break": ({"name": "main\n"}, "name", "use lower-case letters"),
    "namespace with a dot": ({"namespace": "my.apps"}, "namespace", "use lower-case letters"),
    "version that is too old": ({"version": "13"}, "version", "use `14` to `18`"),
    "version that does not exist": ({"version": "19"}, "version", "use `14` to `18`"),
    "version in words": ({"version": "latest"}, "version", "use `14` to `18`"),
    "image without a tag": ({"image": "postgresql"}, "image", "such as `registry/postgresql:15.14`"),
    "image with a tag in words": ({"image": "postgresql:latest"}, "image", "such as `registry/postgresql:15.14`"),
    "image of another version": ({"image": "postgresql:15", "version": "16"}, "version", "remove one"),
    "no instances": ({"instances": 0}, "instances", "use 1 to 9"),
    "negative instances": ({"instances": -1}, "instances", "use 1 to 9"),
    "too many instances": ({"instances": 10}, "instances", "use 1 to 9"),
    "size without a unit": ({"storage": Storage(size="10")}, "storage.size", "use for example `10Gi`"),
    "size in words": ({"storage": Storage(size="ten")}, "storage.size", "use for example `10Gi`"),
    "size that is negative": ({"storage": Storage(size="-1Gi")}, "storage.size", "use for example `10Gi`"),
    "storage class in capitals": ({"storage": Storage(storage_class="Fast")}, "storage.storageClass", "use lower-case"),
    "log volume too small": ({"wal_storage": Storage(size="1Mi")}, "walStorage.size", "at least `256Mi` are needed"),
    "log storage class": ({"wal_storage": Storage(storage_class="a b")}, "walStorage.storageClass", "use lower-case"),
    "memory too small": (resources(limits={"memory": "1Mi"}), "resources.limits.memory", "at least `64Mi` are needed"),
    "memory in words": (resources(limits={"memory": "much"}), "resources.limits.memory", "use for example `512Mi`"),
    "cpu in words": (resources(requests={"cpu": "half"}), "resources.requests.cpu", "use for example `500m`"),
    "cpu of zero": (resources(requests={"cpu": "0"}), "resources.requests.cpu", "must be more than zero"),
    "unit of the wrong case": (resources(requests={"memory": "1gi"}), "resources.requests.memory", "`512Mi`"),
    "request above the limit": (
        resources(requests={"memory": "2Gi"}, limits={"memory": "1Gi"}),
        "resources.requests.memory",
        "is more than resources.limits.memory '1Gi'; set both",
    ),
    "request above the default limit": (
        resources(requests={"memory": "1Gi"}),
        "resources.requests.memory",
        "is more than resources.limits.memory '512Mi'; set both",
    ),
    "limit below the default request": (
        resources(limits={"cpu": "20m"}),
        "resources.requests.cpu",
        "is more than resources.limits.cpu '20m'; set both",
    ),
    "other resource": (
        resources(limits={"example.com/gpu": "one"}),
        'resources.limits["example.com/gpu"]',
        "use for example `500m`",
    ),
    "parameter with a space": ({"parameters": {"work mem": "1"}}, 'parameters["work mem"]', "for example `work_mem`"),
    "label key with a space": ({"labels": {"a b": "c"}}, 'labels["a b"]', "use `name` or `example.com/name`"),
    "label key with an empty prefix": ({"labels": {"/a": "c"}}, 'labels["/a"]', "use `name` or `example.com/name`"),
    "label key too long": ({"labels": {"a" * 64: "c"}}, f'labels["{"a" * 64}"]', "use `name`"),
    "label value with a space": ({"labels": {"a": "b c"}}, 'labels["a"]', "use at most 63 letters"),
    "label of the operator": ({"labels": {"cnpg.io/x": "c"}}, 'labels["cnpg.io/x"]', "set what it stands for"),
    "annotation of the operator": (
        {"annotations": {"alpha.cnpg.io/x": "c"}},
        'annotations["alpha.cnpg.io/x"]',
        "set what it stands for in `clusterSpec`",
    ),
    "operator's namespace": (
        {"network_policy": NetworkPolicy(operator_namespace="A")},
        "networkPolicy.operatorNamespace",
        "use lower-case letters",
    ),
    "metadata in the spec": ({"cluster_spec": {"metadata": {}}}, "clusterSpec.metadata", "use `name`, `labels`"),
    "spec in the spec": ({"cluster_spec": {"spec": {}}}, "clusterSpec.spec", "directly under `clusterSpec`"),
    "kind in the spec": ({"cluster_spec": {"kind": "Cluster"}}, "clusterSpec.kind", "remove it"),
    "no storage": ({"cluster_spec": {"storage": None}}, "clusterSpec.storage", "a Cluster needs it"),
    "no bootstrap": ({"cluster_spec": {"bootstrap": None}}, "clusterSpec.bootstrap", "a Cluster needs it"),
    "no image": ({"cluster_spec": {"imageName": None}}, "clusterSpec.imageName", "`imageCatalogRef`"),
    "a catalog without a version": (
        {"cluster_spec": {"imageCatalogRef": {"name": "a"}}},
        "clusterSpec.imageCatalogRef.major",
        "is not set",
    ),
    "a catalog beside another version": (
        {"version": "17", "cluster_spec": {"imageCatalogRef": {"name": "a", "major": 18}}},
        "version",
        "is not the version of `clusterSpec.imageCatalogRef`",
    ),
}
DATABASE: dict[str, Case] = {
    "name that is empty": ({"name": ""}, "name", "use letters, digits"),
    "name with a quote": ({"name": 'a"b'}, "name", "use letters, digits"),
    "name with password-like characters": ({"name": "p@ss:w/rd"}, "name", "use letters, digits"),
    "name without a letter": ({"name": "_", "instance": "main"}, "name", "use at least one"),
    "name too long": ({"name": "a" * 64, "instance": "main"}, "name", "PostgreSQL allows 63"),
    "name too long for an instance": ({"name": "a" * 42}, "name", "at most 50 are possible"),
    "database of PostgreSQL": ({"name": "template1"}, "name", "choose another name"),
    "role of PostgreSQL": ({"name": "pg_shop"}, "name", "choose another name"),
    "role of PostgreSQL beside an owner": ({"name": "pg_shop", "owner": "app"}, "name", "choose another name"),
    "unknown name beside an owner": (
        {"name": fields.Deferred(handle=None), "owner": "app"},
        "name",
        "use a literal value",
    ),
    "owner that is the superuser": ({"owner": "postgres"}, "owner", "choose another name"),
    "owner of the operator": ({"owner": "streaming_replica"}, "owner", "choose another name"),
    "owner that is empty": ({"owner": ""}, "owner", "use letters, digits"),
    "password that is empty": ({"password": ""}, "password", "must not be empty"),
    "password with a line break": ({"password": "a\nb"}, "password", "without line breaks"),
    "password that is a hash": ({"password": "md5" + "0" * 32}, "password", "use the password itself"),
    "namespace in capitals": ({"namespace": "Apps"}, "namespace", "use lower-case letters"),
    "instance in capitals": ({"instance": "Main"}, "instance", "use lower-case letters"),
    "backups on a shared instance": ({"instance": "main", "backup": Backup()}, "backup", "set it on that Instance"),
    "restore on a shared instance": ({"instance": "main", "restore": Restore()}, "restore", "set it on that Instance"),
    "extension with a space": ({"extensions": ["pg trgm"]}, "extensions[0]", "use for example `pg_trgm`"),
    "extension named twice": ({"extensions": ["citext", "citext"]}, "extensions[1]", "remove one"),
    "size too small": ({"storage_size": "1Ki"}, "storageSize", "at least `256Mi` are needed"),
    "size on a shared instance": (
        {"instance": "main", "storage_size": "1Gi"},
        "storageSize",
        "set it on that Instance instead",
    ),
    "version on a shared instance": ({"instance": "main", "version": "16"}, "version", "set it on that Instance"),
    "resources on a shared instance": (
        {"instance": "main"} | resources(limits={"memory": "1Gi"}),
        "resources",
        "set it on that Instance instead",
    ),
    "spec on a shared instance": (
        {"instance": "main", "cluster_spec": {}},
        "clusterSpec",
        "set it on that Instance instead",
    ),
    "version that does not exist": ({"version": "8"}, "version", "use `14` to `18`"),
    "spec in the spec": ({"cluster_spec": {"apiVersion": "v1"}}, "clusterSpec.apiVersion", "remove it"),
    "memory in words": (resources(requests={"memory": "some"}), "resources.requests.memory", "`512Mi`"),
}
OPERATOR: dict[str, Case] = {
    "namespace in capitals": ({"namespace": "Operators"}, "namespace", "use lower-case letters"),
    "version in words": ({"version": "latest"}, "version", "use for example `1.30.0`"),
    "version without a patch": ({"version": "1.30"}, "version", "use for example `1.30.0`"),
    "version as a tag": ({"version": "v1.30.0"}, "version", "use for example `1.30.0`"),
    "version that is too old": ({"version": "1.29.1"}, "version", "tau needs 1.30.0 or newer"),
    "manifest that is not used": ({"install": False, "manifest": "a.yaml"}, "manifest", "remove one"),
}


def problems_of(check: Callable[..., None], *arguments: Any) -> list[errors.Problem]:
    """Everything a check notes."""
    problems = errors.Problems()
    check(*arguments, problems)
    return list(problems)


def cases(table: dict[str, Case]) -> pytest.MarkDecorator:
    """A test for each line of a table."""
    return pytest.mark.parametrize(("inputs", "path", "says"), table.values(), ids=table.keys())


@cases(INSTANCE)
def test_of_an_instance(inputs: dict[str, Any], path: str, says: str) -> None:
    [problem] = problems_of(instance_inputs.check, "main", InstanceArgs(**inputs))
    assert problem.path == path
    assert says in problem.reason


@cases(DATABASE)
def test_of_a_database(inputs: dict[str, Any], path: str, says: str) -> None:
    [problem] = problems_of(database_inputs.check, "shop", DatabaseArgs(**inputs))
    assert problem.path == path
    assert says in problem.reason


@cases(OPERATOR)
def test_of_an_operator(inputs: dict[str, Any], path: str, says: str) -> None:
    [problem] = problems_of(operator.check, OperatorArgs(**inputs))
    assert problem.path == path
    assert says in problem.reason


@pytest.mark.parametrize("resource", ["Main", "a" * 42, "main.db", "x" * 60])
def test_a_resource_name_that_makes_no_instance_name_asks_for_one(resource: str) -> None:
    problems = problems_of(instance_inputs.check, resource, InstanceArgs())
    assert [problem.path for problem in problems] == (["name"] if len(resource) > 41 else [])
    assert all(problem.reason.endswith("; set `name`") for problem in problems)
    assert problems_of(instance_inputs.check, resource, InstanceArgs(name="main")) == []


@pytest.mark.parametrize("resource", ["my shop", ".", "postgres", "pg_shop", "shop/eu"])
def test_a_resource_name_that_makes_no_database_name_asks_for_one(resource: str) -> None:
    [problem] = problems_of(database_inputs.check, resource, DatabaseArgs())
    assert problem.path == "name"
    assert problem.reason.startswith(f"{resource!r}, the resource name, ")
    assert problem.reason.endswith("; or set `name`")
    assert problems_of(database_inputs.check, resource, DatabaseArgs(name="shop")) == []


def test_everything_wrong_is_told_together() -> None:
    args = InstanceArgs(name="A", namespace="B", version="1", instances=0, storage=Storage(size="x"), labels={" ": " "})
    paths = [problem.path for problem in problems_of(instance_inputs.check, "main", args)]
    assert paths == ["name", "namespace", "version", "instances", "storage.size", 'labels[" "]', 'labels[" "]']


@pytest.mark.parametrize("hidden", ["", "s3cret\n", "md5s3cret"])
def test_a_bad_password_is_not_shown(hidden: str) -> None:
    for password in (hidden, fields.Secret(handle=None, value=hidden)):
        [problem] = problems_of(database_inputs.check, "shop", DatabaseArgs(password=password))
        assert "s3cret" not in problem.reason
        assert problem.secret == isinstance(password, fields.Secret)


def test_values_that_are_not_known_yet_are_not_judged() -> None:
    later: Any = fields.Deferred(handle=None)
    instance = InstanceArgs(
        name=later,
        namespace=later,
        version=later,
        image=later,
        instances=later,
        storage=Storage(size=later, storage_class=later),
        resources=ResourceRequirements(requests={"memory": later}, limits=later),
        parameters=later,
        labels=later,
        annotations=later,
        cluster_spec=later,
        network_policy=NetworkPolicy(operator_namespace=later),
    )
    assert problems_of(instance_inputs.check, "main", instance) == []
    database = DatabaseArgs(name=later, namespace=later, password=later, extensions=later, storage_size=later)
    assert problems_of(database_inputs.check, "shop", database) == []
    within = InstanceArgs(
        resources=ResourceRequirements(requests={"memory": later}, limits={"memory": "1Gi"}), labels={"a": later}
    )
    assert problems_of(instance_inputs.check, "main", within) == []


def test_without_inputs_nothing_is_wrong() -> None:
    assert problems_of(instance_inputs.check, "main", InstanceArgs()) == []
    assert problems_of(database_inputs.check, "shop", DatabaseArgs()) == []
    assert problems_of(operator.check, OperatorArgs()) == []
