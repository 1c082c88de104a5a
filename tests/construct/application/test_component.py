"""TauApplication: its children, in which order they come and go, and the outputs."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from testbed.drive import fake_monitor, property_map
from testbed.drive.deployment import Deployment
from tests.construct import order
from tests.construct.fake_kubernetes import FakeKubernetes

APP = "TauApplication"
HTTP = [{"port": 8080}]
WHOLE: dict[str, Any] = {
    "namespace": "apps",
    "image": "shop:1",
    "ports": HTTP,
    "database": {},
    "configFiles": {"/etc/shop.yml": "a: b"},
    "secretEnv": {"KEY": "hunter2"},
    "volumes": [
        {"mountPath": "/data", "size": "1Gi"},
        {"mountPath": "/media", "nfs": {"server": "nas", "path": "/media"}},
    ],
    "ingress": {"host": "shop.example"},
    "verticalPodAutoscaler": {},
}
OWN = {
    "shop-namespace": "tau:app:Namespace",
    "shop-data": "kubernetes:core/v1:PersistentVolumeClaim",
    "shop-media-share": "kubernetes:core/v1:PersistentVolume",
    "shop-media": "kubernetes:core/v1:PersistentVolumeClaim",
    "shop-tau-database-ca": "kubernetes:core/v1:ConfigMap",
    "shop-config": "kubernetes:core/v1:ConfigMap",
    "shop-secret": "kubernetes:core/v1:Secret",
    "shop-service": "kubernetes:core/v1:Service",
    "shop-ingress": "kubernetes:networking.k8s.io/v1:Ingress",
    "shop-deployment": "kubernetes:apps/v1:Deployment",
    "shop-deployment-ready": "tau:postgres:Readiness",
    "shop-autoscaler": "kubernetes:autoscaling.k8s.io/v1:VerticalPodAutoscaler",
}


def children(deployment: Deployment, parent: str) -> dict[str, str]:
    """Name and type of the custom resources right below a component."""
    found = [one.request for one in deployment.monitor.registered if one.request.custom]
    return {one.name: one.type for one in found if one.parent == parent}


def template(deployment: Deployment) -> Any:
    """The Pods' template."""
    return deployment.monitor.find("shop-deployment").inputs["spec"]["template"]


def test_children_have_stable_names_and_types(deployment: Deployment) -> None:
    response = deployment.construct(APP, "shop", WHOLE)
    assert children(deployment, response.urn) == OWN
    database = deployment.monitor.find("shop", "tau:postgres:Database")
    assert database.request.parent == response.urn
    assert "shop-connection" in children(deployment, database.urn)


@pytest.mark.parametrize("mode", ["deployment", "preview"])
@pytest.mark.parametrize("kind", [{"size": "1Gi"}, {"emptyDir": True}, {"nfs": {"server": "nas", "path": "/m"}}])
@pytest.mark.parametrize("path", ["/config", "/secret"])
def test_a_volume_may_be_called_as_an_object_of_tau(
    request: pytest.FixtureRequest, mode: str, kind: dict[str, Any], path: str
) -> None:
    volumes = [{"mountPath": path, **kind}]
    files = {"configFiles": {"/app/settings.yml": "a: b"}, "secretEnv": {"TOKEN": "abc"}}
    deployment = request.getfixturevalue(mode)
    deployment.construct(APP, "shop", {"image": "shop:1", "volumes": volumes, **files})
    config = deployment.monitor.find("shop-config", "kubernetes:core/v1:ConfigMap")
    assert list(config.inputs["data"].values()) == ["a: b"]
    assert "TOKEN" in str(deployment.monitor.find("shop-secret", "kubernetes:core/v1:Secret").inputs)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, set()),
        ({"image": "shop:1"}, {"shop-deployment", "shop-deployment-ready"}),
        ({"namespace": "apps"}, {"shop-namespace"}),
        ({"namespace": "apps", "createNamespace": False, "ports": HTTP}, {"shop-service"}),
    ],
)
def test_nothing_is_made_that_nobody_asked_for(
    deployment: Deployment, inputs: dict[str, Any], expected: set[str]
) -> None:
    response = deployment.construct(APP, "shop", inputs)
    assert children(deployment, response.urn).keys() == expected


