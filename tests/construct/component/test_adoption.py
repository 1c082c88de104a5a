"""What was made before: taken over by alias, and else left alone."""

import dataclasses
from typing import Any

import pytest
from pulumi.runtime.proto import alias_pb2

from testbed.drive.deployment import STACK, Deployment
from tests.construct import fake_kubernetes
from tests.construct.backup.test_component import STORE
from tests.construct.fake_kubernetes import FakeKubernetes

CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster"
SPEC = {"storage": {"size": "10Gi"}, "instances": 1}
FORMER = "urn:pulumi:dev::garden::home:index:Server::shop"
URN = f"urn:pulumi:dev::garden::home:index:Server${CLUSTER}::shop-pg"
WHOLE = {"image": "shop:1", "ports": [{"port": 80}], "ingress": {"host": "shop.example"}}
APPLICATION = {
    "Deployment": ("apps/v1", "deployments"),
    "Service": ("v1", "services"),
    "Ingress": ("networking.k8s.io/v1", "ingresses"),
}
SURROUNDINGS = {
    "Cluster": ("postgresql.cnpg.io/v1", "clusters"),
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies"),
    "ObjectStore": ("barmancloud.cnpg.io/v1", "objectstores"),
    "ScheduledBackup": ("postgresql.cnpg.io/v1", "scheduledbackups"),
}


def spec(kind: str, **fields: Any) -> alias_pb2.Alias:
    """An alias by its parts."""
    return alias_pb2.Alias(spec=alias_pb2.Alias.Spec(type=kind, **fields))


def aliases(deployment: Deployment, child: str, kind: str = "") -> list[Any]:
    """What a child was registered with."""
    return list(deployment.monitor.find(child, kind).request.aliases)


@pytest.fixture
def up(deployment: Deployment, cluster: FakeKubernetes) -> Deployment:
    """On a cluster that answers."""
    cluster.put_storage_classes("longhorn")
    cluster.put("apiextensions.k8s.io/v1", "customresourcedefinitions", "objectstores.barmancloud.cnpg.io")
    return dataclasses.replace(deployment, config={"kubernetes:kubeconfig": cluster.kubeconfig})


def put_foreign(cluster: FakeKubernetes, name: str, **body: Any) -> None:
    """A Cluster that something else than tau has made."""
    cluster.put(fake_kubernetes.CNPG, "clusters", name, "default", spec=SPEC, **body)


def test_the_alias_of_a_cluster_goes_to_the_cluster_and_not_to_the_component(deployment: Deployment) -> None:
    renamed = alias_pb2.Alias(urn=FORMER)
    deployment.construct("Instance", "it", {}, aliases=[alias_pb2.Alias(urn=URN), renamed])
    assert aliases(deployment, "it", "tau:postgres:Instance") == [renamed]
    assert aliases(deployment, "it-cluster") == [alias_pb2.Alias(urn=URN)]
    assert aliases(deployment, "it-network-policy") == aliases(deployment, "it-bootstrap") == []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"name": "pg"}, {"name": "pg", "parentUrn": STACK}),
        ({}, {"name": "it", "parentUrn": STACK}),
        ({"name": "pg", "noParent": True}, {"name": "pg", "noParent": True}),
        ({"name": "pg", "parentUrn": FORMER}, {"name": "pg", "parentUrn": FORMER}),
        ({"name": "pg", "stack": "old", "project": "home"}, {"name": "pg", "stack": "old", "project": "home"}),
    ],
)
def test_what_an_alias_leaves_open_is_that_of_the_component(
    deployment: Deployment, given: dict[str, Any], meant: dict[str, Any]
) -> None:
    """The engine would take the child's own name, and the component as its parent."""
    deployment.construct("Instance", "it", {}, aliases=[spec(CLUSTER, **given)])
    expected = {"parentUrn": STACK} | meant if "noParent" not in meant else meant
    assert aliases(deployment, "it-cluster") == [spec(CLUSTER, **expected)]


def test_an_alias_of_a_component_without_a_parent_has_none_either(deployment: Deployment) -> None:
    deployment.construct("Instance", "it", {}, aliases=[spec(CLUSTER, name="pg")], parent="")
    assert aliases(deployment, "it-cluster") == [spec(CLUSTER, name="pg", noParent=True)]


