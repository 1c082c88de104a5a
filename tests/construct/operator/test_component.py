"""Operator: children, their order, and what stays when it goes."""

import pathlib
import re
from typing import Any

import pytest

from testbed.drive import fake_monitor, plugin, property_map
from testbed.drive.deployment import Deployment
from tests.construct import order

OPERATOR = "tau:postgres:Operator"


def test_every_object_of_the_manifests_becomes_a_child_under_a_stable_name(
    deployment: Deployment, releases: dict[str, Any]
) -> None:
    response = deployment.construct("Operator", "postgres", releases)
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
        "postgres-customresourcedefinition-objectstores.barmancloud.cnpg.io": (
            "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
        ),
        "postgres-serviceaccount-plugin": "kubernetes:core/v1:ServiceAccount",
        "postgres-secret-plugin-configuration": "kubernetes:core/v1:Secret",
        "postgres-secret-plugin-server": "kubernetes:core/v1:Secret",
        "postgres-secret-plugin-client": "kubernetes:core/v1:Secret",
        "postgres-service-plugin": "kubernetes:core/v1:Service",
        "postgres-deployment-plugin": "kubernetes:apps/v1:Deployment",
        "postgres-barman-plugin-server-certificate": "tau:postgres:SelfSignedCertificate",
        "postgres-barman-plugin-client-certificate": "tau:postgres:SelfSignedCertificate",
        "postgres-barman-plugin-ready": "tau:postgres:Readiness",
        "postgres-namespace": "tau:app:Namespace",
        "postgres-ready": "tau:postgres:Readiness",
    }
    assert {one.request.parent for one in deployment.monitor.registered if one.request.custom} == {response.urn}


def test_objects_come_after_what_they_need(deployment: Deployment, releases: dict[str, Any]) -> None:
    deployment.construct("Operator", "postgres", releases)
    for later, earlier in (
        ("postgres-serviceaccount-cnpg-manager", "postgres-namespace-cnpg-system"),
        ("postgres-clusterrolebinding-cnpg-manager-rolebinding", "postgres-serviceaccount-cnpg-manager"),
        ("postgres-deployment-cnpg-controller-manager", "postgres-clusterrolebinding-cnpg-manager-rolebinding"),
        ("postgres-ready", "postgres-deployment-cnpg-controller-manager"),
        ("postgres-ready", "postgres-service-cnpg-webhook-service"),
        ("postgres-secret-plugin-server", "postgres-barman-plugin-server-certificate"),
        ("postgres-deployment-plugin", "postgres-secret-plugin-server"),
        ("postgres-service-plugin", "postgres-deployment-cnpg-controller-manager"),
        ("postgres-barman-plugin-ready", "postgres-service-plugin"),
    ):
        assert order.comes_after(deployment.monitor, later, earlier), f"{later} does not come after {earlier}"


def test_definitions_stay_and_the_namespace_is_left_to_taus_own_resource(
    deployment: Deployment, releases: dict[str, Any]
) -> None:
    deployment.construct("Operator", "postgres", releases)
    retained = {one.request.type for one in deployment.monitor.registered if one.request.retainOnDelete}
    assert retained == {
        "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
        "kubernetes:core/v1:Namespace",
    }
    assert order.comes_after(deployment.monitor, "postgres-namespace-cnpg-system", "postgres-namespace")


def test_another_namespace_reaches_every_object(deployment: Deployment, releases: dict[str, Any]) -> None:
    response = deployment.construct("Operator", "postgres", {**releases, "namespace": "core"})
    assert response.state["namespace"] == "core"
    seen = [str(one.inputs) for one in deployment.monitor.registered if one.request.custom]
    assert not [text for text in seen if "'cnpg-system'" in text]
    assert deployment.monitor.find("postgres-namespace-core").inputs["metadata"]["name"] == "core"


