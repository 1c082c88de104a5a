"""Every object that tau makes is one that the API server accepts, for any inputs that tau accepts."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from tau.backup import objects as backup
from tau.credentials.certificate import Issued
from tau.database import inputs as database_inputs
from tau.database import objects as database
from tau.database import role_attributes
from tau.instance import inputs as instance_inputs
from tau.instance import objects as instance
from tau.kubernetes.kinds import database_role, pod_monitor, prometheus_rule
from tau.monitoring import objects as monitoring
from tau.operator import objects as operator
from tau.operator import plugin_objects
from tau.settings import Settings
from tau.types.postgres import BarmanPlugin, DatabaseArgs, InstanceArgs, OperatorArgs, Store
from tests.contract import kubernetes_schemas
from tests.unit import archives, arguments

quickly = hypothesis.settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.filter_too_much],
)


def made(objects: object) -> Iterator[Any]:
    """The objects that there are."""
    return (item for item in vars(objects).values() if isinstance(item, dict))


@quickly
@hypothesis.given(args=arguments.INSTANCES)
def test_objects_of_an_instance(args: InstanceArgs) -> None:
    hypothesis.assume(arguments.accepted(instance_inputs.check, "main", args))
    for manifest in made(instance.objects("main", args, Settings())):
        assert kubernetes_schemas.problems(manifest) == []


@quickly
@hypothesis.given(args=arguments.DEDICATED | arguments.SHARED, name=arguments.IDENTIFIERS)
def test_objects_of_a_database(args: DatabaseArgs, name: str) -> None:
    hypothesis.assume(arguments.accepted(database_inputs.check, name, args))
    names = database.names(name, args)
    for manifest in made(database.objects(names, args, password="p", ca_certificate="PEM")):
        assert kubernetes_schemas.problems(manifest) == []
    if not args.instance:
        dedicated = instance.objects(name, database.dedicated_instance(names, args), Settings())
        assert [kubernetes_schemas.problems(manifest) for manifest in made(dedicated)] == [[]] * len(
            list(made(dedicated))
        )


@quickly
@hypothesis.given(
    args=arguments.INSTANCES, used=arguments.STORES, recovery=st.just(archives.NOTHING) | archives.RECOVERIES
)
def test_objects_of_an_instance_that_archives_and_is_restored(args: InstanceArgs, used: Store, recovery: Any) -> None:
    hypothesis.assume(arguments.accepted(instance_inputs.check, "main", args))
    about = instance.metadata_of("main", args)
    stores = [backup.archive_objects(about, args, Settings(), used), backup.source_objects(about, used)]
    wanted = [item for found in stores for item in made(found)]
    cluster = instance.objects("main", args, Settings(), archives.archive(recovery=recovery)).cluster
    wanted += [backup.schedule(about, args), backup.first(about, "postgres-main-15-1"), cluster]
    for manifest in wanted:
        assert kubernetes_schemas.problems(manifest) == []


@quickly
@hypothesis.given(args=arguments.INSTANCES)
def test_objects_that_watch_an_instance(args: InstanceArgs) -> None:
    hypothesis.assume(args.monitoring and arguments.accepted(instance_inputs.check, "main", args))
    for manifest in made(monitoring.objects(instance.metadata_of("main", args), args, Settings())):
        assert kubernetes_schemas.problems(manifest) == []


def test_what_definitions_of_the_prometheus_operator_are_called_is_what_they_are_looked_for_by() -> None:
    names = [one["metadata"]["name"] for one in kubernetes_schemas.prometheus_definitions()]
    assert names == [pod_monitor.DEFINITION, prometheus_rule.DEFINITION]


def test_unknown_fields_and_wrong_types_would_be_noticed() -> None:
    manifest: Any = instance.objects("main", InstanceArgs(), Settings()).cluster
    for change in ({"instancse": 1}, {"instances": "1"}, {"storage": {"sise": "1Gi"}}):
        assert kubernetes_schemas.problems(manifest | {"spec": manifest["spec"] | change})


@pytest.mark.parametrize("kind", ["bootstrap_secret", "network_policy"])
def test_unknown_fields_of_kubernetes_kinds_would_be_noticed(kind: str) -> None:
    manifest = getattr(instance.objects("main", InstanceArgs(), Settings()), kind)
    assert kubernetes_schemas.problems(manifest | {"sepc": {}})


@hypothesis.settings(quickly, max_examples=5)
@hypothesis.given(namespace=st.just("cnpg-system") | arguments.LABELS)
def test_the_operator_installs_every_object_of_the_release_manifest(namespace: str) -> None:
    released = kubernetes_schemas.release_manifest()
    args = OperatorArgs(namespace=namespace)
    wanted = [item for group in operator.objects(list(map(dict, released)), args) for item in group]
    assert len(wanted) == len(released) - (namespace == "default")
    assert operator.version_of(wanted) == args.version
    assert {item["metadata"].get("namespace", namespace) for item in wanted} == {namespace}


@pytest.mark.parametrize("namespace", ["cnpg-system", "core"])
def test_the_operator_installs_every_object_of_the_plugins_manifest_but_those_for_cert_manager(namespace: str) -> None:
    released = [dict(item) for item in kubernetes_schemas.plugin_manifest()]
    assert plugin_objects.is_complete(released)
    issued = {pair.role: Issued(certificate="PEM", key="PEM") for pair in plugin_objects.pairs(released)}
    objects = plugin_objects.objects(released, BarmanPlugin(), issued)
    wanted = [one for group in operator.objects(objects, OperatorArgs(namespace=namespace)) for one in group]
    for_cert_manager = [one for one in released if one["apiVersion"].startswith("cert-manager.io/")]
    assert len(for_cert_manager) == 3
    assert len(wanted) == len(released) - len(for_cert_manager) + len(issued)
    assert {one["metadata"].get("namespace", namespace) for one in wanted} == {namespace}
    for manifest in wanted:
        if manifest["kind"] in ("Secret", "Deployment", "Service"):
            assert kubernetes_schemas.problems(manifest) == []


def test_what_a_definition_of_object_stores_is_called_is_what_it_is_looked_for_by() -> None:
    kinds = [one for one in kubernetes_schemas.plugin_manifest() if one["kind"] == "CustomResourceDefinition"]
    assert [one["metadata"]["name"] for one in kinds] == [plugin_objects.DEFINITION]


def test_every_attribute_of_a_role_is_an_input_or_left_out_on_purpose() -> None:
    """CloudNativePG sets all of them, so one that is new there would be removed from roles that are taken over."""
    handled = {"cluster", "databaseRoleReclaimPolicy", "login", "name", "passwordSecret", "validUntil"}
    # A certificate is another way to log in, and the others exclude a password.
    left_out = {"clientCertificate", "disablePassword", "ensure"}
    known = set(kubernetes_schemas.spec_of(database_role.KIND.api_version, database_role.KIND.kind))
    assert known == handled | left_out | role_attributes.DEFAULTS.keys()
