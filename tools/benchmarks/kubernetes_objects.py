"""The Kubernetes objects of a stack, and `kubectl apply` of them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from testbed.drive import kubernetes, stack, waiting
from tools.benchmarks.handwritten import revealed

Manifest = Mapping[str, Any]

# In this order, each once the one before is so.
_AWAITED = {
    "DatabaseRole": "jsonpath={.status.applied}=true",
    "Database": "jsonpath={.status.applied}=true",
    "Deployment": "condition=Available",
}


def of(owned: stack.Stack) -> list[Manifest]:
    """What the kubernetes provider of a stack has made, in the order in which it was made, secrets revealed."""
    state = json.loads(owned.run("stack", "export", "--show-secrets").output)
    inputs = (
        revealed(resource["inputs"])
        for resource in state["deployment"]["resources"]
        if resource["custom"] and resource["type"].startswith("kubernetes:")
    )
    return [{key: value for key, value in properties.items() if not key.startswith("__")} for properties in inputs]


def apply(cluster: kubernetes.Kubernetes, objects: Sequence[Manifest]) -> None:
    """Apply them until all are taken: right after its start an operator does not answer yet."""
    # On the server's side, as the kubernetes provider does; the definitions are too long for the annotation of kubectl.
    command = ["apply", "--server-side", "--force-conflicts", "-f", "-"]
    waiting.until("apply", lambda: not cluster.try_kubectl(*command, stdin=_list(objects)).code, rest=0)


def delete(cluster: kubernetes.Kubernetes, objects: Sequence[Manifest]) -> None:
    """Delete them, the last first, and wait until they are gone."""
    cluster.kubectl("delete", "--ignore-not-found", "-f", "-", stdin=_list(objects[::-1]))


def empty(cluster: kubernetes.Kubernetes, namespace: str) -> None:
    """Delete a namespace once its Pods have ended; one that goes with Pods in it is looked at ever more rarely."""
    cluster.kubectl("wait", "pods", "--all", "--namespace", namespace, "--for=delete", "--timeout=120s")
    cluster.delete_namespace(namespace, wait=True)


def wait(cluster: kubernetes.Kubernetes, objects: Sequence[Manifest], reached: str) -> None:
    """Wait until all objects, of one kind and namespace, are as `kubectl wait --for` says."""
    kind, metadata = objects[0]["kind"].lower(), objects[0]["metadata"]
    named = [f"{kind}.{objects[0]['apiVersion'].partition('/')[0]}/{item['metadata']['name']}" for item in objects]
    cluster.kubectl("wait", *named, "--namespace", metadata["namespace"], f"--for={reached}", "--timeout=280s")


def apply_as_they_become_ready(cluster: kubernetes.Kubernetes, objects: Sequence[Manifest]) -> None:
    """Apply databases and what uses them; what comes too early the operator tries again half a minute later."""
    apply(cluster, [item for item in objects if item["kind"] not in _AWAITED])
    wait(cluster, [item for item in objects if item["kind"] == "Cluster"], "condition=Ready")
    for kind, reached in _AWAITED.items():
        if wanted := [item for item in objects if item["kind"] == kind]:
            apply(cluster, wanted)
            wait(cluster, wanted, reached)


def _list(objects: Sequence[Manifest]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