def test_a_dedicated_database_hands_the_alias_down_to_its_server(deployment: Deployment) -> None:
    deployment.construct("Database", "it", {}, aliases=[alias_pb2.Alias(urn=URN)])
    assert aliases(deployment, "it-cluster") == [alias_pb2.Alias(urn=URN)]


def test_an_application_takes_over_each_of_its_objects(deployment: Deployment) -> None:
    kinds = {
        "it-deployment": "kubernetes:apps/v1:Deployment",
        "it-service": "kubernetes:core/v1:Service",
        "it-ingress": "kubernetes:networking.k8s.io/v1:Ingress",
        "it-cluster": CLUSTER,
    }
    given = [spec(kind, name=f"old-{child}") for child, kind in kinds.items()]
    more = {"database": {}, "ingresses": {"api": {"host": "api.example"}}}
    deployment.construct("TauApplication", "it", {**WHOLE, **more}, aliases=given)
    assert aliases(deployment, "it-ingress-api") == []
    for child, kind in kinds.items():
        assert aliases(deployment, child) == [spec(kind, name=f"old-{child}", parentUrn=STACK)]
    assert aliases(deployment, "it", "tau:app:TauApplication") == []


def test_an_own_store_of_the_server_does_not_get_the_aliases_of_the_application(deployment: Deployment) -> None:
    """Its gateway has a Deployment and a Service too."""
    configured = dataclasses.replace(deployment, config={"garden:postgres_backup_nfs_path": "nas.local:/backups"})
    given = [spec("kubernetes:apps/v1:Deployment", name="old"), spec("kubernetes:core/v1:Service", name="old")]
    configured.construct("TauApplication", "it", {**WHOLE, "database": {}}, aliases=given)
    objects = [one.request for one in deployment.monitor.registered if one.request.type.startswith("kubernetes:")]
    assert sorted(one.name for one in objects if one.aliases) == ["it-deployment", "it-service"]


def test_backups_that_were_there_are_taken_over(deployment: Deployment) -> None:
    kinds = ("kubernetes:postgresql.cnpg.io/v1:ScheduledBackup", "kubernetes:barmancloud.cnpg.io/v1:ObjectStore")
    given = [spec(kind, name="old") for kind in kinds]
    deployment.construct("Instance", "it", {"backup": {"store": STORE}}, aliases=given)
    taken = {one.request.name for one in deployment.monitor.registered if one.request.aliases}
    assert taken == {"it-backup", "it-archive"}


@pytest.mark.parametrize(
    ("kind", "inputs", "alias", "reason"),
    [
        (
            "Instance",
            {},
            "kubernetes:apps/v1:Deployment",
            f"takes over kubernetes:networking.k8s.io/v1:NetworkPolicy, {CLUSTER}",
        ),
        ("Database", {"instance": "main"}, CLUSTER, "it takes over none"),
        ("TauApplication", {"image": "shop:1"}, CLUSTER, "it takes over kubernetes:apps/v1:Deployment"),
        ("TauApplication", {"databases": {"a": {}, "b": {}}}, CLUSTER, "is the type of 2 objects of this resource"),
    ],
)
def test_an_alias_that_nothing_takes_is_refused(
    deployment: Deployment, kind: str, inputs: dict[str, Any], alias: str, reason: str
) -> None:
    """As one of the component itself it would make the engine delete the object."""
    refused = deployment.refused(kind, "it", inputs, aliases=[spec(alias, name="old")])
    assert reason in refused.problems["aliases"]


@pytest.mark.parametrize("kind", ["Instance", "Database"])
def test_a_server_that_somebody_else_made_is_left_alone(up: Deployment, cluster: FakeKubernetes, kind: str) -> None:
    put_foreign(cluster, "postgres-main")
    refused = up.refused(kind, "main", {})
    assert "Cluster default/postgres-main already exists and is not managed by tau" in refused.problems["name"]
    assert "name it in `aliases`" in refused.problems["name"]
    assert "label app.kubernetes.io/managed-by=tau" in refused.problems["name"]


def test_a_preview_leaves_it_alone_as_well(preview: Deployment, cluster: FakeKubernetes) -> None:
    put_foreign(cluster, "postgres-main")
    on = dataclasses.replace(preview, config={"kubernetes:kubeconfig": cluster.kubeconfig})
    assert "name" in on.refused("Instance", "main", {}, dependencies=[FORMER]).problems


