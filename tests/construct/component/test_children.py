"""Resource options of a component reach the component and, where that is what users expect, its children."""

from typing import Any

import pytest
from pulumi.runtime import proto
from pulumi.runtime.proto import alias_pb2

from testbed.drive import property_map
from testbed.drive.deployment import Deployment
from testbed.drive.fake_monitor import Registered
from tests.construct.backup.test_component import STORE
from tests.construct.fake_kubernetes import FakeKubernetes

OTHER = "urn:pulumi:dev::garden::kubernetes:core/v1:Namespace::apps"
PROVIDER = "urn:pulumi:dev::garden::pulumi:providers:kubernetes::home::1a2b3c4d-0000-4000-8000-000000000002"
# Kinds that tau deletes itself, or that outlast it.
_KEPT = (":CustomResourceDefinition", ":Namespace", "postgresql.cnpg.io/v1:Cluster")
KINDS = ("Operator", "Instance", "Database", "shared Database")


class Made:
    """What one component registers, by a kind of KINDS and its options."""

    def __init__(self, deployment: Deployment, releases: dict[str, Any]) -> None:
        self._deployment = deployment
        self._inputs: dict[str, dict[str, Any]] = {
            "Operator": releases,
            "Instance": {},
            "Database": {},
            "shared Database": {"instance": "main"},
        }

    def __call__(self, kind: str, **options: Any) -> tuple[Registered, list[Registered]]:
        """The component, and the custom resources below it."""
        response = self._deployment.construct(kind.split()[-1], "it", self._inputs[kind], **options)
        registered = self._deployment.monitor.registered
        (component,) = [one for one in registered if one.urn == response.urn]
        return component, [one for one in registered if one.request.custom]


@pytest.fixture
def made(deployment: Deployment, releases: dict[str, Any]) -> Made:
    return Made(deployment, releases)


@pytest.mark.parametrize("kind", KINDS)
def test_depends_on_reaches_every_child(made: Made, kind: str) -> None:
    _, children = made(kind, dependencies=[OTHER])
    assert [one.request.name for one in children if OTHER not in one.request.dependencies] == []


@pytest.mark.parametrize("kind", KINDS)
def test_where_inputs_come_from_reaches_every_child(made: Made, kind: str) -> None:
    dependencies = {"namespace": proto.ConstructRequest.PropertyDependencies(urns=[OTHER])}
    _, children = made(kind, inputDependencies=dependencies)
    assert [one.request.name for one in children if OTHER not in one.request.dependencies] == []


@pytest.mark.parametrize("kind", KINDS)
def test_custom_timeouts_reach_every_child(made: Made, kind: str) -> None:
    given = proto.ConstructRequest.CustomTimeouts(create="40m", update="41m", delete="42m", read="43m")
    component, children = made(kind, customTimeouts=given)
    for one in (component, *children):
        found = one.request.customTimeouts
        assert (found.create, found.update, found.delete, found.read) == ("40m", "41m", "42m", "43m"), one.urn


@pytest.mark.parametrize("kind", KINDS)
def test_a_single_custom_timeout_leaves_the_others_to_their_defaults(made: Made, kind: str) -> None:
    _, children = made(kind, customTimeouts=proto.ConstructRequest.CustomTimeouts(create="40m"))
    for one in children:
        found = one.request.customTimeouts
        assert (found.create, found.update, found.delete, found.read) == ("40m", "", "", ""), one.urn


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [True, False])
def test_protect_and_retain_on_delete_are_passed_on_for_the_engine_to_inherit(
    made: Made, kind: str, value: bool
) -> None:
    component, children = made(kind, protect=value, retainOnDelete=value)
    assert component.request.protect is component.request.retainOnDelete is value
    for one in children:
        assert one.request.protect is value or not one.request.HasField("protect"), one.urn
        kept = one.request.type.endswith(_KEPT)
        assert kept or not one.request.HasField("retainOnDelete") or one.request.retainOnDelete is value, one.urn


