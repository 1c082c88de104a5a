"""The Kubernetes objects of a stack, and `kubectl apply` of them."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tests.cluster import kubernetes, stack
from tools.benchmarks.handwritten import revealed

Manifest = Mapping[str, Any]

_SECONDS_TO_ANSWER, _SECONDS_BETWEEN = 300, 0.2


def of(owned: stack.Stack) -> list[Manifest]:
    """What the kubernetes provider of a stack has made, in the order in which it was made, secrets revealed."""
    state = json.loads(owned.run("stack", "export", "--show-secrets").output)
    inputs = (
        revealed(one["inputs"])
        for one in state["deployment"]["resources"]
        if one["custom"] and one["type"].startswith("kubernetes:")
    )
    return [{key: value for key, value in one.items() if not key.startswith("__")} for one in inputs]


def apply(cluster: kubernetes.Kubernetes, objects: Sequence[Manifest]) -> None:
    """Apply them until all are taken: right after its start an operator does not answer yet."""
    # On the server's side, as the kubernetes provider does; the definitions are too long for the annotation of kubectl.
    command = ["apply", "--server-side", "--force-conflicts", "-f", "-"]
    deadline = time.monotonic() + _SECONDS_TO_ANSWER
    while cluster.try_kubectl(*command, given=_list(objects)).code:
        if time.monotonic() > deadline:
            raise RuntimeError("the cluster does not take the objects")
        time.sleep(_SECONDS_BETWEEN)


def delete(cluster: kubernetes.Kubernetes, objects: Sequence[Manifest]) -> None:
    """Delete them, the last first, and wait until they are gone."""
    cluster.kubectl("delete", "--ignore-not-found", "-f", "-", given=_list(objects[::-1]))


def empty(cluster: kubernetes.Kubernetes, namespace: str) -> None:
    """Delete a namespace once its Pods have ended; one that goes with Pods in it is looked at ever more rarely."""
    cluster.kubectl("wait", "pods", "--all", "--namespace", namespace, "--for=delete", "--timeout=120s")
    cluster.delete_namespace(namespace, wait=True)


def wait(cluster: kubernetes.Kubernetes, one: Manifest, reached: str) -> None:
    """Wait until an object is as `kubectl wait --for` says."""
    kind, about = f"{one['kind'].lower()}.{one['apiVersion'].partition('/')[0]}", one["metadata"]
    namespace = ["--namespace", about["namespace"]]
    cluster.kubectl("wait", f"{kind}/{about['name']}", *namespace, f"--for={reached}", "--timeout=280s")


def _list(objects: Sequence[Manifest]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
