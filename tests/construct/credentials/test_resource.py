"""RoleCredential in the plugin process: what a preview tells, and a state that knows a RandomPassword instead."""

import base64

import pytest
from pulumi.runtime import proto

from testbed.drive import plugin, property_map
from tests.construct.fake_kubernetes import FakeKubernetes

URN = "urn:pulumi:dev::garden::tau:postgres:Database$tau:postgres:RoleCredential::shop-password"
NAMES = {"namespace": "apps", "secretName": "main-shop-connection", "database": "shop", "owner": "shop"}
OLD_INPUTS = property_map.struct({"length": 32, "special": False})
OLD_STATE = property_map.struct({"length": 32, "result": property_map.secret("from-the-state"), "bcryptHash": "$2a$"})


@pytest.fixture
def with_secret(cluster: FakeKubernetes) -> dict[str, str]:
    """Inputs for a cluster in which the connection Secret is left from before."""
    held = {"database": "shop", "username": "shop", "password": "kept"}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in held.items()}
    labels = {"app.kubernetes.io/managed-by": "tau"}
    cluster.put("v1", "secrets", "main-shop-connection", "apps", metadata={"labels": labels}, data=data)
    return NAMES | {"kubeconfig": cluster.kubeconfig}


def test_a_preview_tells_the_password_that_is_taken_over(tau: plugin.Plugin, with_secret: dict[str, str]) -> None:
    news = property_map.struct(with_secret)
    seen = tau.calls.Create(proto.CreateRequest(urn=URN, properties=news, preview=True)).properties
    made = tau.calls.Create(proto.CreateRequest(urn=URN, properties=news)).properties
    known, found = property_map.plain(seen), property_map.plain(made)
    assert known.pop("digestKey") == property_map.UNKNOWN != found.pop("digestKey")
    assert known == found
    assert property_map.is_secret(made, "digestKey")
    assert property_map.plain(made).items() >= {"password": "kept", "username": "shop"}.items()
    assert property_map.is_secret(made, "password")


def test_a_preview_does_not_tell_a_password_that_is_yet_to_be_made(tau: plugin.Plugin, cluster: FakeKubernetes) -> None:
    news = property_map.struct(NAMES | {"kubeconfig": cluster.kubeconfig})
    seen = tau.calls.Create(proto.CreateRequest(urn=URN, properties=news, preview=True)).properties
    found = property_map.plain(seen)
    assert (found["username"], found["password"]) == ("shop", property_map.UNKNOWN)


def test_the_password_of_an_older_state_is_kept_and_a_preview_says_so(tau: plugin.Plugin) -> None:
    news = property_map.struct(NAMES)
    changes = tau.calls.Diff(proto.DiffRequest(id="none", urn=URN, olds=OLD_STATE, old_inputs=OLD_INPUTS, news=news))
    assert (changes.changes, list(changes.replaces)) == (proto.DiffResponse.DIFF_SOME, [])
    for preview in (True, False):
        request = proto.UpdateRequest(
            id="none", urn=URN, olds=OLD_STATE, old_inputs=OLD_INPUTS, news=news, preview=preview
        )
        found = tau.calls.Update(request).properties
        assert property_map.plain(found).items() >= {"password": "from-the-state", "username": "shop"}.items()
        assert property_map.is_secret(found, "password")


def test_where_nothing_says_where_a_cluster_is_there_is_a_password_all_the_same(tau: plugin.Plugin) -> None:
    made = tau.calls.Create(proto.CreateRequest(urn=URN, properties=property_map.struct(NAMES))).properties
    assert len(property_map.plain(made)["password"]) == 32
