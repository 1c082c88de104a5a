"""An application on a cluster: it answers, keeps to `restricted`, rolls on a new password, and cleans up behind it."""

import dataclasses
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from testbed.drive import applications, kubernetes
from testbed.drive.applications import Requester, application, visits
from testbed.drive.stack import Program, Result, Stack
from tests.cluster.conftest import NewStack

CHANGED = {**applications.SMALL_DATABASE, "password": "another Password/1"}
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


@dataclasses.dataclass(frozen=True)
class Shop:
    """The application `shop`, its stack, and a client in its namespace."""

    stack: Stack
    cluster: kubernetes.Kubernetes
    namespace: str
    client: Requester
    preview: Result
    up: Result

    def program(self, **properties: Any) -> Program:
        """The same program with other inputs."""
        return program(self.namespace, **properties)

    def pods(self) -> set[str]:
        """The Pods of the application itself, without those that are about to go."""
        selector = ("-l", "app.kubernetes.io/name=shop", "-o", "json")
        listed = json.loads(self.cluster.kubectl("get", "pods", "--namespace", self.namespace, *selector))
        found = (item["metadata"] for item in listed["items"])
        return {f"pod/{one['name']}" for one in found if "deletionTimestamp" not in one}


def program(namespace: str, **properties: Any) -> Program:
    """An application with most of what one can have; image, host and size are known only when others are made."""
    given: dict[str, Any] = {
        "namespaceLabels": RESTRICTED,
        "secretEnv": {"TOKEN": "hunter2"},
        "env": {"GREETING": "hello $(TOKEN)", "NUMBER": 7},
        "labels": {"team": "home"},
        "ingress": {"host": "${host.result}.example"},
        "ingresses": {"api": {"host": "${host.result}.example", "path": "/api"}},
        "volumes": [{"mountPath": "/data", "size": "${size.results[0]}", "accessModes": ["ReadWriteMany"]}],
        # Two Pods write at the same time while one replaces the other, which has to be asked for.
        "strategy": "RollingUpdate",
    }
    shop = visits(namespace, **given | properties)
    shop["properties"]["image"] = "${image.results[0]}"
    return {
        "resources": {
            "image": {"type": "random:RandomShuffle", "properties": {"inputs": [applications.IMAGE]}},
            "size": {"type": "random:RandomShuffle", "properties": {"inputs": ["64Mi"]}},
            "host": {"type": "random:RandomString", "properties": {"length": 8, "special": False, "upper": False}},
            "shop": shop,
        },
        "outputs": {"url": "${shop.url}", "serviceName": "${shop.serviceName}"},
    }


@pytest.fixture(scope="module")
def shop(operator: None, new_stack: NewStack, cluster: kubernetes.Kubernetes) -> Iterator[Shop]:
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    owned = new_stack()
    preview = owned.preview(program(namespace))
    up = owned.up()
    client = applications.requester(cluster, namespace)
    yield Shop(owned, cluster, namespace, client, preview, up)
    cluster.delete_namespace(namespace)


def test_a_preview_plans_what_up_makes(shop: Shop) -> None:
    assert shop.preview.changes == shop.up.changes
    assert shop.stack.output("url").endswith(".example")


def test_it_writes_and_reads_rows_with_the_url_and_with_the_parts(shop: Shop) -> None:
    first = shop.client.get(f"http://shop.{shop.namespace}.svc/")
    assert first["url"][1:] == first["parts"][1:] == ["shop", "shop"]
    assert first["parts"][0] == first["url"][0] + 1
    assert shop.client.get("http://shop/")["url"][0] == first["parts"][0] + 1


def test_its_namespace_enforces_the_restricted_standard(shop: Shop) -> None:
    labels = shop.cluster.get("namespace", shop.namespace, shop.namespace)["metadata"]["labels"]
    assert labels.items() >= RESTRICTED.items()
    refused = shop.cluster.try_kubectl("run", "root", "--image=busybox:1.36", "--namespace", shop.namespace)
    assert "violates PodSecurity" in refused.output