def test_outputs_come_after_the_operator_answers(deployment: Deployment, releases: dict[str, Any]) -> None:
    response = deployment.construct("Operator", "postgres", releases)
    assert dict(response.state) == {"namespace": "cnpg-system", "version": "1.30.0"}
    ready = {deployment.monitor.find(name).urn for name in ("postgres-ready", "postgres-barman-plugin-ready")}
    assert [set(one.urns) for one in response.stateDependencies.values()] == [ready, ready]


def test_a_preview_knows_the_outputs_and_registers_the_same(
    deployment: Deployment, preview: Deployment, releases: dict[str, Any]
) -> None:
    planned = preview.construct("Operator", "postgres", releases).state
    assert planned == deployment.construct("Operator", "postgres", releases).state
    assert preview.monitor.names == deployment.monitor.names


def test_the_manifests_can_come_from_the_configuration(
    deployment: Deployment, manifest: pathlib.Path, plugin_manifest: pathlib.Path
) -> None:
    configured = {"operatorManifest": str(manifest), "barmanPluginManifest": str(plugin_manifest)}
    deployment.plugin.configure(configured)
    deployment.construct("Operator", "postgres", {})
    assert {"postgres-deployment-cnpg-controller-manager", "postgres-deployment-plugin"} <= deployment.monitor.names


def test_the_plugin_starts_beside_the_operator(deployment: Deployment, releases: dict[str, Any]) -> None:
    """The time of `up` counts."""
    deployment.construct("Operator", "postgres", releases)
    pair = ("postgres-deployment-plugin", "postgres-deployment-cnpg-controller-manager")
    assert not order.comes_after(deployment.monitor, *pair)
    assert not order.comes_after(deployment.monitor, *reversed(pair))
    assert not order.comes_after(deployment.monitor, "postgres-service-plugin", "postgres-deployment-plugin")


def test_each_secret_holds_a_pair_of_its_own_for_the_plugins_service(
    deployment: Deployment, releases: dict[str, Any]
) -> None:
    deployment.construct("Operator", "postgres", releases)
    for role in ("server", "client"):
        pair = deployment.monitor.find(f"postgres-barman-plugin-{role}-certificate")
        assert pair.inputs == {"commonName": "plugin", "dnsNames": ["plugin"]}
        held = deployment.monitor.find(f"postgres-secret-plugin-{role}")
        assert held.inputs["stringData"] == {"tls.crt": f"PEM of {pair.urn}", "tls.key": f"key of {pair.urn}"}
        assert "key of" not in property_map.open_text(held.request.object)


def test_a_renewed_certificate_replaces_the_pods_of_the_plugin(
    deployment: Deployment, preview: Deployment, releases: dict[str, Any]
) -> None:
    def annotations(where: Deployment) -> Any:
        where.construct("Operator", "postgres", releases)
        template = where.monitor.find("postgres-deployment-plugin").inputs["spec"]["template"]
        return template["metadata"]["annotations"]

    assert re.fullmatch("[0-9a-f]{64}", annotations(deployment)["tau/certificates"])
    assert annotations(preview) == {"tau/certificates": property_map.UNKNOWN}


def test_a_change_of_either_deployment_is_waited_for_until_the_plugin_is_registered(
    deployment: Deployment, releases: dict[str, Any]
) -> None:
    deployment.construct("Operator", "postgres", releases)
    waited = deployment.monitor.find("postgres-barman-plugin-ready").inputs
    assert (waited["kind"], waited["namespace"], waited["name"]) == ("Service", "cnpg-system", "plugin")
    assert waited["generation"] == 2 * fake_monitor.GENERATION
    assert deployment.monitor.find("postgres-ready").inputs["generation"] == fake_monitor.GENERATION


