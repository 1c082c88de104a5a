"""Names, Services, network policies and the way in from the host."""

import typing

import pytest

from testbed.drive import bed as driver

pytestmark = pytest.mark.cluster

_SERVE = ("sh", "-c", "echo hello > /tmp/index.html && exec httpd -f -p 8080 -h /tmp")


def test_a_pod_reaches_a_service_by_name(namespace: driver.Namespace) -> None:
    _serve(namespace)
    namespace.run("client")
    assert namespace.shell("client", _get(f"server.{namespace.name}.svc.cluster.local")) == "hello\n"


def test_a_policy_keeps_other_namespaces_out(bed: driver.Bed, namespace: driver.Namespace) -> None:
    _serve(namespace)
    namespace.apply(_policy())
    namespace.run("client")
    host = f"server.{namespace.name}.svc"
    assert _eventually(namespace, "client", _get(host)) == "hello\n"
    stranger = driver.Namespace(bed, f"{namespace.name}-stranger")
    bed.kubectl("create", "namespace", stranger.name)
    try:
        stranger.run("client")
        with pytest.raises(AssertionError, match=r"refused|timed out"):
            stranger.shell("client", _get(host))
    finally:
        bed.kubectl("delete", "namespace", stranger.name, "--wait=false")


def test_no_address_outside_of_the_bed_is_reached(namespace: driver.Namespace) -> None:
    namespace.run("client")
    with pytest.raises(AssertionError, match="No route to host"):
        namespace.shell("client", "wget -T 10 -O - http://192.0.2.1/")


def _serve(namespace: driver.Namespace) -> None:
    ports = [{"port": 80, "targetPort": 8080}]
    namespace.apply(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "server"},
            "spec": {"selector": {"app": "server"}, "ports": ports},
        }
    )
    namespace.run("server", *_SERVE)


def _get(host: str) -> str:
    return f"wget -T 5 -q -O - http://{host}/"


def _eventually(namespace: driver.Namespace, name: str, script: str) -> str:
    """A Service's rules follow the readiness of its pods by a moment."""
    return namespace.shell(name, f"for try in 1 2 3 4 5; do {script} && exit; sleep 1; done; exit 1")


def _policy() -> dict[str, typing.Any]:
    own_namespace: dict[str, typing.Any] = {"from": [{"podSelector": {}}]}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "server"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "server"}},
            "policyTypes": ["Ingress"],
            "ingress": [own_namespace],
        },
    }
