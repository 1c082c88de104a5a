"""TauApplication: its claims and shares beside those that are live."""

from typing import Any

import pytest

from testbed.drive.deployment import Deployment
from tests.construct.fake_kubernetes import FakeKubernetes

APP = "TauApplication"
OURS = {"labels": {"app.kubernetes.io/managed-by": "tau"}}
CLAIM = {
    "accessModes": ["ReadWriteOnce"],
    "storageClassName": "longhorn",
    "resources": {"requests": {"storage": "5Gi"}},
}


@pytest.fixture
def up(deployment: Deployment, cluster: FakeKubernetes) -> Deployment:
    cluster.put_storage_classes("longhorn", "ssd")
    return Deployment(deployment.plugin, deployment.monitor, config={"kubernetes:kubeconfig": cluster.kubeconfig})


@pytest.mark.parametrize(
    ("volume", "path", "reason"),
    [
        ({"size": "1Gi"}, "volumes[0].size", "cannot shrink"),
        ({"size": "5Gi", "storageClass": "nas"}, "volumes[0].storageClass", "is not a StorageClass"),
        ({"size": "5Gi", "storageClass": "ssd"}, "volumes[0].storageClass", "which cannot change"),
        ({"size": "5Gi", "accessModes": ["ReadWriteMany"]}, "volumes[0].accessModes", "which cannot change"),
    ],
)
def test_a_claim_is_not_replaced_with_its_data(
    up: Deployment, cluster: FakeKubernetes, volume: dict[str, Any], path: str, reason: str
) -> None:
    cluster.put("v1", "persistentvolumeclaims", "shop-data", "default", metadata=OURS, spec=CLAIM)
    refused = up.refused(APP, "shop", {"volumes": [{"mountPath": "/data", **volume}]})
    assert reason in refused.problems[path]


@pytest.mark.parametrize("size", ["5Gi", "5120Mi", "6Gi"])
def test_a_claim_may_stay_or_grow(up: Deployment, cluster: FakeKubernetes, size: str) -> None:
    cluster.put("v1", "persistentvolumeclaims", "shop-data", "default", metadata=OURS, spec=CLAIM)
    up.construct(APP, "shop", {"volumes": [{"mountPath": "/data", "size": size}]})


def test_a_claim_of_others_is_not_taken_over(up: Deployment, cluster: FakeKubernetes) -> None:
    cluster.put("v1", "persistentvolumeclaims", "shop-data", "default", spec=CLAIM)
    refused = up.refused(APP, "shop", {"volumes": [{"mountPath": "/data", "size": "5Gi"}]})
    assert "mount it with `existingClaim`" in refused.problems["volumes[0]"]


MEDIA = {"mountPath": "/media", "nfs": {"server": "nas", "path": "/media"}}
FORMER, PRESENT = "default-shop-media", "tau.default.shop-media"


def put_share(cluster: FakeKubernetes, name: str, server: str = "nas", claim: str = "shop-media") -> None:
    """A live PersistentVolume for a claim of the namespace `default`."""
    reference = {"namespace": "default", "name": claim}
    spec = {"nfs": {"server": server, "path": "/media"}, "claimRef": reference}
    cluster.put("v1", "persistentvolumes", name, spec=spec)


def put_claim(cluster: FakeKubernetes, volume: str) -> None:
    """The live claim of a share."""
    size = {"requests": {"storage": "1Gi"}}
    spec = {"storageClassName": "", "accessModes": ["ReadWriteMany"], "volumeName": volume, "resources": size}
    cluster.put("v1", "persistentvolumeclaims", "shop-media", "default", metadata=OURS, spec=spec)


@pytest.mark.parametrize("name", [FORMER, PRESENT])
def test_a_share_cannot_move(up: Deployment, cluster: FakeKubernetes, name: str) -> None:
    put_share(cluster, name, server="old")
    assert "'old'" in up.refused(APP, "shop", {"volumes": [MEDIA]}).problems["volumes[0].nfs.server"]


@pytest.mark.parametrize(
    ("volumes", "bound", "expected"),
    [([], None, PRESENT), ([FORMER], FORMER, FORMER), ([FORMER], None, FORMER), ([PRESENT], PRESENT, PRESENT)],
)
def test_the_volume_of_a_live_claim_keeps_its_name(
    up: Deployment, cluster: FakeKubernetes, volumes: list[str], bound: str | None, expected: str
) -> None:
    for name in volumes:
        put_share(cluster, name)
    if bound:
        put_claim(cluster, bound)
    up.construct(APP, "shop", {"volumes": [MEDIA]})
    assert up.monitor.find("shop-media-share").inputs["metadata"]["name"] == expected
    assert up.monitor.find("shop-media").inputs["spec"]["volumeName"] == expected


def test_a_volume_of_the_former_name_that_is_for_another_claim_is_left_alone(
    up: Deployment, cluster: FakeKubernetes
) -> None:
    put_share(cluster, FORMER, claim="other")
    up.construct(APP, "shop", {"volumes": [MEDIA]})
    assert up.monitor.find("shop-media-share").inputs["metadata"]["name"] == PRESENT


def test_a_claim_whose_volume_was_given_to_another_claim_is_refused(up: Deployment, cluster: FakeKubernetes) -> None:
    put_share(cluster, FORMER, claim="other")
    put_claim(cluster, FORMER)
    refused = up.refused(APP, "shop", {"volumes": [MEDIA]})
    assert "belongs to claim default/other, not to default/shop-media" in refused.problems["volumes[0]"]


def test_up_does_not_guess_the_name_of_a_live_volume(up: Deployment, cluster: FakeKubernetes) -> None:
    cluster.forbidden.add("persistentvolumeclaims/shop-media")
    refused = up.refused(APP, "shop", {"volumes": [MEDIA]})
    assert "could not be looked up" in refused.problems["volumes[0]"]
    up.monitor.preview = True
    up.construct(APP, "shop", {"volumes": [MEDIA]})