@pytest.mark.parametrize(
    ("first", "second", "path", "told"),
    [
        ({"name": "a", "owner": "s"}, {"name": "b", "owner": "s"}, "databases.main.owner", "a role belongs to one"),
        ({"name": "a", "owner": "b"}, {"name": "b"}, "databases.main.owner", "a role belongs to one database"),
        ({"name": "a"}, {"name": "b", "owner": "a"}, "databases.main.owner", "a role belongs to one database"),
        ({"name": "a-b"}, {"name": "a_b"}, "databases.main.name", "choose another name"),
        ({"name": "a"}, {"name": "a"}, "databases.main.name", "choose another name"),
    ],
)
def test_two_databases_of_one_application_share_nothing(
    preview: Deployment, first: dict[str, Any], second: dict[str, Any], path: str, told: str
) -> None:
    databases = {"log": {"instance": "arr", **first}, "main": {"instance": "arr", **second}}
    refused = preview.refused(APP, "shop", {"databases": databases})
    assert "already created by the resource tau:app:TauApplication 'shop' (`databases.log`)" in refused.problems[path]
    assert told in refused.problems[path]


def test_one_login_may_use_two_databases(deployment: Deployment) -> None:
    databases = {"log": {"instance": "arr"}, "main": {"instance": "arr", "ownerAttributes": {"inRoles": ["shop-log"]}}}
    deployment.construct(APP, "shop", {"databases": databases})
    role = deployment.monitor.find("shop-main-owner").inputs["spec"]
    assert (role["name"], role["inRoles"]) == ("shop-main", ["shop-log"])


def test_the_namespace_comes_before_everything_in_it(deployment: Deployment) -> None:
    deployment.construct(APP, "shop", WHOLE)
    for one in deployment.monitor.registered:
        outside = ("RoleCredential", "tau:app:Namespace")
        if one.request.custom and not one.request.type.endswith(outside):
            assert order.comes_after(deployment.monitor, one.request.name, "shop-namespace"), one.request.name


def test_the_workload_comes_after_all_that_it_uses(deployment: Deployment) -> None:
    deployment.construct(APP, "shop", WHOLE)
    for earlier in ("shop-database-ready", "shop-connection", "shop-config", "shop-secret", "shop-data", "shop-media"):
        assert order.comes_after(deployment.monitor, "shop-deployment", earlier), earlier


def test_a_replaced_secret_does_not_replace_the_deployment(deployment: Deployment) -> None:
    """The engine replaces what has properties from a resource that is deleted before it is made anew."""
    deployment.construct(APP, "shop", WHOLE)
    request = deployment.monitor.find("shop-deployment").request
    replaceable = {one.urn for one in deployment.monitor.registered if one.request.type.startswith("kubernetes:")}
    sources = {urn for one in request.propertyDependencies.values() for urn in one.urns}
    assert sources & replaceable == set()


def test_the_pods_are_rolled_by_a_new_password_a_file_and_a_secret_of_others(
    deployment: Deployment, cluster: FakeKubernetes
) -> None:
    def checksum(inputs: Mapping[str, Any]) -> Any:
        made = Deployment(
            deployment.plugin,
            fake_monitor.FakeMonitor(),
            config={"kubernetes:kubeconfig": cluster.kubeconfig},
        )
        with made.monitor.serving():
            made.construct(APP, "shop", {"image": "shop:1", **inputs})
            return template(made)["metadata"].get("annotations")

    cluster.put_storage_classes("longhorn")
    reference = {"env": {"A": {"secretKeyRef": {"name": "foreign", "key": "k"}}}}
    found = [
        checksum({}),
        checksum({"database": {"password": "one"}}),
        checksum({"database": {"password": "two"}}),
        checksum({"configFiles": {"/a": "1"}}),
        checksum({"configFiles": {"/a": "2"}}),
    ]
    cluster.put("v1", "secrets", "foreign", "default", data={"k": "b25l"})
    found.append(checksum(reference))
    cluster.put("v1", "secrets", "foreign", "default", data={"k": "dHdv"})
    found.append(checksum(reference))
    assert found[0] is None
    assert len({json.dumps(one) for one in found}) == len(found)