def test_images_of_the_plugin_can_be_replaced(deployment: Deployment, releases: dict[str, Any]) -> None:
    images = {"image": "mirror/plugin:1", "sidecarImage": property_map.output("mirror/sidecar:1")}
    deployment.construct("Operator", "postgres", {**releases, "barmanPlugin": releases["barmanPlugin"] | images})
    (container,) = deployment.monitor.find("postgres-deployment-plugin").inputs["spec"]["template"]["spec"][
        "containers"
    ]
    assert container["image"] == "mirror/plugin:1"
    assert container["env"] == [{"name": "SIDECAR_IMAGE", "value": "mirror/sidecar:1"}]
    assert "postgres-secret-plugin-configuration" not in deployment.monitor.names


def test_the_plugin_can_be_left_out(deployment: Deployment, manifest: pathlib.Path) -> None:
    deployment.construct("Operator", "postgres", {"manifest": str(manifest), "barmanPlugin": {"enabled": False}})
    assert not [name for name in deployment.monitor.names if "plugin" in name]


@pytest.mark.parametrize(
    ("old", "new", "path", "reason"),
    [
        ("kind: Service\n", "kind: Other\n", "barmanPlugin.manifest", "use the Barman Cloud plugin's release"),
        ("cnpg.io/pluginServerSecret", "other", "barmanPlugin.manifest", "use the Barman Cloud plugin's release"),
        ("app: plugin\n    spec", "app: other\n    spec", "barmanPlugin.manifest", "has no Deployment and Service"),
        ("plugin:v0.14.0", "plugin:v0.14.1", "barmanPlugin.version", "'0.14.0' is not the version of the manifest"),
        ("apiVersion: v1\n", "a: [", "barmanPlugin.manifest", "cannot be read"),
    ],
    ids=["no Service", "no Secrets", "no Deployment", "another version", "not YAML"],
)
def test_a_plugin_manifest_that_is_none_is_refused(
    deployment: Deployment,
    releases: dict[str, Any],
    plugin_manifest: pathlib.Path,
    old: str,
    new: str,
    path: str,
    reason: str,
) -> None:
    text = plugin_manifest.read_text()
    assert old in text
    plugin_manifest.write_text(text.replace(old, new))
    assert reason in deployment.refused("Operator", "postgres", releases).problems[path]


def test_a_tag_that_is_no_version_says_nothing_about_the_version(
    deployment: Deployment, releases: dict[str, Any], plugin_manifest: pathlib.Path
) -> None:
    plugin_manifest.write_text(plugin_manifest.read_text().replace("plugin:v0.14.0", "plugin:main"))
    deployment.construct("Operator", "postgres", releases)


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        (None, "manifest", "cannot be read"),
        ("kind: ConfigMap\nmetadata: {name: a}\n", "manifest", "has no Deployment cnpg-controller-manager"),
        ("a: [", "manifest", "cannot be read"),
        ("just text", "manifest", "use CloudNativePG's release manifest"),
    ],
    ids=["absent", "another manifest", "not YAML", "not objects"],
)
def test_a_manifest_that_is_none_is_refused(
    deployment: Deployment,
    releases: dict[str, Any],
    tmp_path: pathlib.Path,
    text: str | None,
    path: str,
    reason: str,
) -> None:
    where = tmp_path / "given.yaml"
    if text is not None:
        where.write_text(text)
    refused = deployment.refused("Operator", "postgres", {**releases, "manifest": str(where)})
    assert reason in refused.problems[path]


def test_a_manifest_of_another_version_is_refused(
    deployment: Deployment, releases: dict[str, Any], manifest: pathlib.Path
) -> None:
    manifest.write_text(manifest.read_text().replace(":1.30.0", ":1.30.1"))
    refused = deployment.refused("Operator", "postgres", releases)
    assert "'1.30.0' is not the version of the manifest" in refused.problems["version"]


def test_the_wait_runs_on_the_provider_instance_that_constructs(
    deployment: Deployment, releases: dict[str, Any]
) -> None:
    deployment.construct("Operator", "postgres", releases)
    ready = deployment.monitor.find("postgres-ready").request
    assert ready.provider == f"{plugin.URN}::{plugin.ID}"
