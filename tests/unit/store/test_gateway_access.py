"""`tau.store.gateway_access`: a gateway that does not admit a namespace is told with what to write."""

from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kind import Kind
from tau.settings import Settings
from tau.store import gateway_access
from tau.store import objects as store_objects
from tau.types.postgres import BackupStoreArgs, NfsShare, Store

ARGS = BackupStoreArgs(
    name="backups", namespace="infra", nfs=NfsShare(server="nas", path="/b"), client_namespaces=["apps"]
)
NO_KEYS = store_objects.NO_KEYS
POLICY = store_objects.objects("backups", ARGS, Settings(), keys=NO_KEYS, flags=[]).network_policy
OF_EARLIER: Any = {"spec": {"ingress": [{"from": [{"namespaceSelector": {}, "podSelector": {}}]}]}}


class Cluster(KubernetesApi):
    """Has one NetworkPolicy, and counts the looks at it."""

    def __init__(self, policy: Any) -> None:
        super().__init__()
        self.policy, self.looks = policy, 0

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        assert (kind.plural, namespace, name) == ("networkpolicies", "infra", "backups")
        self.looks += 1
        found: Mapping[str, Any] | None = self.policy
        return found


def _store(endpoint: object = None) -> Store:
    known = store_objects.store("backups", ARGS, Settings(), NO_KEYS).endpoint
    return Store(endpoint=str(endpoint or known), bucket="postgres", access_key_id="", secret_access_key="")


async def test_a_namespace_that_is_not_admitted_is_told_where_to_be_named() -> None:
    with pytest.raises(
        errors.ClusterError, match="not reached from the namespace 'media', but from 'apps', 'infra'; add"
    ):
        await gateway_access.check(Cluster(POLICY), "media", _store())


@pytest.mark.parametrize("policy", [POLICY, OF_EARLIER, None], ids=["named", "of an earlier version", "none"])
async def test_a_gateway_that_admits_the_namespace_is_used(policy: Any) -> None:
    await gateway_access.check(Cluster(policy), "apps", _store())


@pytest.mark.parametrize(
    ("namespace", "endpoint"),
    [("infra", None), ("media", "https://s3.example.com"), ("media", "http://minio.infra.svc:9000")],
)
async def test_nothing_is_looked_at_for_the_own_namespace_and_for_other_services(
    namespace: str, endpoint: str | None
) -> None:
    cluster = Cluster(None)
    await gateway_access.check(cluster, namespace, _store(endpoint))
    assert cluster.looks == 0
