"""Ten lines: an application with its database and the operator, in one `up` on an empty cluster."""

import pytest

from tests.cluster import applications, kubernetes
from tests.cluster.conftest import NewStack

pytestmark = pytest.mark.usefixtures("empty_cluster")


def test_operator_database_and_application_come_up_together(
    new_stack: NewStack, cluster: kubernetes.Kubernetes
) -> None:
    owned = new_stack()
    before = cluster.inventory()
    shop = applications.visits("shop")
    shop["options"] = {"dependsOn": ["${operator}"]}
    made = owned.up({"resources": {"operator": {"type": "tau:postgres:Operator"}, "shop": shop}})
    client = applications.requester(cluster, "shop")
    answer = client.get("http://shop/")
    assert answer["url"] == [1, "shop", "shop"]
    assert answer["parts"] == [2, "shop", "shop"]
    cluster.kubectl("delete", "pod", client.name, "--namespace", "shop")
    assert owned.destroy().changed == {"delete": made.changed["create"]}
    left = {line for line in cluster.inventory() - before if not line.startswith("CustomResourceDefinition")}
    assert left == set()
