"""`tau.operator.objects`: the release manifest's objects, where they go and in which order."""

from typing import Any

import pytest

from tau.operator import objects as operator
from tau.types.postgres import OperatorArgs


def item(kind: str, name: str = "cnpg", *, namespace: str | None = "cnpg-system", **body: Any) -> dict[str, Any]:
    """An object as a release manifest has it."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"kind": kind, "metadata": metadata, **body}


def deployment(image: str, name: str = operator.DEPLOYMENT) -> dict[str, Any]:
    """The operator's Deployment with an image."""
    return item("Deployment", name, spec={"template": {"spec": {"containers": [{"image": image}]}}})


RELEASED = [
    deployment("registry.example/cnpg:1.30.0"),
    item("Service"),
    item("ValidatingWebhookConfiguration", namespace=None,
         webhooks=[{"clientConfig": {"service": {"name": "cnpg", "namespace": "cnpg-system"}}}]),
    item("ClusterRoleBinding", namespace=None, subjects=[{"kind": "ServiceAccount", "namespace": "cnpg-system"}]),
    item("ServiceAccount"),
    item("Lease"),
    item("CustomResourceDefinition", "clusters.postgresql.cnpg.io", namespace=None),
    item("Namespace", "cnpg-system", namespace=None),
    None,
]  # fmt: skip


def kinds(**inputs: Any) -> list[list[str]]:
    """Kinds of the objects, group by group."""
    return [[one["kind"] for one in group] for group in operator.objects(RELEASED, OperatorArgs(**inputs))]  # type: ignore[arg-type]


def test_each_group_needs_only_the_ones_before_and_nothing_is_lost() -> None:
    assert kinds() == [
        ["CustomResourceDefinition", "Namespace"],
        ["ServiceAccount", "Lease"],
        ["ValidatingWebhookConfiguration", "ClusterRoleBinding"],
        ["Deployment", "Service"],
    ]


def test_groups_without_objects_are_left_out() -> None:
    assert operator.objects([item("ConfigMap")], OperatorArgs()) == [[item("ConfigMap")]]


def test_the_provider_does_not_wait_for_a_service_which_takes_it_ten_seconds() -> None:
    [[service]] = operator.objects([item("Service")], OperatorArgs())
    assert service["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}


def test_the_plugins_service_comes_last_so_that_it_goes_while_the_operator_is_there() -> None:
    plugin = item("Service", "plugin")
    plugin["metadata"]["labels"] = {"cnpg.io/pluginName": "barman-cloud.cloudnative-pg.io"}
    last = operator.objects([plugin, *RELEASED], OperatorArgs())[-1]  # type: ignore[list-item]
    assert [one["metadata"]["name"] for one in last] == ["plugin"]


def test_another_namespace_is_used_everywhere_and_the_manifest_stays_as_it_was() -> None:
    before = repr(RELEASED)
    found = [one for group in operator.objects(RELEASED, OperatorArgs(namespace="operators")) for one in group]  # type: ignore[arg-type]
    assert "cnpg-system" not in repr(found)
    by_kind = {one["kind"]: one for one in found}
    assert by_kind["Namespace"]["metadata"]["name"] == "operators"
    assert by_kind["ClusterRoleBinding"]["subjects"][0]["namespace"] == "operators"
    assert (
        by_kind["ValidatingWebhookConfiguration"]["webhooks"][0]["clientConfig"]["service"]["namespace"] == "operators"
    )
    assert repr(RELEASED) == before


@pytest.mark.parametrize("namespace", ["default", "kube-system"])
def test_namespaces_of_kubernetes_itself_are_not_made(namespace: str) -> None:
    assert kinds(namespace=namespace)[0] == ["CustomResourceDefinition"]


@pytest.mark.parametrize(
    ("image", "version"),
    [("registry.example:5000/cnpg:1.30.0", "1.30.0"), ("cnpg:1.31.0@sha256:" + "0" * 64, "1.31.0")],
)
def test_the_version_is_that_of_the_image(image: str, version: str) -> None:
    assert operator.version_of([None, item("Service"), deployment("x:9", name="other"), deployment(image)]) == version  # type: ignore[list-item]


def test_a_manifest_without_the_operator_has_no_version() -> None:
    assert operator.version_of([item("Service")]) is None


def test_the_manifest_comes_from_the_input_then_the_configuration_then_the_release() -> None:
    assert operator.location(OperatorArgs(manifest="own.yaml"), "configured.yaml") == "own.yaml"
    assert operator.location(OperatorArgs(), "configured.yaml") == "configured.yaml"
    assert operator.location(OperatorArgs(version="1.31.0"), None).endswith("/v1.31.0/releases/cnpg-1.31.0.yaml")
