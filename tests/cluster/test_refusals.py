"""What the cluster that is there has against a program, and what CloudNativePG says when it cannot follow."""

import dataclasses
import time

import pytest

from testbed.drive import kubernetes, programs, stack
from tests.cluster.conftest import NewStack


@dataclasses.dataclass(frozen=True)
class Server:
    """A living instance, and the namespace that it is in."""

    namespace: str
    cluster: kubernetes.Kubernetes
    new_stack: NewStack


@pytest.fixture(scope="module")
def server(operator: None, new_stack: NewStack, namespace: str, cluster: kubernetes.Kubernetes) -> Server:
    owned = new_stack()
    owned.up({"resources": {"server": programs.instance(namespace)}})
    return Server(namespace, cluster, new_stack)


def _database(namespace: str, **properties: object) -> stack.Program:
    given = {"instance": "postgres-server", "namespace": namespace} | properties
    return {"resources": {"shop": {"type": "tau:postgres:Database", "properties": given}}}


def test_a_database_in_another_namespace_than_its_instance_is_refused(server: Server) -> None:
    refused = server.new_stack().preview(_database("default"), fails=True)
    assert "property namespace with value '{default}'" in refused.output
    assert f"instance 'postgres-server', which is in '{server.namespace}'" in refused.output


def test_a_misspelt_instance_is_refused_with_the_name_that_was_meant(server: Server) -> None:
    refused = server.new_stack().preview(_database(server.namespace, instance="postgres-sever"), fails=True)
    assert "property instance with value '{postgres-sever}'" in refused.output
    assert "did you mean 'postgres-server'?" in refused.output


def test_an_instance_that_another_program_made_is_found(server: Server) -> None:
    planned = server.new_stack().preview(_database(server.namespace))
    assert set(planned.changed) == {"create"}


def test_an_extension_that_the_image_lacks_fails_with_the_servers_words(server: Server) -> None:
    begin = time.monotonic()
    refused = server.new_stack().up(_database(server.namespace, extensions=["postgis"]), fails=True)
    assert time.monotonic() - begin < 60
    assert 'extension "postgis" is not available' in refused.output
    assert "Traceback" not in refused.output


def test_a_parameter_that_the_operator_owns_fails_with_its_words(server: Server) -> None:
    program = {"resources": {"other": programs.instance(server.namespace, parameters={"ssl": "off"})}}
    refused = server.new_stack().up(program, fails=True)
    assert "Can't set fixed configuration parameter" in refused.output
    assert "postgres-other" not in server.cluster.names("cluster", server.namespace)


def test_an_image_that_cannot_be_pulled_is_named_when_time_is_up(server: Server) -> None:
    image = "registry.invalid/postgresql:15"
    other = programs.instance(server.namespace, image=image) | {"options": {"customTimeouts": {"create": "20s"}}}
    refused = server.new_stack().up({"resources": {"unpullable": other}}, fails=True)
    assert "not ready after 20 s" in refused.output
    assert image in refused.output


def test_an_operator_that_runs_is_accepted(server: Server) -> None:
    program = {"resources": {"operator": {"type": "tau:postgres:Operator", "properties": {"install": False}}}}
    accepted = server.new_stack()
    accepted.up(program)
    kinds = {one["type"] for one in accepted.resources()}
    assert kinds == {"tau:postgres:ClusterIdentity", "tau:postgres:Operator", "tau:postgres:Readiness"}


def test_an_operator_that_does_not_run_is_missed(server: Server) -> None:
    properties = {"install": False, "namespace": server.namespace}
    program = {"resources": {"operator": {"type": "tau:postgres:Operator", "properties": properties}}}
    refused = server.new_stack().preview(program, fails=True)
    assert "property install with value '{false}'" in refused.output
    there = "there is cnpg-system/cnpg-controller-manager"
    assert f"namespace '{server.namespace}' has none: {there}" in " ".join(refused.output.split())
