"""The Barman Cloud plugin that the Operator installs: without cert-manager, known to the operator, renewed in time."""

import dataclasses
import json
import pathlib
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from tests.cluster.conftest import NewStack

CORE = "plugin-core"
PLUGIN = "barman-cloud.cloudnative-pg.io"
OPERATOR = {"type": "tau:postgres:Operator", "properties": {"namespace": CORE}}
CERTIFICATE = "tau:postgres:SelfSignedCertificate"


@dataclasses.dataclass(frozen=True)
class Course:
    """What each step reported; `phases` are those of the Cluster during the first `up`, each with its reason."""

    refused: stack.Result
    up: stack.Result
    phases: list[str]
    plugins: list[dict[str, Any]]
    accepted: stack.Result
    operator_peers: list[str]
    renewal_preview: stack.Result
    renewal: stack.Result
    certificates: tuple[set[str], set[str]]
    pods: tuple[set[str], set[str]]
    destroy: stack.Result
    remaining: set[str]


@pytest.fixture(scope="module")
def course(empty_cluster: None, new_stack: NewStack, cluster: kubernetes.Kubernetes) -> Course:
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    before = cluster.inventory()
    owner, guest = new_stack(), new_stack()
    looked_at = {"resources": {"operator": {**OPERATOR, "properties": {"namespace": CORE, "install": False}}}}
    refused = guest.preview(looked_at, fails=True)
    with _phases(cluster, namespace) as phases:
        up = owner.up(_program(namespace))
    plugins = cluster.get("cluster", "archived", namespace)["status"]["pluginStatus"]
    accepted = guest.up(looked_at)
    # A program without an Operator: where it runs is asked of the cluster.
    guest.up({"resources": {"shop": programs.dedicated(namespace)}})
    operator_peers = _peers_of_status_port(cluster, namespace)
    guest.destroy()
    certificates, pods = _certificates(cluster), _plugin_pods(cluster)
    _let_certificates_end(owner)
    renewal_preview, renewal = owner.preview(), owner.up()
    renewed = (certificates, _certificates(cluster)), (pods, _plugin_pods(cluster))
    _see_that_the_operator_works_on(cluster, namespace)
    destroy = owner.destroy()
    return Course(
        refused, up, phases, plugins, accepted, operator_peers, renewal_preview, renewal, *renewed, destroy,
        cluster.inventory() - before,
    )  # fmt: skip


def _program(namespace: str) -> stack.Program:
    """An Operator, and a Cluster that archives with the plugin as soon as the Operator is there."""
    uses = {"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": "nowhere"}}
    keys = {name: {"name": "nowhere", "key": "key"} for name in ("accessKeyId", "secretAccessKey")}
    place = {"destinationPath": "s3://nowhere/", "endpointURL": "http://nowhere.invalid", "s3Credentials": keys}
    objects = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": _named("nowhere", namespace), "stringData": {"key": "x"}},
        {
            "apiVersion": "barmancloud.cnpg.io/v1",
            "kind": "ObjectStore",
            "metadata": _named("nowhere", namespace),
            "spec": {"configuration": place},
        },
        {
            "apiVersion": "postgresql.cnpg.io/v1",
            "kind": "Cluster",
            "metadata": _named("archived", namespace),
            "spec": {
                "instances": 1,
                "imageName": kubernetes.CLIENT_IMAGE,
                "storage": {"size": "512Mi"},
                "resources": programs.SMALL,
                "plugins": [uses],
            },
        },
    ]
    group = {"type": "kubernetes:yaml/v2:ConfigGroup", "properties": {"objs": objects}}
    return {"resources": {"operator": OPERATOR, "group": group | {"options": {"dependsOn": ["${operator}"]}}}}


def _named(name: str, namespace: str) -> dict[str, Any]:
    return {"name": name, "namespace": namespace}


@contextmanager
def _phases(cluster: kubernetes.Kubernetes, namespace: str) -> Iterator[list[str]]:
    """Fills with the phases of the Cluster, and goes on until it serves."""
    seen: list[str] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.3):
            path = "jsonpath={.status.phase}: {.status.phaseReason}"
            answer = cluster.try_kubectl("get", "cluster", "archived", "--namespace", namespace, "-o", path)
            if answer.code == 0 and answer.output not in seen:
                seen.append(answer.output)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
        waiting.until("a healthy Cluster", lambda: _any(seen, "Cluster in healthy state"), seconds=180)
    finally:
        ended.set()
        looking.join()


def _any(phases: list[str], *texts: str) -> list[str]:
    return [phase for phase in phases if any(text in phase for text in texts)]


