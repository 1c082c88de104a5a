"""ArchiveGeneration and getRecoveryWindow through the plugin process: what the engine is told."""

from collections.abc import Mapping
from typing import Any

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime import proto

from tau.kubernetes.kinds import object_store
from testbed.drive import plugin, property_map
from tests.construct.fake_kubernetes import FakeKubernetes

_URN = "urn:pulumi:dev::garden::tau:postgres:Instance$tau:postgres:ArchiveGeneration::shop-generation"
_EMPTY = dict.fromkeys(("serverName", "backupId", "targetTime", "targetName", "targetLsn"), "")
_LOCATION = "nas.apps.svc:7070/postgres"
_RECORDED = {
    "serverName": "postgres-shop-15-1",
    "recovery": _EMPTY,
    "message": "as it was",
    "location": _LOCATION,
}
_STORE = {
    "endpoint": "http://nas.apps.svc:7070",
    "bucket": "postgres",
    "accessKeyId": property_map.secret("AKEY"),
    "secretAccessKey": property_map.secret("key-must-stay-hidden"),
}


def _inputs(cluster: FakeKubernetes, **more: Any) -> struct_pb2.Struct:
    usual = {
        "image": "sidecar:1",
        "instance": "postgres-shop",
        "kubeconfig": property_map.secret(cluster.kubeconfig),
        "majorVersion": "15",
        "namespace": "default",
        "onExistingArchive": "fail",
        "store": _STORE,
    }
    return property_map.struct(usual | more)


def _archiving(cluster: FakeKubernetes, server_name: str) -> None:
    plugins = [object_store.use(store="postgres-shop", server_name=server_name)]
    cluster.put_cluster("postgres-shop", spec={"instances": 1, "plugins": plugins})


def _properties(response: Any) -> Mapping[str, Any]:
    return property_map.plain(response.properties)


def test_a_living_cluster_keeps_its_generation(tau: plugin.Plugin, cluster: FakeKubernetes) -> None:
    _archiving(cluster, "postgres-shop-15-4")
    made = tau.calls.Create(proto.CreateRequest(urn=_URN, properties=_inputs(cluster, restore={})))
    assert made.id == "default/postgres-shop"
    assert _properties(made) == {
        "serverName": "postgres-shop-15-4",
        "recovery": _EMPTY,
        "message": "postgres-shop archives to postgres-shop-15-4 already",
        "location": _LOCATION,
    }


def test_the_decision_is_forgotten_with_the_cluster(tau: plugin.Plugin, cluster: FakeKubernetes) -> None:
    recorded = property_map.struct(_RECORDED)
    request = proto.ReadRequest(id="default/postgres-shop", urn=_URN, inputs=_inputs(cluster), properties=recorded)
    assert tau.calls.Read(request).id == ""
    _archiving(cluster, "postgres-shop-15-1")
    assert _properties(tau.calls.Read(request)) == _RECORDED


@pytest.mark.parametrize(
    ("more", "replaces", "diffs"),
    [
        ({"restore": {"targetTime": "2026-11-23T03:00:00Z"}}, [], ["restore"]),
        # As a program in TypeScript or Python hands on the output `store` of another resource.
        ({"store": property_map.secret(property_map.plain(property_map.struct(_STORE)))}, [], []),
        ({"namespace": "other"}, ["namespace"], ["namespace"]),
        ({"majorVersion": "17"}, [], ["majorVersion", "message", "serverName"]),
        ({"store": {**_STORE, "accessKeyId": property_map.secret("NEW")}}, [], ["store"]),
        ({"store": {**_STORE, "bucket": "other"}}, [], ["location", "message", "serverName", "store"]),
    ],
)
def test_only_another_identity_replaces_it(
    tau: plugin.Plugin, cluster: FakeKubernetes, more: dict[str, Any], replaces: list[str], diffs: list[str]
) -> None:
    _archiving(cluster, "postgres-shop-15-1")
    request = proto.DiffRequest(
        id="default/postgres-shop",
        urn=_URN,
        olds=property_map.struct(_RECORDED),
        old_inputs=_inputs(cluster),
        news=_inputs(cluster, **more),
    )
    found = tau.calls.Diff(request)
    assert (list(found.replaces), list(found.diffs)) == (replaces, diffs)


@pytest.mark.parametrize(
    ("generation", "diffs"),
    [("postgres-shop-14-2", ["message"]), ("postgres-shop-15-1", [])],
    ids=["not upgraded yet", "upgraded"],
)
def test_an_upgrade_that_stopped_half_way_needs_an_update(
    tau: plugin.Plugin, cluster: FakeKubernetes, generation: str, diffs: list[str]
) -> None:
    _archiving(cluster, generation)
    request = proto.DiffRequest(
        id="default/postgres-shop",
        urn=_URN,
        olds=property_map.struct(_RECORDED),
        old_inputs=_inputs(cluster),
        news=_inputs(cluster),
    )
    found = tau.calls.Diff(request)
    assert list(found.diffs) == diffs
    assert found.changes == (proto.DiffResponse.DIFF_SOME if diffs else proto.DiffResponse.DIFF_NONE)


def test_a_changed_restore_changes_nothing(tau: plugin.Plugin, cluster: FakeKubernetes) -> None:
    _archiving(cluster, "postgres-shop-15-1")
    request = proto.UpdateRequest(
        id="default/postgres-shop",
        urn=_URN,
        olds=property_map.struct(_RECORDED),
        old_inputs=_inputs(cluster),
        news=_inputs(cluster, restore={"backupId": "20261123T030000"}, onExistingArchive="restore"),
    )
    assert _properties(tau.calls.Update(request)) == _RECORDED


def test_what_was_not_known_before_is_checked_by_its_path(tau: plugin.Plugin, cluster: FakeKubernetes) -> None:
    news = _inputs(cluster, restore={"targetTime": "2026-11-23T03:00:00"}, store={**_STORE, "endpoint": "nas"})
    found = tau.calls.Check(proto.CheckRequest(urn=_URN, news=news))
    assert [failure.property for failure in found.failures] == ["store.endpoint", "restore.targetTime"]
    assert "has no time zone" in found.failures[1].reason


def _ask(tau: plugin.Plugin, **arguments: Any) -> proto.InvokeResponse:
    request = proto.InvokeRequest(tok="tau:postgres:getRecoveryWindow", args=property_map.struct(arguments))
    answer: proto.InvokeResponse = tau.calls.Invoke(request)
    return answer


def test_a_window_of_nothing_is_one_sentence(tau: plugin.Plugin, cluster: FakeKubernetes) -> None:
    tau.configure({"kubeconfig": cluster.kubeconfig})
    with pytest.raises(grpc.RpcError) as failure:
        _ask(tau, instance="postgres-shop")
    assert failure.value.details() == (
        "there is no Instance default/postgres-shop; set `store` to look for one that is gone"
    )


def test_wrong_arguments_of_the_function_are_told_by_their_path(tau: plugin.Plugin) -> None:
    found = _ask(tau, instanec="postgres-shop")
    assert [failure.property for failure in found.failures] == ["instanec", "instance"]
