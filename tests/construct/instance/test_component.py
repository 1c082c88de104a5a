"""Instance: children, their order and contents, and the outputs."""

from typing import Any

import pytest

from testbed.drive import fake_monitor, plugin, property_map
from testbed.drive.deployment import Deployment
from tests.construct import order


def test_children_have_stable_names_and_types_below_the_component(deployment: Deployment) -> None:
    response = deployment.construct("Instance", "main", {})
    found = {one.request.name: one.request.type for one in deployment.monitor.registered if one.request.custom}
    assert found == {
        "main-bootstrap": "kubernetes:core/v1:Secret",
        "main-network-policy": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "main-cluster": "kubernetes:postgresql.cnpg.io/v1:Cluster",
        "main-ready": "tau:postgres:Readiness",
        "main-cluster-guard": "tau:postgres:CleanupGuard",
        "main-guard": "tau:postgres:CleanupGuard",
        "main-names": "tau:postgres:NameGuard",
        "main-upgrade": "tau:postgres:MajorUpgrade",
    }
    assert {one.request.parent for one in deployment.monitor.registered if one.request.custom} == {response.urn}


def test_the_cluster_goes_before_what_it_was_made_with(deployment: Deployment) -> None:
    deployment.construct("Instance", "main", {})
    for later, earlier in (
        ("main-cluster", "main-bootstrap"),
        ("main-cluster", "main-network-policy"),
        ("main-ready", "main-cluster"),
    ):
        assert order.comes_after(deployment.monitor, later, earlier), f"{later} does not come after {earlier}"


def test_everything_comes_after_the_guard_of_the_names_and_the_upgrade_after_the_server(deployment: Deployment) -> None:
    deployment.construct("Instance", "main", {})
    assert order.comes_after(deployment.monitor, "main-names", "main-ownership")
    for name in deployment.monitor.names - {"main", "main-names"}:
        assert order.comes_after(deployment.monitor, name, "main-names"), name
    assert order.comes_after(deployment.monitor, "main-upgrade", "main-ready")
    assert deployment.monitor.find("main-names").inputs == {
        "namespace": "default",
        "instance": "postgres-main",
        "image": "ghcr.io/cloudnative-pg/postgresql:15-standard-trixie",
    }
    assert deployment.monitor.find("main-upgrade").inputs["majorVersion"] == "15"


@pytest.mark.parametrize(
    ("inputs", "missing"),
    [({"superuserAccess": True}, "main-bootstrap"), ({"networkPolicy": {"enabled": False}}, "main-network-policy")],
)
def test_plain_inputs_decide_which_children_there_are(
    deployment: Deployment, inputs: dict[str, Any], missing: str
) -> None:
    deployment.construct("Instance", "main", {})
    all_of_them = deployment.monitor.names
    deployment.construct("Instance", "other", inputs)
    others = {name.replace("other", "main") for name in deployment.monitor.names - all_of_them}
    assert all_of_them - others == {missing}


def test_the_wait_names_the_cluster_and_its_generation(deployment: Deployment) -> None:
    deployment.construct("Instance", "main", {"namespace": "shop"})
    ready = deployment.monitor.find("main-ready")
    assert ready.inputs == {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "name": "postgres-main",
        "namespace": "shop",
        "generation": fake_monitor.GENERATION,
    }
    assert ready.request.provider == f"{plugin.URN}::{plugin.ID}"


def test_outputs_say_where_the_server_is_and_come_after_it(deployment: Deployment) -> None:
    response = deployment.construct("Instance", "main", {"namespace": "shop"})
    state = property_map.plain(response.state)
    cluster = deployment.monitor.find("main-cluster")
    assert state.pop("clusterSpec") == cluster.inputs["spec"]
    assert state == {
        "name": "postgres-main",
        "namespace": "shop",
        "host": "postgres-main-rw.shop.svc",
        "readOnlyHost": "postgres-main-ro.shop.svc",
        "port": 5432,
        "caSecretName": "postgres-main-ca",
        "serverName": "",
        "store": dict.fromkeys(("accessKeyId", "bucket", "endpoint", "prefix", "region", "secretAccessKey"), ""),
    }
    ready = deployment.monitor.find("main-ready").urn
    assert all(ready in one.urns for one in response.stateDependencies.values())
    assert response.stateDependencies.keys() == {"clusterSpec", *state}
    assert property_map.plain(response.state) == deployment.monitor.outputs[response.urn]


def test_cluster_spec_wins_over_everything(deployment: Deployment) -> None:
    deployment.construct("Instance", "main", {"instances": 2, "clusterSpec": {"instances": 3, "logLevel": "debug"}})
    spec = deployment.monitor.find("main-cluster").inputs["spec"]
    assert (spec["instances"], spec["logLevel"], spec["storage"]["size"]) == (3, "debug", "10Gi")


def test_whole_numbers_stay_whole_inside_of_texts(deployment: Deployment) -> None:
    deployment.construct("Instance", "main", {"parameters": {"max_connections": 200}, "version": 17})
    spec = deployment.monitor.find("main-cluster").inputs["spec"]
    assert spec["postgresql"]["parameters"]["max_connections"] == "200"
    assert ":17-" in spec["imageName"]


_PINNED = f"ghcr.io/cloudnative-pg/postgresql:15-standard-trixie@sha256:{'1' * 64}"


@pytest.mark.parametrize("inputs", [{}, {"clusterSpec": {"logLevel": "debug"}}, {"clusterSpec": {"imageName": "a:15"}}])
def test_the_server_runs_the_image_by_the_digest_that_was_found_out(
    deployment: Deployment, inputs: dict[str, Any]
) -> None:
    deployment.monitor.answer("tau:postgres:NameGuard", image=_PINNED)
    deployment.construct("Instance", "main", inputs)
    asked = deployment.monitor.find("main-names").inputs["image"]
    assert asked == inputs.get("clusterSpec", {}).get("imageName", _PINNED.partition("@")[0])
    assert deployment.monitor.find("main-cluster").inputs["spec"]["imageName"] == _PINNED
    assert deployment.monitor.find("main-upgrade").inputs["image"] == _PINNED
    assert deployment.monitor.find("main-upgrade").inputs["majorVersion"] == "15"


def test_the_image_of_a_catalog_is_neither_written_nor_pinned(deployment: Deployment) -> None:
    catalog = {"apiGroup": "postgresql.cnpg.io", "kind": "ClusterImageCatalog", "name": "minimal", "major": 18}
    deployment.construct("Instance", "main", {"clusterSpec": {"imageCatalogRef": catalog, "description": None}})
    spec = deployment.monitor.find("main-cluster").inputs["spec"]
    assert spec["imageCatalogRef"] == catalog
    assert not spec.keys() & {"imageName", "description"}
    assert "image" not in deployment.monitor.find("main-names").inputs
    assert deployment.monitor.find("main-upgrade").inputs["majorVersion"] == "18"


def test_what_a_node_needs_to_get_the_image_goes_along(deployment: Deployment) -> None:
    secrets, selector = [{"name": "registry"}], {"disk": "ssd"}
    spec = {"imagePullSecrets": secrets, "affinity": {"nodeSelector": selector, "topologyKey": "zone"}}
    deployment.construct("Instance", "main", {"clusterSpec": spec})
    given = deployment.monitor.find("main-names").inputs["podSpec"]
    assert given == {"imagePullSecrets": secrets, "nodeSelector": selector}


def test_a_preview_shows_the_image_by_its_tag(preview: Deployment) -> None:
    preview.construct("Instance", "main", {})
    assert preview.monitor.find("main-cluster").inputs["spec"]["imageName"] == _PINNED.partition("@")[0]
