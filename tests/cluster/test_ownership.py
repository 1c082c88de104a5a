"""Whose objects are, and in which cluster: other stacks, other addresses, other clusters, replacements, moves.

One application with rows and files goes through all of it, and keeps both. The other cluster is a FAKE: what is asked
there is only who it is.
"""

import base64
import dataclasses
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from testbed.drive import applications, kubernetes, waiting
from testbed.drive.stack import Program, Result, Stack
from tests.cluster import forward, ledger
from tests.cluster.conftest import NewStack
from tests.construct.fake_kubernetes import FakeKubernetes

SERVER, CLAIM = "postgres-shop", "shop-data"
_FILE = "/data/kept"
_UIDS = "{range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}{'\\n'}{end}".replace("'", '"')
_KINDS = (
    "clusters.postgresql.cnpg.io,pvc,secrets,networkpolicies,deployments,services,databases.postgresql.cnpg.io,pods"
)


@dataclasses.dataclass(frozen=True)
class Shop:
    """The application, its stack, and what it held when it was made."""

    cluster: kubernetes.Kubernetes
    namespace: str
    stack: Stack
    book: ledger.Ledger
    rows: str

    def uids(self) -> set[str]:
        """Every object of the namespace, by kind and name, with its uid."""
        listed = self.cluster.kubectl("get", _KINDS, "--namespace", self.namespace, "-o", f"jsonpath={_UIDS}")
        return set(listed.splitlines())

    def holds(self) -> tuple[str, str]:
        """Rows and files as they are now."""
        return self.book.again().checksum(), self._run("cat", _FILE)

    def write_file(self) -> None:
        self._run("sh", "-c", f"echo precious > {_FILE}")

    def _run(self, *command: str) -> str:
        return self.cluster.kubectl("exec", "--namespace", self.namespace, "deployment/shop", "--", *command)

    def child(self, kind: str, name: str) -> str:
        """URN of a resource of the stack."""
        (found,) = [
            str(one["urn"])
            for one in self.stack.resources()
            if one["type"].endswith(kind) and one["urn"].endswith(name)
        ]
        return found


def program(namespace: str, parent: str = "", **properties: Any) -> Program:
    """The application; below another resource if one is named."""
    volumes = [{"mountPath": "/data", "size": "64Mi"}]
    shop = applications.visits(
        namespace,
        **{"volumes": volumes, "createNamespace": False, **properties},
    )
    # Not a Kubernetes object: those of the program itself are replaced at another address, as ever.
    above = {"type": "random:RandomString", "properties": {"length": 8}}
    if parent:
        shop["options"] = {"parent": f"${{{parent}}}"}
    return {"resources": {"above": above, "shop": shop}}


@pytest.fixture(scope="module")
def shop(operator: None, cluster: kubernetes.Kubernetes, namespace: str, new_stack: NewStack) -> Shop:
    stack = new_stack()
    stack.up(program(namespace))
    client = cluster.start_client(namespace)
    secret = json.loads(
        cluster.kubectl("get", "secret", "--namespace", namespace, "postgres-shop-shop-connection", "-o", "json")
    )
    book = ledger.Ledger(client, base64.b64decode(secret["data"]["url"]).decode())
    book.create()
    made = Shop(cluster, namespace, stack, book, book.write())
    made.write_file()
    return made


@pytest.fixture
def unchanged(shop: Shop) -> Iterator[None]:
    """Objects, rows and files are afterwards what they were before."""
    before = shop.uids()
    yield
    assert shop.uids() == before
    assert shop.holds() == (shop.rows, "precious\n")


def elsewhere(stack: Stack, kubeconfig: pathlib.Path) -> Stack:
    """The same stack on a machine whose kubeconfig is another one."""
    there = object.__new__(Stack)
    there.__dict__.update(stack.__dict__)
    there.environment = {**stack.environment, "KUBECONFIG": str(kubeconfig)}
    return there


def errors_of(result: Result) -> str:
    return "\n".join(text for _, text in result.diagnostics())


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("operation", ["preview", "up"])
def test_another_stack_is_refused_before_anything_is_made(shop: Shop, new_stack: NewStack, operation: str) -> None:
    other = new_stack()
    result = getattr(other, operation)(
        {"resources": {"shop": program(shop.namespace)["resources"]["shop"]}}, fails=True
    )
    text = errors_of(result)
    for one in ("Deployment", "PersistentVolumeClaim", "Secret", "NetworkPolicy", "Cluster", "Database"):
        assert f"{one} {shop.namespace}/" in text, one
    assert "choose another `name` or `namespace`" in text
    assert "kubectl annotate --overwrite" in text
    other.destroy()


@pytest.mark.usefixtures("unchanged")
def test_the_same_cluster_at_another_address_changes_nothing(
    shop: Shop, bed: dict[str, str], tmp_path: pathlib.Path
) -> None:
    with forward.another_address(pathlib.Path(bed["KUBECONFIG"]), tmp_path) as kubeconfig:
        text = kubeconfig.read_text()
        for value in (text, pathlib.Path(bed["KUBECONFIG"]).read_text()):
            shop.stack.configure("kubernetes:kubeconfig", value, secret=True)
            there = elsewhere(shop.stack, kubeconfig)
            assert set(there.preview().changed) <= {"update"}
            result = there.up()
            assert set(result.changed) <= {"update"}
            # Nothing but the provider itself.
            assert result.changed.get("update", 0) <= 1
    shop.stack.run("config", "rm", "kubernetes:kubeconfig")
    assert set(shop.stack.up().changed) <= {"update"}


