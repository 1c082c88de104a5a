"""The StorageClass of volumes for which the program names none: Longhorn's, else the cluster's default."""

from typing import Any

import pytest

from testbed.drive import property_map
from testbed.drive.deployment import Deployment
from testbed.drive.fake_engine import FakeEngine
from tests.construct.fake_kubernetes import FakeKubernetes

DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}
PROGRAMS: dict[str, tuple[dict[str, Any], str]] = {
    "Instance": ({"walStorage": {}}, "storage.storageClass"),
    "Database": ({}, "clusterSpec.storage.storageClass"),
    "TauApplication": (
        {"image": "nginx:1", "volumes": [{"mountPath": "/data", "size": "1Gi"}]},
        "volumes[0].storageClass",
    ),
}


@pytest.fixture
def up(deployment: Deployment, cluster: FakeKubernetes) -> Deployment:
    return Deployment(deployment.plugin, deployment.monitor, config={"kubernetes:kubeconfig": cluster.kubeconfig})


def _put_classes(cluster: FakeKubernetes, *names: str, default: str | None = None) -> None:
    for name in names:
        metadata = {"annotations": DEFAULT if name == default else {}}
        cluster.put("storage.k8s.io/v1", "storageclasses", name, metadata=metadata)


def _classes(up: Deployment) -> set[str]:
    found = set()
    for one in up.monitor.registered:
        spec = one.inputs.get("spec") or {}
        found |= {spec[name]["storageClass"] for name in ("storage", "walStorage") if name in spec}
        found |= {spec["storageClassName"]} if "storageClassName" in spec else set()
    return found


@pytest.mark.parametrize("kind", PROGRAMS)
def test_without_longhorn_it_is_the_default_of_the_cluster_which_is_told(
    up: Deployment, cluster: FakeKubernetes, engine: FakeEngine, kind: str
) -> None:
    inputs, path = PROGRAMS[kind]
    _put_classes(cluster, "local-path", "nfs", default="local-path")
    response = up.construct(kind, f"on-default-{kind.lower()}", inputs)
    assert _classes(up) == {"local-path"}
    told = engine.messages_of(response.urn)
    assert any(f"`{path}` is 'local-path', the default StorageClass of the cluster" in one for one in told)


@pytest.mark.parametrize("kind", PROGRAMS)
def test_longhorn_is_taken_where_it_is_without_a_word(
    up: Deployment, cluster: FakeKubernetes, engine: FakeEngine, kind: str
) -> None:
    _put_classes(cluster, "local-path", "longhorn", default="local-path")
    response = up.construct(kind, f"on-longhorn-{kind.lower()}", PROGRAMS[kind][0])
    assert _classes(up) == {"longhorn"}
    assert engine.messages_of(response.urn) == []


@pytest.mark.parametrize("kind", PROGRAMS)
def test_without_either_it_must_be_set(up: Deployment, cluster: FakeKubernetes, kind: str) -> None:
    inputs, path = PROGRAMS[kind]
    _put_classes(cluster, "fast", "slow")
    reason = up.refused(kind, "main", inputs).problems[path]
    assert "is not set, and no StorageClass is 'longhorn' or the default of the cluster" in reason
    assert "this cluster has fast, slow; set it or `tau:postgresStorageClass`" in reason


def test_a_volume_that_is_there_keeps_its_class(up: Deployment, cluster: FakeKubernetes) -> None:
    _put_classes(cluster, "longhorn", "old", "fast", default="fast")
    spec = {"storage": {"size": "10Gi", "storageClass": "old"}, "imageName": "postgresql:15"}
    cluster.put_cluster("postgres-main", spec=spec)
    claim = {"storageClassName": "fast", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {}}}
    labels = {"app.kubernetes.io/managed-by": "tau"}
    cluster.put("v1", "persistentvolumeclaims", "main-data", "default", metadata={"labels": labels}, spec=claim)
    up.construct("Instance", "main", {})
    assert _classes(up) == {"old"}
    up.construct("TauApplication", "main", PROGRAMS["TauApplication"][0])
    assert _classes(up) == {"old", "fast"}


@pytest.mark.parametrize("part", [{"storage": property_map.output()}, {"storage": {"size": property_map.output()}}])
def test_a_part_of_the_spec_that_is_not_known_yet_is_no_obstacle(
    preview: Deployment, cluster: FakeKubernetes, part: dict[str, Any]
) -> None:
    _put_classes(cluster, "local-path", default="local-path")
    on_cluster = Deployment(preview.plugin, preview.monitor, config={"kubernetes:kubeconfig": cluster.kubeconfig})
    on_cluster.construct("Instance", "main", {"clusterSpec": part})


@pytest.mark.parametrize("kind", PROGRAMS)
def test_classes_are_asked_for_once(up: Deployment, cluster: FakeKubernetes, kind: str) -> None:
    _put_classes(cluster, "longhorn")
    up.construct(kind, "main", PROGRAMS[kind][0])
    asked = [one for one in cluster.requests if "storageclasses" in one]
    assert len(asked) == (2 if kind == "TauApplication" else 1), "a claim is compared with the classes on its own"
