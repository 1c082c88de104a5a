"""BackupStore: children, their order, the outputs, and stores that would lie in the same place."""

from typing import Any

import pytest
from google.protobuf import json_format

from testbed.drive import plugin, property_map
from testbed.drive.deployment import Deployment
from tests.construct import order

NAS = {"nfs": {"server": "nas.local", "path": "/volume1/backups"}}
S3 = {
    "s3": {
        "endpoint": "https://s3.example.com",
        "bucket": "home",
        "accessKeyId": property_map.secret("id"),
        "secretAccessKey": property_map.secret("must-stay-hidden"),
    }
}
TRIED = {"flags": ["--disableotmp"], "freeBytes": 1024, "message": "the share is writable"}


@pytest.fixture(autouse=True)
def share(request: pytest.FixtureRequest) -> None:
    """A share that lacks something."""
    if "deployment" in request.fixturenames:
        request.getfixturevalue("deployment").monitor.answer("tau:postgres:SharePreflight", **TRIED)


def children(deployment: Deployment) -> dict[str, str]:
    """Types of the custom resources, by their names."""
    return {one.request.name: one.request.type for one in deployment.monitor.registered if one.request.custom}


def test_a_share_has_a_volume_a_trial_and_a_gateway(deployment: Deployment) -> None:
    response = deployment.construct("BackupStore", "backups", NAS)
    assert children(deployment) == {
        "backups-access-key": "tau:postgres:GatewayKey",
        "backups-secret-key": "tau:postgres:GatewayKey",
        "backups-volume": "kubernetes:core/v1:PersistentVolume",
        "backups-claim": "kubernetes:core/v1:PersistentVolumeClaim",
        "backups-preflight": "tau:postgres:SharePreflight",
        "backups-certificate": "tau:postgres:SelfSignedCertificate",
        "backups-tls": "kubernetes:core/v1:Secret",
        "backups-keys": "kubernetes:core/v1:Secret",
        "backups-network-policy": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "backups-gateway": "kubernetes:apps/v1:Deployment",
        "backups-service": "kubernetes:core/v1:Service",
        "backups-ready": "tau:postgres:Readiness",
    }
    assert {one.request.parent for one in deployment.monitor.registered if one.request.custom} == {response.urn}


def test_a_claim_that_is_there_gets_no_volume(deployment: Deployment) -> None:
    deployment.construct("BackupStore", "backups", {"volumeClaim": {"name": "nas"}})
    assert {"backups-volume", "backups-claim"} & children(deployment).keys() == set()
    assert deployment.monitor.find("backups-preflight").inputs["claimName"] == "nas"


def test_an_s3_service_is_handed_on_and_nothing_is_made(deployment: Deployment) -> None:
    response = deployment.construct("BackupStore", "backups", S3)
    assert children(deployment) == {}
    state = property_map.plain(response.state)
    assert state == {
        "name": "backups",
        "namespace": "default",
        "secretName": "",
        "folder": "",
        "endpoint": "https://s3.example.com",
        "store": property_map.plain(property_map.struct(S3))["s3"] | {"region": "us-east-1"},
    }
    assert "must-stay-hidden" not in property_map.open_text(response.state)


def test_the_share_is_tried_out_before_the_gateway_starts_with_what_was_found(deployment: Deployment) -> None:
    deployment.construct("BackupStore", "backups", NAS)
    for later, earlier in (
        ("backups-claim", "backups-volume"),
        ("backups-preflight", "backups-claim"),
        ("backups-gateway", "backups-preflight"),
        ("backups-gateway", "backups-keys"),
        ("backups-gateway", "backups-tls"),
        ("backups-gateway", "backups-network-policy"),
        ("backups-ready", "backups-gateway"),
    ):
        assert order.comes_after(deployment.monitor, later, earlier), f"{later} does not come after {earlier}"
    spec = deployment.monitor.find("backups-gateway").inputs["spec"]["template"]["spec"]
    assert "--disableotmp" in spec["containers"][0]["args"]
    assert deployment.monitor.find("backups-preflight").request.provider == f"{plugin.URN}::{plugin.ID}"


def test_outputs_say_where_the_store_is_come_after_it_and_hide_its_keys(deployment: Deployment) -> None:
    response = deployment.construct("BackupStore", "backups", NAS | {"namespace": "infra"})
    state = property_map.plain(response.state)
    keys = {state["store"].pop("accessKeyId"), state["store"].pop("secretAccessKey")}
    assert state["store"].pop("caCertificate")
    assert state == {
        "name": "backups",
        "namespace": "infra",
        "folder": "infra/backups",
        "endpoint": "https://backups.infra.svc:7070",
        "secretName": "backups-keys",
        "store": {
            "endpoint": "https://backups.infra.svc:7070",
            "bucket": "postgres",
            "region": "us-east-1",
            "location": "nfs://nas.local/volume1/backups/infra/backups",
        },
    }
    assert not any(key in property_map.open_text(response.state) for key in keys)
    ready = deployment.monitor.find("backups-ready").urn
    assert all(ready in one.urns for one in response.stateDependencies.values())


def test_the_store_is_one_secret_as_yaml_programs_lose_secrets_within_an_object(deployment: Deployment) -> None:
    state = deployment.construct("BackupStore", "backups", NAS).state
    assert property_map.is_secret(state, "store")
    whole = json_format.MessageToDict(state.fields["store"].struct_value.fields["value"])
    keys = {"accessKeyId", "secretAccessKey", "caCertificate"}
    assert set(whole) == {"endpoint", "bucket", "region", "location", *keys}
    assert all(isinstance(value, str) for value in whole.values())


def test_a_preview_knows_everything_but_the_store_with_its_keys(preview: Deployment) -> None:
    state = property_map.plain(preview.construct("BackupStore", "backups", NAS).state)
    assert [name for name, value in state.items() if value == property_map.UNKNOWN] == ["store"]


def test_keys_are_shown_nowhere(deployment: Deployment) -> None:
    deployment.construct("BackupStore", "backups", NAS)
    generated = deployment.monitor.find("backups-keys").inputs["stringData"]["ACCESS_SECRET_KEY"]
    for one in deployment.monitor.registered:
        if one.request.type.startswith("kubernetes:"):
            assert generated not in property_map.open_text(one.request.object), one.request.name


@pytest.mark.parametrize(
    ("other", "path"),
    [
        ({"name": "second", "folder": "default/first"}, "folder"),
        ({"name": "first", "folder": "elsewhere"}, "name"),
    ],
)
def test_two_stores_of_a_program_do_not_share_a_folder_or_a_name(
    deployment: Deployment, other: dict[str, Any], path: str
) -> None:
    deployment.construct("BackupStore", "first", NAS)
    refusal = deployment.refused("BackupStore", "second", NAS | other)
    assert list(refusal.problems) == [path]
    assert "tau:postgres:BackupStore 'first'" in refusal.problems[path]


def test_two_stores_on_one_share_may_lie_side_by_side(deployment: Deployment) -> None:
    for name in ("first", "second"):
        deployment.construct("BackupStore", name, NAS)
    folders = [deployment.monitor.find(f"{name}-preflight").inputs["folder"] for name in ("first", "second")]
    assert folders == ["default/first", "default/second"]


def test_a_key_that_is_wrong_is_refused_without_showing_it(deployment: Deployment) -> None:
    wrong = json_format.MessageToDict(property_map.struct(S3))
    wrong["s3"]["secretAccessKey"] = property_map.secret("must stay hidden")
    refusal = deployment.refused("BackupStore", "backups", wrong)
    assert "s3.secretAccessKey" in refusal.text
    assert "must stay hidden" not in refusal.text
