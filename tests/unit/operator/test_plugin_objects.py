"""`tau.operator.plugin_objects`: the plugin's manifest without cert-manager, with images and certificates put in."""

import copy
import pathlib
from typing import Any

import pytest
import yaml

from tau import errors, fields
from tau.credentials.certificate import Issued
from tau.operator import plugin_objects
from tau.types.postgres import BarmanPlugin, OperatorArgs

RELEASED: list[Any] = list(
    yaml.safe_load_all((pathlib.Path(__file__).parents[2] / "construct" / "barman_plugin.yaml").read_text())
)
ISSUED = {role: Issued(certificate=f"PEM of {role}", key=f"key of {role}") for role in ("server", "client")}


def objects(issued: dict[str, Issued] = ISSUED, **inputs: Any) -> dict[tuple[str, str], Any]:
    """The objects by kind and name."""
    made = plugin_objects.objects(RELEASED, BarmanPlugin(**inputs), issued)
    return {(item["kind"], item["metadata"]["name"]): item for item in made}


def template(**inputs: Any) -> Any:
    """The Pod template of the plugin."""
    return objects(**inputs)["Deployment", "plugin"]["spec"]["template"]


def problems(**inputs: Any) -> dict[str, str]:
    """What is wrong with the inputs of an Operator, by path."""
    found = errors.Problems()
    plugin_objects.check(OperatorArgs(**inputs), found)
    return {one.path: one.reason for one in found}


def test_it_is_the_manifest_without_cert_manager_and_with_the_secrets_that_would_have_come_from_it() -> None:
    before = copy.deepcopy(RELEASED)
    kept = {(one["kind"], one["metadata"]["name"]) for one in RELEASED if one["kind"] not in ("Certificate", "Issuer")}
    assert objects().keys() == kept | {("Secret", "plugin-server"), ("Secret", "plugin-client")}
    assert before == RELEASED


def test_each_secret_has_its_own_pair() -> None:
    secret = objects()["Secret", "plugin-client"]
    assert secret["type"] == "kubernetes.io/tls"
    assert secret["stringData"] == {"tls.crt": "PEM of client", "tls.key": "key of client"}
    assert secret["metadata"]["namespace"] == "cnpg-system"


def test_certificates_are_for_the_name_that_the_operator_asks_for() -> None:
    assert [pair.dns_names for pair in plugin_objects.pairs(RELEASED)] == [("plugin",)] * 2
    renamed = copy.deepcopy(RELEASED)
    service = plugin_objects.service(renamed)
    assert service
    service["metadata"]["annotations"]["cnpg.io/pluginServerName"] = "other.example"
    assert plugin_objects.pairs(renamed)[0].dns_names == ("other.example",)


def test_pods_are_replaced_by_another_certificate_and_by_nothing_else() -> None:
    renewed = ISSUED | {"client": Issued(certificate="another PEM", key="k")}
    assert template() == template()
    assert template() != template(issued=renewed)
    assert "PEM of" not in str(template())


def test_certificates_may_be_unknown() -> None:
    unknown = {role: Issued(certificate=fields.Deferred(None), key=fields.Deferred(None)) for role in ISSUED}
    annotations = template(issued=unknown)["metadata"]["annotations"]
    assert isinstance(annotations["tau/certificates"], fields.Deferred)


def test_images_are_those_of_the_manifest_unless_others_are_given() -> None:
    [container] = template()["spec"]["containers"]
    assert container["image"] == "registry.test/plugin:v0.14.0"
    assert "valueFrom" in container["env"][0]
    [container] = template(image="mirror/plugin:1", sidecar_image="mirror/sidecar:1")["spec"]["containers"]
    assert container["image"] == "mirror/plugin:1"
    assert container["env"] == [{"name": "SIDECAR_IMAGE", "value": "mirror/sidecar:1"}]
    assert ("Secret", "plugin-configuration") in objects(image="mirror/plugin:1")
    assert ("Secret", "plugin-configuration") not in objects(sidecar_image="mirror/sidecar:1")


def test_the_plugin_is_looked_at_from_its_first_second_on() -> None:
    probe = template()["spec"]["containers"][0]["readinessProbe"]
    assert probe == {"tcpSocket": {"port": 9090}, "initialDelaySeconds": 1, "periodSeconds": 2}


def test_a_manifest_without_the_plugin_gives_nothing() -> None:
    assert plugin_objects.objects([], BarmanPlugin(), {}) == []
    assert plugin_objects.pairs([]) == []
    assert not plugin_objects.is_complete([])


def test_the_manifest_comes_from_the_input_then_the_configuration_then_the_release() -> None:
    assert plugin_objects.location(BarmanPlugin(manifest="own.yaml"), "configured.yaml") == "own.yaml"
    assert plugin_objects.location(BarmanPlugin(), "configured.yaml") == "configured.yaml"
    assert plugin_objects.location(BarmanPlugin(version="0.99.0"), None).endswith("/v0.99.0/manifest.yaml")


@pytest.mark.parametrize(
    ("inputs", "path", "reason"),
    [
        ({"barman_plugin": BarmanPlugin(version="0.13.9")}, "barmanPlugin.version", "tau needs 0.14.0 or newer"),
        ({"barman_plugin": BarmanPlugin(image="")}, "barmanPlugin.image", "is empty"),
        ({"barman_plugin": BarmanPlugin(manifest="a"), "install": False}, "barmanPlugin.manifest", "is not used"),
        ({"barman_plugin": BarmanPlugin(sidecar_image="a"), "install": False}, "barmanPlugin.sidecarImage", "not used"),
    ],
)
def test_bad_inputs_are_named(inputs: dict[str, Any], path: str, reason: str) -> None:
    assert reason in problems(**inputs)[path]


def test_by_default_the_plugin_is_wanted_and_nothing_is_wrong() -> None:
    assert plugin_objects.settings(OperatorArgs()).enabled
    assert problems() == problems(install=False) == {}
