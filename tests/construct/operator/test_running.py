"""`tau.operator.running`: the operators of a cluster, by their label and behind the webhook."""

from tau.kubernetes.api import KubernetesApi
from tau.operator import running
from tests.construct.fake_kubernetes import FakeKubernetes
from tests.construct.operator.test_live_checks import run_operator


async def test_the_label_finds_them_in_one_namespace_or_in_all(cluster: FakeKubernetes) -> None:
    run_operator(cluster, "1.30.0", namespace="one")
    run_operator(cluster, "1.30.0", namespace="two")
    api = KubernetesApi(kubeconfig=cluster.kubeconfig)
    assert [running.name(item) for item in await running.labelled(api, "two")] == ["two/cnpg-controller-manager"]
    assert len(await running.labelled(api)) == 2


async def test_a_webhook_that_leads_nowhere_or_may_not_be_read_has_none_behind_it(cluster: FakeKubernetes) -> None:
    api = KubernetesApi(kubeconfig=cluster.kubeconfig)
    assert await running.behind_webhook(api) == []
    group, kind = "admissionregistration.k8s.io/v1", "validatingwebhookconfigurations"
    name = "cnpg-validating-webhook-configuration"
    cluster.put(group, kind, name, webhooks=[{"clientConfig": {"url": "https://elsewhere.invalid"}}])
    assert await running.behind_webhook(api) == []
    reference = {"service": {"name": "webhook", "namespace": "database"}}
    cluster.put(group, kind, name, webhooks=[{"clientConfig": reference}])
    assert await running.behind_webhook(api) == []
    cluster.forbidden = {f"{kind}/{name}"}
    assert await running.behind_webhook(api) == []