def test_the_labels_are_on_the_objects_of_the_databases_too(deployment: Deployment) -> None:
    deployment.construct(APP, "shop", {"database": {}, "labels": {"team": "home"}})
    objects = [one for one in deployment.monitor.registered if one.request.type.startswith("kubernetes:")]
    assert len(objects) > 5
    for one in objects:
        labels = one.inputs["metadata"]["labels"]
        assert (labels["app"], labels["app.kubernetes.io/part-of"], labels["team"]) == ("shop", "shop", "home")
    cluster = deployment.monitor.find("shop-cluster").inputs
    assert cluster["metadata"]["labels"]["app.kubernetes.io/name"] == "postgresql"
    assert "app" not in cluster["spec"]["inheritedMetadata"]["labels"], "a Service of the application would find them"


def test_outputs_are_for_a_deployment_of_ones_own(deployment: Deployment) -> None:
    inputs = {key: value for key, value in WHOLE.items() if key != "image"} | {"databases": {"main": {}}}
    del inputs["database"]
    response = deployment.construct(APP, "shop", inputs)
    state = property_map.plain(response.state)
    assert {one["name"] for one in state["environment"]} >= {"MAIN_DATABASE_URL", "MAIN_DB_PASSWORD", "KEY"}
    assert {one["name"] for one in state["volumes"]} == {"data", "media", "config-files"}
    assert {one["mountPath"] for one in state["volumeMounts"]} == {"/data", "/media", "/etc/shop.yml"}
    assert state["secretNames"] == ["postgres-shop-main-shop-main-connection", "shop-secret"]
    assert (state["namespace"], state["serviceName"], state["url"]) == ("apps", "shop", "https://shop.example")
    assert state["databases"]["main"]["host"] == "postgres-shop-main-rw.apps.svc"
    service = deployment.monitor.find("shop-service").inputs["spec"]["selector"]
    assert service.items() <= state["labels"].items()
    assert state == deployment.monitor.outputs[response.urn]


def test_outputs_come_after_what_makes_them_true(deployment: Deployment) -> None:
    response = deployment.construct(APP, "shop", WHOLE)
    ready = deployment.monitor.find("shop-deployment-ready").urn
    assert {name for name, one in response.stateDependencies.items() if ready not in one.urns} == set()


@pytest.mark.parametrize("given", [{"KEY": "hunter2"}, property_map.secret({"KEY": "hunter2"})])
def test_no_output_holds_a_credential(deployment: Deployment, given: Any) -> None:
    response = deployment.construct(APP, "shop", WHOLE | {"secretEnv": given, "secretFiles": {"/k": "hunter2"}})
    for needle in ("hunter2", fake_monitor.GENERATED_PASSWORD):
        assert needle not in json.dumps(property_map.plain(response.state))
        for one in deployment.monitor.registered:
            assert needle not in property_map.open_text(one.request.object)


def test_the_deployment_shows_that_it_changes_without_what_changed(deployment: Deployment) -> None:
    deployment.construct(APP, "shop", WHOLE)
    request = deployment.monitor.find("shop-deployment").request
    assert not property_map.is_secret(request.object, "spec")
    assert len(template(deployment)["metadata"]["annotations"]["checksum/config"]) == 32