def test_its_variables_are_what_was_given(shop: Shop) -> None:
    (pod,) = shop.pods()
    found = shop.cluster.kubectl("exec", "--namespace", shop.namespace, pod, "--", "env").splitlines()
    assert {"TOKEN=hunter2", "GREETING=hello hunter2", "NUMBER=7"} <= set(found)
    assert not [line for line in found if line.startswith("SHOP_SERVICE")], "links to Services fill the environment"


def test_its_claim_is_writable_although_it_does_not_run_as_root(shop: Shop) -> None:
    (pod,) = shop.pods()
    written = "test $(id -u) != 0 && echo kept > /data/file && cat /data/file"
    found = shop.cluster.kubectl("exec", "--namespace", shop.namespace, pod, "--", "sh", "-c", written)
    assert found.split() == ["kept"]


def test_every_object_has_its_labels(shop: Shop) -> None:
    kinds = "deployments,services,ingresses,configmaps,clusters.postgresql.cnpg.io,databases.postgresql.cnpg.io"
    listed = shop.cluster.kubectl("get", kinds, "--namespace", shop.namespace, "-l", "app=shop,team=home", "-o", "name")
    assert {line.partition(".")[0].partition("/")[0] for line in listed.split()} == {
        *("deployment", "service", "ingress", "configmap", "cluster", "database")
    }
    assert shop.cluster.names("ingress", shop.namespace) == {"shop", "shop-api"}


def test_a_second_up_changes_nothing(shop: Shop) -> None:
    assert shop.stack.up().changed == {}
    assert shop.stack.refresh().changed == {}


def test_a_new_password_rolls_the_pods_without_a_failed_request(shop: Shop) -> None:
    before = shop.pods()
    shop.client.loop("http://shop/")
    changed = shop.stack.up(shop.program(database=CHANGED))
    assert changed.changed
    assert not before & shop.pods()
    assert shop.client.get("http://shop/")["url"][1] == "shop"
    good, bad = shop.client.counted()
    assert (good > 20, bad) == (True, 0), shop.client.failures()


def test_a_changed_file_rolls_the_pods(shop: Shop) -> None:
    before = shop.pods()
    properties = {"database": CHANGED, "configFiles": {"/etc/motd.txt": "changed"}}
    shop.stack.up(shop.program(**properties))
    (pod,) = shop.pods()
    assert not before & {pod}
    assert shop.cluster.kubectl("exec", "--namespace", shop.namespace, pod, "--", "cat", "/etc/motd.txt") == "changed"


def test_pods_that_cannot_run_are_told_about(shop: Shop) -> None:
    """The image of busybox has no user but root."""
    other = {"resources": {**program(shop.namespace)["resources"]}}
    broken = application(shop.namespace, image="docker.io/library/busybox:1.36", command=["sleep", "1d"])
    broken["options"] = {"customTimeouts": {"create": "40s"}}
    failed = shop.stack.up({"resources": {**other["resources"], "broken": broken}}, fails=True)
    assert "container has runAsNonRoot and image will run as root" in failed.output
    shop.stack.up(program(shop.namespace))


def test_a_namespace_stays_as_long_as_others_have_things_in_it(shop: Shop, new_stack: NewStack) -> None:
    guest = new_stack()
    guest.up({"resources": {"guest": application(shop.namespace, secretEnv={"A": "b"})}})
    guest.destroy()
    assert shop.pods()
    shop.stack.destroy()
    assert shop.cluster.names("pod", shop.namespace) >= {"requester"}
    shop.cluster.kubectl("delete", "pod", "requester", "--namespace", shop.namespace)
    guest.up()
    guest.destroy()
    assert shop.cluster.try_kubectl("get", "namespace", shop.namespace).code != 0