@pytest.mark.parametrize("kind", KINDS)
def test_options_that_are_not_given_are_left_to_the_parent(made: Made, kind: str) -> None:
    """The engine inherits from a parent only what a child leaves open."""
    component, children = made(kind)
    for one in (component, *children):
        kept = one.request.type.endswith(_KEPT)
        assert not one.request.HasField("protect"), one.urn
        assert kept or not one.request.HasField("retainOnDelete"), one.urn
        assert not one.request.deletedWith
        assert not one.request.HasField("customTimeouts")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kubernetes_provider_reaches_every_kubernetes_child(
    made: Made, kind: str, deployment: Deployment, cluster: FakeKubernetes
) -> None:
    """By way of one of tau's own with the same configuration, which knows the cluster by its identity."""
    urn = PROVIDER.rpartition("::")[0]
    given = {"kubeconfig": property_map.secret(cluster.kubeconfig), "context": "home", "version": "4.25.0"}
    deployment.monitor.states[urn] = given
    component, children = made(kind, providers={"kubernetes": PROVIDER})
    assert dict(component.request.providers) == {"kubernetes": PROVIDER}
    own = deployment.monitor.find("tau-home", "providers:kubernetes")
    assert own.inputs == {
        "clusterIdentifier": "uid-of-kube-system",
        "kubeconfig": cluster.kubeconfig,
        "context": "home",
    }
    used = {one.request.provider for one in children if one.request.type.startswith("kubernetes:")}
    assert used == {f"{own.urn}::id-of-tau-home"}
    # What guards the objects looks where they are.
    identity = deployment.monitor.find("home", "ClusterIdentity")
    assert identity.inputs == {"kubeconfig": cluster.kubeconfig, "context": "home"}
    for one in children:
        if one.request.type.startswith("tau:") and "SelfSigned" not in one.request.type:
            assert one.inputs["kubeconfig"] == cluster.kubeconfig, one.urn
            assert one.request.object["clusterId"] == "uid-of-kube-system", one.urn


@pytest.mark.parametrize("kind", KINDS)
def test_aliases_of_the_component_are_passed_on(made: Made, kind: str) -> None:
    aliases = [
        alias_pb2.Alias(urn="urn:pulumi:dev::garden::old:index:Database::it"),
        alias_pb2.Alias(spec=alias_pb2.Alias.Spec(name="before")),
    ]
    component, _ = made(kind, aliases=aliases)
    assert [one.urn or one.spec.name for one in component.request.aliases] == [aliases[0].urn, "before"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_rest_is_passed_on_to_the_component(made: Made, kind: str) -> None:
    component, _ = made(
        kind, deletedWith=OTHER, replace_with=[OTHER], replaceOnChanges=["name"], ignoreChanges=["name"]
    )
    assert component.request.deletedWith == OTHER
    assert list(component.request.replace_with) == [OTHER]
    assert list(component.request.replaceOnChanges) == ["name"]
    assert list(component.request.ignoreChanges) == ["name"]


@pytest.mark.parametrize("kind", KINDS)
def test_hooks_are_passed_on_to_the_component(made: Made, kind: str) -> None:
    hooks = proto.ConstructRequest.ResourceHooksBinding(before_delete=["farewell"])
    component, _ = made(kind, resource_hooks=hooks)
    assert list(component.request.hooks.before_delete) == ["farewell"]


@pytest.mark.parametrize(
    ("ignored", "translated"),
    [
        ("storage", "spec.storage"),
        ("storage.size", "spec.storage.size"),
        ("instances", "spec.instances"),
        ("version", "spec.imageName"),
        ("image", "spec.imageName"),
        ('parameters["max_connections"]', 'spec.postgresql.parameters["max_connections"]'),
        ("resources.limits.memory", "spec.resources.limits.memory"),
        ("clusterSpec.logLevel", "spec.logLevel"),
        ("walStorage", "spec.walStorage"),
        ("labels", "metadata.labels"),
        ("annotations", "metadata.annotations"),
    ],
)
def test_ignored_inputs_of_an_instance_become_those_of_its_cluster(
    deployment: Deployment, ignored: str, translated: str
) -> None:
    deployment.construct("Instance", "it", {}, ignoreChanges=[ignored])
    assert translated in deployment.monitor.find("it-cluster").request.ignoreChanges


@pytest.mark.parametrize(
    ("ignored", "child", "translated"),
    [
        ("storageSize", "it-cluster", "spec.storage.size"),
        ("version", "it-cluster", "spec.imageName"),
        ("resources", "it-cluster", "spec.resources"),
        ("clusterSpec", "it-cluster", "spec"),
        ("extensions", "it-database", "spec.extensions"),
        ("extensions[0]", "it-database", "spec.extensions[0]"),
    ],
)
def test_ignored_inputs_of_a_database_become_those_of_its_children(
    deployment: Deployment, ignored: str, child: str, translated: str
) -> None:
    deployment.construct("Database", "it", {}, ignoreChanges=[ignored])
    assert list(deployment.monitor.find(child).request.ignoreChanges) == [translated]


@pytest.mark.parametrize("ignored", ["version", "image"])
def test_a_version_that_is_ignored_begins_no_generation_and_upgrades_nothing(
    deployment: Deployment, ignored: str
) -> None:
    deployment.construct("Instance", "it", {"backup": {"store": STORE}}, ignoreChanges=[ignored])
    for child in ("it-generation", "it-upgrade"):
        assert list(deployment.monitor.find(child).request.ignoreChanges) == ["majorVersion"]