@pytest.mark.parametrize(
    "inputs",
    [
        {"image": property_map.UNKNOWN},
        {"namespace": property_map.UNKNOWN},
        {"name": property_map.UNKNOWN},
        {"replicas": property_map.UNKNOWN},
        {"labels": {"team": property_map.UNKNOWN}},
        {"env": {"A": property_map.UNKNOWN, "B": {"secretKeyRef": {"name": property_map.UNKNOWN, "key": "k"}}}},
        {"secretEnv": {"KEY": property_map.UNKNOWN}},
        {"configFiles": {"/etc/shop.yml": property_map.UNKNOWN}},
        {"volumes": [{"mountPath": "/data", "size": property_map.UNKNOWN}]},
        {"ingress": {"host": property_map.UNKNOWN, "annotations": property_map.UNKNOWN}},
        {"ports": [{"port": property_map.UNKNOWN}]},
        {"database": {"storageSize": property_map.UNKNOWN, "version": property_map.UNKNOWN}},
        {"databases": {"main": {"instance": property_map.UNKNOWN, "name": property_map.UNKNOWN}}},
        {"resources": {"limits": {"memory": property_map.UNKNOWN}}},
        {"podSpec": property_map.UNKNOWN},
        {"podSpec": {"containers": property_map.UNKNOWN}},
    ],
    ids=lambda value: "+".join(value),
)
def test_the_children_do_not_depend_on_what_is_unknown(
    deployment: Deployment, preview: Deployment, inputs: dict[str, Any]
) -> None:
    options: dict[str, Any] = {}
    if "namespace" in inputs:
        options = {"inputDependencies": {"namespace": {"urns": ["urn:a"]}}}
    base = {"namespace": "apps", "image": "shop:1", "ports": HTTP}
    deployment.construct(APP, "shop", base | _known(inputs), **options)
    preview.construct(APP, "shop", base | inputs, **options)
    assert preview.monitor.names == deployment.monitor.names
    assert property_map.UNKNOWN in json.dumps([one.inputs for one in preview.monitor.registered])


def _known(value: Any, name: str = "") -> Any:
    known: dict[str, Any] = {"replicas": 2, "port": 8080, "size": "1Gi", "annotations": {}, "podSpec": {}}
    known |= {"memory": "1Gi", "storageSize": "1Gi", "version": "17", "containers": [], "namespace": "apps"}
    if isinstance(value, dict):
        return {key: _known(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item, name) for item in value]
    return known.get(name, "known") if value == property_map.UNKNOWN else value


@pytest.mark.parametrize(
    "name", ["ports", "volumes", "configFiles", "secretEnv", "databases", "ingresses", "createNamespace"]
)
def test_what_decides_the_children_must_be_known(preview: Deployment, name: str) -> None:
    refused = preview.refused(APP, "shop", {name: property_map.UNKNOWN})
    assert "must be known during preview" in refused.problems[name]


def test_only_what_is_unknown_is_unknown(preview: Deployment) -> None:
    preview.construct(APP, "shop", WHOLE | {"image": property_map.UNKNOWN, "ingress": {"host": property_map.UNKNOWN}})
    spec = preview.monitor.find("shop-deployment").inputs["spec"]
    container = spec["template"]["spec"]["containers"][0]
    assert container["image"] == property_map.UNKNOWN
    assert property_map.UNKNOWN not in json.dumps({**container, "image": ""})
    assert spec["replicas"] == 1
    assert property_map.UNKNOWN not in json.dumps(preview.monitor.find("shop-service").inputs)


def test_problems_of_databases_have_their_whole_path(deployment: Deployment) -> None:
    inputs = {
        "namespace": "Apps",
        "databases": {
            "main": {"version": "9", "owner": "pg_me"},
            "old": {"instance": "shared", "storageSize": "1Gi", "backup": {"schedule": "daily"}},
        },
    }
    refused = deployment.refused(APP, "shop", inputs)
    assert {"namespace", "databases.main.version", "databases.main.owner", "databases.old.storageSize"} <= (
        refused.problems.keys()
    )
    assert any(path.startswith("databases.old.backup") for path in refused.problems)
    assert not [path for path in refused.problems if path.startswith("databases") and path.endswith("namespace")]


