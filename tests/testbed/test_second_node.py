"""A second node joins, carries pods and volumes, and goes away like a machine that lost its power."""

import pytest

from testbed.drive import bed as driver

pytestmark = pytest.mark.cluster


def test_pods_on_two_nodes_reach_each_other(bed: driver.Bed, namespace: driver.Namespace) -> None:
    bed.command("node2", "up")
    try:
        serve = ("sh", "-c", "echo hello > /tmp/index.html && exec httpd -f -p 8080 -h /tmp")
        namespace.run("server", *serve, nodeName="node2")
        namespace.run("client", nodeName="node1")
        address = namespace.kubectl("get", "pod/server", "-o", "jsonpath={.status.podIP}")
        assert namespace.shell("client", f"wget -T 5 -q -O - http://{address}:8080/") == "hello\n"
        assert "10.96.0.1" in namespace.shell("server", "nslookup kubernetes.default.svc.cluster.local")
        assert "hello" in namespace.shell("server", "cat /tmp/index.html")
    finally:
        bed.command("node2", "down")
    assert bed.kubectl("get", "nodes", "-o", "name").split() == ["node/node1"]