def _peers_of_status_port(cluster: kubernetes.Kubernetes, namespace: str) -> list[str]:
    """The namespaces that the policy of a server admits to its status port."""
    rules = cluster.get("networkpolicy", "postgres-shop", namespace)["spec"]["ingress"]
    peers = [peer for rule in rules if {"protocol": "TCP", "port": 8000} in rule["ports"] for peer in rule["from"]]
    selectors = [peer["namespaceSelector"]["matchLabels"] for peer in peers if "namespaceSelector" in peer]
    return [labels["kubernetes.io/metadata.name"] for labels in selectors]


def _certificates(cluster: kubernetes.Kubernetes) -> set[str]:
    names = ("barman-cloud-server-tls", "barman-cloud-client-tls")
    return {cluster.get("secret", name, CORE)["data"]["tls.crt"] for name in names}


def _plugin_pods(cluster: kubernetes.Kubernetes) -> set[str]:
    listed = cluster.kubectl("get", "pods", "--namespace", CORE, "--selector", "app=barman-cloud", "-o", "name")
    return set(listed.split())


def _let_certificates_end(owner: stack.Stack) -> None:
    """Write into the state that the certificates are due, as ten years would."""
    state = json.loads(owner.run("stack", "export", "--show-secrets").output)
    for resource in state["deployment"]["resources"]:
        if resource["type"] == CERTIFICATE:
            resource["outputs"]["renewFrom"] = "2020-01-01T00:00:00+00:00"
    edited = pathlib.Path(owner.folder) / "state.json"
    edited.write_text(json.dumps(state))
    owner.run("stack", "import", "--file", str(edited))


def _see_that_the_operator_works_on(cluster: kubernetes.Kubernetes, namespace: str) -> None:
    """It takes up no change of a Cluster whose plugin does not answer."""
    labels = {"spec": {"inheritedMetadata": {"labels": {"after": "renewal"}}}}
    patch = ("patch", "cluster", "archived", "--namespace", namespace, "--type", "merge", "--patch", json.dumps(labels))
    cluster.kubectl(*patch)
    asked = ("get", "pods", "--namespace", namespace, "--selector", "after=renewal", "-o", "name")
    waiting.until("the change of a Cluster", lambda: cluster.kubectl(*asked))


def test_an_operator_that_is_not_to_be_installed_and_is_not_there_is_refused(course: Course) -> None:
    assert "false requires a running operator, but" in course.refused.output
    assert f"no Service with the label cnpg.io/pluginName: {PLUGIN}" in course.refused.output


def test_a_cluster_made_in_the_same_up_finds_the_plugin_at_once(course: Course) -> None:
    assert set(course.up.changed) == {"create"}
    # Not every error of the plugin: its two controllers may both make a Role, and the operator then asks again.
    assert _any(course.phases, "unknown plugin", "Unavailable", "x509", "certificate", "no such host") == []
    assert [one["name"] for one in course.plugins] == [PLUGIN]


def test_an_operator_and_a_plugin_that_are_there_are_accepted(course: Course) -> None:
    assert set(course.accepted.changed) == {"create"}


def test_a_server_admits_an_operator_of_any_namespace_and_becomes_ready(course: Course) -> None:
    assert course.operator_peers == [CORE]


def test_certificates_that_end_soon_are_renewed_by_the_next_up_and_the_preview_says_so(course: Course) -> None:
    renewed = {one["type"] for one in _changed(course.renewal)}
    assert renewed >= {CERTIFICATE, "kubernetes:core/v1:Secret", "kubernetes:apps/v1:Deployment"}
    assert {one["type"] for one in _changed(course.renewal_preview)} >= {CERTIFICATE, "kubernetes:core/v1:Secret"}
    assert not set.intersection(*course.certificates)
    assert len(course.certificates[1]) == 2


def _changed(result: stack.Result) -> list[Any]:
    steps = [event["resourcePreEvent"]["metadata"] for event in result.events if "resourcePreEvent" in event]
    return [one for one in steps if one["op"] != "same"]


def test_a_renewal_replaces_the_plugins_pod(course: Course) -> None:
    assert not set.intersection(*course.pods)


def test_no_key_is_shown(course: Course) -> None:
    for result in (course.up, course.renewal_preview, course.renewal):
        assert "-----BEGIN PRIVATE KEY" not in result.output + json.dumps(result.events)


def test_destroy_leaves_only_definitions(course: Course) -> None:
    assert course.destroy.changed == {"delete": course.up.changed["create"]}
    kinds = {one.split()[0] for one in course.remaining}
    # The volume of the Cluster goes a moment later, by itself.
    assert kinds - {"PersistentVolume"} == {"CustomResourceDefinition"}
    assert any(one.endswith("objectstores.barmancloud.cnpg.io") for one in course.remaining)