@pytest.mark.parametrize(
    ("inputs", "path", "reason"),
    [
        ({"image": 1.5}, "image", "1.5 is not text"),
        ({"env": {"A": True}}, "env.A", "true is not text; put it in quotes"),
        ({"env": {"A": [1]}}, "env.A", "is not text"),
        ({"env": {"A": {"secretRef": {}}}}, "env.A.secretRef", "unknown property"),
        ({"ports": 8080}, "ports", "8080 is not a list"),
        ({"ports": [8080]}, "ports[0]", "8080 is not an object"),
        ({"ports": [{"prot": 1}]}, "ports[0].prot", "did you mean `port`?"),
        ({"volumes": [{"size": "1Gi"}]}, "volumes[0].mountPath", "is required"),
        ({"database": True}, "database", "true is not an object"),
        ({"databases": ["main"]}, "databases", "is not an object"),
        ({"domain": "x"}, "domain", "unknown property"),
    ],
)
def test_inputs_of_a_wrong_type_are_refused(
    deployment: Deployment, inputs: dict[str, Any], path: str, reason: str
) -> None:
    assert reason in deployment.refused(APP, "shop", inputs).problems[path]


def test_two_applications_of_one_namespace_both_see_to_it(deployment: Deployment) -> None:
    deployment.construct(APP, "shop", {"namespace": "apps", "ports": HTTP})
    deployment.construct(APP, "wiki", {"namespace": "apps", "ports": HTTP})
    assert {"shop-namespace", "wiki-namespace"} <= deployment.monitor.names


def test_two_applications_of_one_name_are_refused(deployment: Deployment) -> None:
    deployment.construct(APP, "one", {"name": "shop", "namespace": "apps"})
    refused = deployment.refused(APP, "two", {"name": "shop", "namespace": "apps"})
    assert "tau:app:TauApplication 'one'" in refused.problems["name"]
    deployment.construct(APP, "three", {"name": "shop", "namespace": "other"})


@pytest.mark.parametrize(
    ("ignored", "child", "translated"),
    [
        ("replicas", "shop-deployment", "spec.replicas"),
        ("image", "shop-deployment", "spec.template.spec.containers[0].image"),
        ("resources.limits", "shop-deployment", "spec.template.spec.containers[0].resources.limits"),
        ("labels", "shop-service", "metadata.labels"),
        ("database.storageSize", "shop-cluster", "spec.storage.size"),
        ("database.extensions", "shop-database", "spec.extensions"),
    ],
)
def test_ignored_inputs_become_those_of_the_children(
    deployment: Deployment, ignored: str, child: str, translated: str
) -> None:
    deployment.construct(APP, "shop", WHOLE, ignoreChanges=[ignored])
    assert translated in deployment.monitor.find(child).request.ignoreChanges


@pytest.fixture
def up(deployment: Deployment, cluster: FakeKubernetes) -> Deployment:
    cluster.put_storage_classes("longhorn", "ssd")
    return Deployment(deployment.plugin, deployment.monitor, config={"kubernetes:kubeconfig": cluster.kubeconfig})


def test_a_server_in_another_namespace_is_refused_once(up: Deployment, cluster: FakeKubernetes) -> None:
    cluster.put_cluster("shared", namespace="databases", spec={"instances": 1})
    on = {"instance": "shared"}
    refused = up.refused(APP, "shop", {"namespace": "apps", "databases": {"main": on, "old": on}})
    assert refused.problems.keys() == {"namespace"}
    assert "'apps' is not the namespace of instance 'shared', which is in 'databases'" in refused.problems["namespace"]


def test_the_container_gets_the_certificate_of_its_databases_server(deployment: Deployment) -> None:
    deployment.construct(APP, "shop", {"namespace": "apps", "image": "shop:1", "database": {}})
    written = deployment.monitor.find("shop-tau-database-ca").inputs
    assert written["metadata"]["name"] == "shop-database-ca"
    assert written["data"] == {"ca.crt": fake_monitor.CA_CERTIFICATE}
    (volume,) = template(deployment)["spec"]["volumes"]
    assert volume["configMap"]["name"] == "shop-database-ca"
