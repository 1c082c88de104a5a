"""The README's first program, and an application of ours with it: all in one `up` on an empty cluster."""

import pytest

from testbed.drive import applications, kubernetes, waiting
from testbed.drive import share as nas
from tests.cluster.conftest import NewStack

pytestmark = pytest.mark.usefixtures("empty_cluster")


def test_operator_databases_and_applications_come_up_together_and_are_archived(
    new_stack: NewStack, cluster: kubernetes.Kubernetes, share: nas.Share
) -> None:
    owned = new_stack()
    before = cluster.inventory()
    program = applications.first_of_readme(share.address)
    shop = applications.visits("shop")
    shop["options"] = {"dependsOn": ["${operator}"]}
    program["resources"]["shop"] = shop
    made = owned.up(program)
    client = applications.requester(cluster, "shop")
    answer = client.get("http://shop/")
    assert answer["url"] == [1, "shop", "shop"]
    assert answer["parts"] == [2, "shop", "shop"]
    assert "Miniflux" in client.text("http://miniflux.feeds.svc:8080")
    for namespace, server in (("shop", "postgres-shop-15-1"), ("feeds", "postgres-miniflux-15-1")):
        archive = share.generation(f"{namespace}/postgres", server)
        waiting.until(f"the first backup of {server}", archive.backups)
    cluster.kubectl("delete", "pod", client.name, "--namespace", "shop")
    assert owned.destroy().changed == {"delete": made.changed["create"]}
    left = {line for line in cluster.inventory() - before if not line.startswith("CustomResourceDefinition")}
    assert left == set()
    assert share.generation("feeds/postgres", "postgres-miniflux-15-1").backups()