def test_with_its_alias_it_is_taken_over(up: Deployment, cluster: FakeKubernetes) -> None:
    put_foreign(cluster, "shop-pg")
    up.construct("Instance", "main", {"name": "shop-pg"}, aliases=[alias_pb2.Alias(urn=URN)])
    assert up.monitor.find("main-cluster").inputs["metadata"]["name"] == "shop-pg"


def test_with_the_label_of_tau_it_is_taken_over(up: Deployment, cluster: FakeKubernetes) -> None:
    put_foreign(cluster, "shop-pg", metadata={"labels": {"app.kubernetes.io/managed-by": "tau"}})
    up.construct("Instance", "main", {"name": "shop-pg"})


def test_a_label_that_the_user_has_replaced_is_the_one_that_counts(up: Deployment, cluster: FakeKubernetes) -> None:
    labels = {"app.kubernetes.io/managed-by": "me"}
    put_foreign(cluster, "postgres-main", metadata={"labels": labels})
    up.construct("Instance", "main", {"labels": labels})


@pytest.mark.parametrize("kind", ["Instance", "Database"])
def test_an_alias_with_a_name_that_would_replace_the_server_is_refused(up: Deployment, kind: str) -> None:
    """A Cluster cannot be renamed: the engine would make an empty one, and delete the old one with its volumes."""
    refused = up.refused(kind, "main", {}, aliases=[alias_pb2.Alias(urn=URN)])
    assert refused.problems == {
        "name": "Cluster default/postgres-main does not exist, so it cannot be adopted; use the name of "
        "an existing one, or remove its alias"
    }


@pytest.mark.parametrize(("kind", "version_and_plural"), SURROUNDINGS.items())
def test_nothing_around_the_server_is_taken_from_others(
    up: Deployment, cluster: FakeKubernetes, kind: str, version_and_plural: tuple[str, str]
) -> None:
    cluster.put(*version_and_plural, "postgres-main", "default", spec=SPEC)
    refused = up.refused("Instance", "main", {"backup": {"store": STORE}})
    assert f"{kind} default/postgres-main already exists" in refused.problems["name"]


@pytest.mark.parametrize(("kind", "version_and_plural"), APPLICATION.items())
def test_nothing_of_an_application_is_taken_from_others(
    up: Deployment, cluster: FakeKubernetes, kind: str, version_and_plural: tuple[str, str]
) -> None:
    cluster.put(*version_and_plural, "shop", "default")
    refused = up.refused("TauApplication", "shop", WHOLE)
    assert f"{kind} default/shop already exists and is not managed by tau" in refused.problems["name"]
    cluster.put(*version_and_plural, "shop", "default", metadata={"labels": {"app.kubernetes.io/managed-by": "tau"}})
    up.construct("TauApplication", "shop", WHOLE)


def test_a_user_who_may_not_look_and_a_cluster_that_is_away_have_no_objections(
    up: Deployment, cluster: FakeKubernetes
) -> None:
    cluster.away = True
    up.construct("TauApplication", "shop", {**WHOLE, "database": {}})


@pytest.mark.parametrize("kind", ["kubernetes:yaml:ConfigFile", "kubernetes:yaml/v2:ConfigFile"])
def test_an_operator_takes_over_what_a_manifest_had_made(
    deployment: Deployment, releases: dict[str, Any], kind: str
) -> None:
    """The engine replaces the component's name, type and parent by those of the alias."""
    former = spec(kind, name="cloudnative-pg")
    deployment.construct("Operator", "operator", releases, aliases=[former])
    (own,) = aliases(deployment, "operator", "tau:postgres:Operator")
    assert (own.spec.type, own.spec.name) == (kind, "cloudnative-pg")
    found = aliases(deployment, "operator-deployment-cnpg-controller-manager")
    named = ("cnpg-system/cnpg-controller-manager", "operator:cnpg-system/cnpg-controller-manager")
    assert [one.spec.name for one in found] == list(named)
    definition = aliases(deployment, "operator-customresourcedefinition-clusters.postgresql.cnpg.io")
    assert definition[0].spec.name == "clusters.postgresql.cnpg.io"


def test_an_operator_that_takes_nothing_over_has_no_aliases(deployment: Deployment, releases: dict[str, Any]) -> None:
    deployment.construct("Operator", "operator", releases)
    assert [one.request.name for one in deployment.monitor.registered if one.request.aliases] == []