@pytest.mark.usefixtures("unchanged")
def test_another_cluster_under_the_same_stack_is_refused(shop: Shop, tmp_path: pathlib.Path) -> None:
    fake = FakeKubernetes()
    fake.put_storage_classes("longhorn")
    fake.put("v1", "namespaces", "kube-system", metadata={"uid": "of-another-cluster"})
    with fake.serving():
        kubeconfig = tmp_path / "elsewhere"
        kubeconfig.write_text(fake.kubeconfig)
        there = elsewhere(shop.stack, kubeconfig)
        for operation in ("preview", "up", "destroy"):
            text = errors_of(getattr(there, operation)(fails=True))
            assert "'of-another-cluster' is not the cluster" in text, operation
            assert "pulumi stack init" in text, operation


def test_a_replacement_of_what_holds_data_keeps_it(shop: Shop) -> None:
    before = {one for one in shop.uids() if one.startswith(("Cluster/", "PersistentVolumeClaim/"))}
    server, claim = shop.child(":Cluster", "shop-cluster"), shop.child(":PersistentVolumeClaim", "shop-data")
    result = shop.stack.up(None, "--replace", server, "--replace", claim)
    assert result.changed
    assert before <= shop.uids()
    assert shop.holds() == (shop.rows, "precious\n")
    # What is applied anew is changed as ever.
    bigger = {**applications.SMALL_DATABASE, "storageSize": "600Mi"}
    shop.stack.up(program(shop.namespace, database=bigger, volumes=[{"mountPath": "/data", "size": "80Mi"}]))
    assert before <= shop.uids()
    assert shop.cluster.get("cluster", SERVER, shop.namespace)["spec"]["storage"]["size"] == "600Mi"


def test_what_the_state_forgot_is_taken_back(shop: Shop) -> None:
    before = {one for one in shop.uids() if one.startswith(("Cluster/", "PersistentVolumeClaim/"))}
    for urn in (shop.child(":Cluster", "shop-cluster"), shop.child(":PersistentVolumeClaim", "shop-data")):
        shop.stack.run("state", "delete", "--yes", "--force", "--target-dependents", urn)
    bigger = {**applications.SMALL_DATABASE, "storageSize": "700Mi"}
    shop.stack.up(program(shop.namespace, database=bigger, volumes=[{"mountPath": "/data", "size": "90Mi"}]))
    assert before <= shop.uids()
    assert shop.holds() == (shop.rows, "precious\n")


def test_a_move_needs_an_alias(shop: Shop) -> None:
    bigger = {**applications.SMALL_DATABASE, "storageSize": "700Mi"}
    given: dict[str, Any] = {"database": bigger, "volumes": [{"mountPath": "/data", "size": "90Mi"}]}
    before = shop.uids()
    moved = program(shop.namespace, parent="above", **given)
    former = shop.child(":TauApplication", "::shop")
    text = errors_of(shop.stack.preview(moved, fails=True))
    assert f"add its former URN to `aliases`: '{former}'" in text
    assert shop.uids() == before
    moved["resources"]["shop"]["options"]["aliases"] = [former]
    result = shop.stack.up(moved)
    assert set(result.changed) <= {"update"}
    assert {one for one in before if not one.startswith("Pod/")} <= shop.uids()
    moved["resources"]["shop"]["options"]["aliases"] = [former]
    assert shop.stack.up(moved).changed == {}
    assert shop.holds() == (shop.rows, "precious\n")


def test_a_volume_does_not_leave_the_program_unsaid(shop: Shop) -> None:
    options = json.loads((shop.stack.folder / "Pulumi.yaml").read_text())["resources"]["shop"]["options"]
    bigger = {**applications.SMALL_DATABASE, "storageSize": "700Mi"}
    other = program(shop.namespace, database=bigger, volumes=[{"mountPath": "/files", "size": "90Mi"}])
    other["resources"]["shop"]["options"] = options
    text = errors_of(shop.stack.up(other, fails=True))
    assert f"PersistentVolumeClaim {shop.namespace}/{CLAIM} holds data" in text
    assert shop.holds() == (shop.rows, "precious\n")
    shop.cluster.kubectl("annotate", "pvc", CLAIM, "--namespace", shop.namespace, "tau/given-up=true")
    shop.stack.up(other)
    waiting.until("the end of the claim", lambda: CLAIM not in shop.cluster.names("pvc", shop.namespace))
    assert shop.book.again().checksum() == shop.rows


def test_what_was_handed_over_is_not_deleted_and_a_deletion_leaves_nothing_else(shop: Shop) -> None:
    about = ("service", "shop", "--namespace", shop.namespace, "--overwrite")
    owner = shop.cluster.get("service", "shop", shop.namespace)["metadata"]["annotations"]["tau/owner"]
    shop.cluster.kubectl("annotate", *about, "tau/owner=urn:pulumi:live::other::tau:app:TauApplication::shop")
    before = shop.uids()
    text = errors_of(shop.stack.destroy(fails=True))
    assert "Service" in text
    assert "now belongs to tau:app:TauApplication 'shop' of stack 'live' of project 'other'" in text
    assert shop.uids() == before
    shop.cluster.kubectl("annotate", *about, f"tau/owner={owner}")
    shop.stack.destroy()
    left = {one.split()[0] for one in shop.uids()}
    assert {one for one in left if not one.startswith("Pod/client")} == set()
