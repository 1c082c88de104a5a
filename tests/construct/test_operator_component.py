"""Operator: children, their order, and what stays when it goes."""

import pathlib

import pytest

from tests.construct import order, plugin
from tests.construct.deployment import Deployment

OPERATOR = "tau:postgres:Operator"


def test_every_object_of_the_manifest_becomes_a_child_under_a_stable_name(
    deployment: Deployment, manifest: pathlib.Path
) -> None:
    response = deployment.construct("Operator", "postgres", {"manifest": str(manifest)})
    found = {one.request.name: one.request.type for one in deployment.monitor.registered}
    assert found == {
        "postgres": "tau:postgres:Operator",
        "postgres-namespace-cnpg-system": "kubernetes:core/v1:Namespace",
        "postgres-customresourcedefinition-clusters.postgresql.cnpg.io": (
            "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
        ),
        "postgres-serviceaccount-cnpg-manager": "kubernetes:core/v1:ServiceAccount",
        "postgres-clusterrolebinding-cnpg-manager-rolebinding": (
            "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
        ),
        "postgres-service-cnpg-webhook-service": "kubernetes:core/v1:Service",
        "postgres-deployment-cnpg-controller-manager": "kubernetes:apps/v1:Deployment",
        "postgres-validatingwebhookconfiguration-cnpg-validating-webhook-configuration": (
            "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration"
        ),
        "postgres-ready": "tau:postgres:Readiness",
    }
    assert {one.request.parent for one in deployment.monitor.registered if one.request.custom} == {response.urn}


def test_objects_come_after_what_they_need(deployment: Deployment, manifest: pathlib.Path) -> None:
    deployment.construct("Operator", "postgres", {"manifest": str(manifest)})
    for later, earlier in (
        ("postgres-serviceaccount-cnpg-manager", "postgres-namespace-cnpg-system"),
        ("postgres-clusterrolebinding-cnpg-manager-rolebinding", "postgres-serviceaccount-cnpg-manager"),
        ("postgres-deployment-cnpg-controller-manager", "postgres-clusterrolebinding-cnpg-manager-rolebinding"),
        ("postgres-ready", "postgres-deployment-cnpg-controller-manager"),
        ("postgres-ready", "postgres-service-cnpg-webhook-service"),
    ):
        assert order.comes_after(deployment.monitor, later, earlier), f"{later} does not come after {earlier}"


def test_custom_resource_definitions_stay_and_nothing_else_does(deployment: Deployment, manifest: pathlib.Path) -> None:
    deployment.construct("Operator", "postgres", {"manifest": str(manifest)})
    retained = {one.request.type for one in deployment.monitor.registered if one.request.retainOnDelete}
    assert retained == {"kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"}


def test_another_namespace_reaches_every_object(deployment: Deployment, manifest: pathlib.Path) -> None:
    response = deployment.construct("Operator", "postgres", {"manifest": str(manifest), "namespace": "core"})
    assert response.state["namespace"] == "core"
    seen = [str(one.inputs) for one in deployment.monitor.registered if one.request.custom]
    assert not [text for text in seen if "'cnpg-system'" in text]
    assert deployment.monitor.find("postgres-namespace-core").inputs["metadata"]["name"] == "core"


def test_outputs_come_after_the_operator_answers(deployment: Deployment, manifest: pathlib.Path) -> None:
    response = deployment.construct("Operator", "postgres", {"manifest": str(manifest)})
    assert dict(response.state) == {"namespace": "cnpg-system", "version": "1.30.0"}
    ready = deployment.monitor.find("postgres-ready").urn
    assert [list(one.urns) for one in response.stateDependencies.values()] == [[ready], [ready]]


def test_a_preview_knows_the_outputs_and_registers_the_same(
    deployment: Deployment, preview: Deployment, manifest: pathlib.Path
) -> None:
    inputs = {"manifest": str(manifest)}
    assert (
        preview.construct("Operator", "postgres", inputs).state
        == deployment.construct("Operator", "postgres", inputs).state
    )
    assert preview.monitor.names == deployment.monitor.names


def test_the_manifest_can_come_from_the_configuration(deployment: Deployment, manifest: pathlib.Path) -> None:
    deployment.plugin.configure({"operatorManifest": str(manifest)})
    deployment.construct("Operator", "postgres", {})
    assert "postgres-deployment-cnpg-controller-manager" in deployment.monitor.names


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        (None, "manifest", "cannot be read"),
        ("kind: ConfigMap\nmetadata: {name: a}\n", "manifest", "has no Deployment cnpg-controller-manager"),
        ("a: [", "manifest", "cannot be read"),
        ("just text", "manifest", "name CloudNativePG's release manifest"),
    ],
    ids=["absent", "another manifest", "not YAML", "not objects"],
)
def test_a_manifest_that_is_none_is_refused(
    deployment: Deployment, tmp_path: pathlib.Path, text: str | None, path: str, reason: str
) -> None:
    where = tmp_path / "given.yaml"
    if text is not None:
        where.write_text(text)
    refused = deployment.refused("Operator", "postgres", {"manifest": str(where)})
    assert reason in refused.problems[path]


def test_a_manifest_of_another_version_is_refused(deployment: Deployment, manifest: pathlib.Path) -> None:
    manifest.write_text(manifest.read_text().replace(":1.30.0", ":1.30.1"))
    refused = deployment.refused("Operator", "postgres", {"manifest": str(manifest)})
    assert "'1.30.0' is not the version of the manifest" in refused.problems["version"]


def test_the_wait_runs_on_the_provider_instance_that_constructs(deployment: Deployment, manifest: pathlib.Path) -> None:
    deployment.construct("Operator", "postgres", {"manifest": str(manifest)})
    ready = deployment.monitor.find("postgres-ready").request
    assert ready.provider == f"{plugin.URN}::{plugin.ID}"
