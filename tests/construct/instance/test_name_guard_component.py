"""NameGuard in the plugin process: before everything else of a component, and what its Check says of a change."""

from typing import Any

import pytest
from pulumi.runtime import proto

from testbed.drive import plugin, property_map
from testbed.drive.deployment import Deployment
from tests.construct import order
from tests.construct.backup.test_component import STORE
from tests.construct.fake_kubernetes import CNPG, FakeKubernetes

URN = "urn:pulumi:dev::garden::tau:postgres:Database$tau:postgres:NameGuard::shop-database-names"
NAMES = {"namespace": "apps", "instance": "main", "database": "shop", "owner": "shop"}


@pytest.mark.parametrize(
    ("kind", "inputs", "guards"),
    [
        ("Instance", {"backup": {"store": STORE}}, ["shop-names"]),
        ("Database", {"backup": {"store": STORE}, "owner": "ann"}, ["shop-names", "shop-database-names"]),
        ("Database", {"instance": "main", "passwordRotation": "1"}, ["shop-database-names"]),
        ("Database", {"monitoring": {"podMonitor": True}}, ["shop-names", "shop-database-names"]),
    ],
)
def test_nothing_is_made_where_a_guard_refuses(
    deployment: Deployment, kind: str, inputs: dict[str, Any], guards: list[str]
) -> None:
    deployment.construct(kind, "shop", inputs)
    made = {one.request.name for one in deployment.monitor.registered if one.request.custom} - set(guards)
    assert made
    first = guards[-1]
    assert [one for one in made if not order.comes_after(deployment.monitor, one, first)] == []
    if first != guards[0]:
        assert order.comes_after(deployment.monitor, guards[0], first)


def test_the_databases_of_an_application_are_guarded(deployment: Deployment) -> None:
    deployment.construct("TauApplication", "shop", {"databases": {"default": {}, "analytics": {}}})
    guarded = [
        one.inputs["database"]
        for one in deployment.monitor.registered
        if "NameGuard" in one.request.type and "database" in one.inputs
    ]
    assert len(set(guarded)) == 2


def test_names_that_are_not_known_yet_are_no_change(deployment: Deployment, preview: Deployment) -> None:
    preview.construct("Database", "shop", {"instance": property_map.output(dependencies=[])})
    assert preview.monitor.find("shop-database-names").inputs["instance"] == property_map.UNKNOWN


@pytest.fixture
def living(cluster: FakeKubernetes) -> dict[str, Any]:
    """Recorded inputs, for a database that is there."""
    cluster.put_cluster("main", namespace="apps", spec={}, currentPrimary="main-1")
    cluster.put(CNPG, "databases", "main-shop", "apps", status={"applied": True, "observedGeneration": 1})
    return {**NAMES, "kubeconfig": property_map.secret(cluster.kubeconfig)}


def _check(tau: plugin.Plugin, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, str]:
    request = proto.CheckRequest(urn=URN, olds=property_map.struct(olds), news=property_map.struct(news))
    return {one.property: one.reason for one in tau.calls.Check(request).failures}


def test_another_name_is_refused_by_its_path(tau: plugin.Plugin, living: dict[str, Any]) -> None:
    refused = _check(tau, living, {**living, "owner": "ann"})
    assert set(refused) == {"owner"}
    assert "'ann' is not 'shop', under which the data was created" in refused["owner"]


@pytest.mark.parametrize("hidden", ["olds", "news", "both"])
def test_another_name_is_refused_without_showing_a_secret_one(
    tau: plugin.Plugin, living: dict[str, Any], hidden: str
) -> None:
    old = property_map.secret("shop") if hidden != "news" else "shop"
    new = property_map.secret("planted") if hidden != "olds" else "planted"
    (refused,) = _check(tau, {**living, "owner": old}, {**living, "owner": new}).values()
    assert "owner: this is not the former one, under which the data was created" in refused
    assert "planted" not in refused
    assert "'shop'" not in refused


def test_what_was_never_made_or_is_not_known_yet_may_have_any_name(
    tau: plugin.Plugin, living: dict[str, Any], cluster: FakeKubernetes
) -> None:
    assert _check(tau, {}, living) == {}
    assert _check(tau, living, {**living, "instance": property_map.UNKNOWN}) == {}
    cluster.remove(CNPG, "databases", "main-shop", "apps")
    assert _check(tau, living, {**living, "database": "store"}) == {}


def test_a_database_that_was_deleted_and_comes_back_is_new(tau: plugin.Plugin, living: dict[str, Any]) -> None:
    """A deletion takes the guard along, so nothing is recorded when the kept server is taken back."""
    old = property_map.struct(living)
    tau.calls.Delete(proto.DeleteRequest(urn=URN, id="apps/main/shop", old_inputs=old, properties=old))
    assert _check(tau, {}, {**living, "owner": "ann"}) == {}


@pytest.mark.parametrize(("recorded", "refused"), [("one", False), ("unidentified", False), ("two", True)])
def test_a_resource_does_not_go_to_another_cluster_by_another_provider(
    deployment: Deployment, recorded: str, refused: bool
) -> None:
    names = {"namespace": "shop", "instance": "main"}
    olds, news = names | {"clusterId": recorded}, names | {"clusterId": "one"}
    request = proto.CheckRequest(urn=URN, olds=property_map.struct(olds), news=property_map.struct(news))
    found = [one.reason for one in deployment.plugin.calls.Check(request).failures]
    assert len(found) == refused
    assert not found or "'one' is not the cluster 'two'" in found[0]
