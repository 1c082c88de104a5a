"""What the account of a restore check may create, tried as that account without creating anything."""

import json
from collections.abc import Callable
from typing import Any

from tau.restore_check.script import throwaway
from testbed.drive import kubernetes

Change = Callable[[dict[str, Any]], Any]
_SECRET = {"name": "another", "key": "password"}
_REFERENCE = {"name": "X", "valueFrom": {"secretKeyRef": _SECRET}}
_EXTERNAL = {"name": "archive", "connectionParameters": {"host": "h"}, "password": _SECRET}

HOSTILE: dict[str, Change] = {
    "variable": lambda one: one["spec"].update(env=[_REFERENCE]),
    "variables": lambda one: one["spec"].update(envFrom=[{"secretRef": {"name": "another"}}]),
    "volume": lambda one: one["spec"].update(projectedVolumeTemplate={"sources": [{"secret": {"name": "another"}}]}),
    "certificates": lambda one: one["spec"].update(certificates={"serverCASecret": "another"}),
    "superuser": lambda one: one["spec"].update(superuserSecret={"name": "another"}),
    "bootstrap": lambda one: one["spec"]["bootstrap"]["recovery"].update(secret={"name": "another"}),
    "role": lambda one: one["spec"]["managed"].update(roles=[{"name": "x", "passwordSecret": {"name": "another"}}]),
    "queries": lambda one: one["spec"]["monitoring"].update(customQueriesSecret=[{"name": "another", "key": "x"}]),
    "external cluster": lambda one: one["spec"].update(externalClusters=[_EXTERNAL]),
    "another archive": lambda one: one["spec"]["externalClusters"][0]["plugin"]["parameters"].update(
        barmanObjectName="another"
    ),
    "account": lambda one: one["spec"].update(serviceAccountName="default"),
    "patched Pods": lambda one: one["metadata"].update(annotations={"cnpg.io/podPatch": "[]"}),
    "privileged": lambda one: one["spec"].update(securityContext={"privileged": True}),
    "another name": lambda one: one["metadata"].update(name="another"),
}


def ordinary(cluster: kubernetes.Kubernetes, namespace: str, instance: str, check: str) -> dict[str, Any]:
    """The Cluster that a run of the check makes."""
    uid = "00000000-0000-4000-8000-000000000000"
    return throwaway.cluster(
        cluster.get("cluster", instance, namespace),
        name=f"{check}-abcde",
        secret={"name": f"{check}-run", "uid": uid},
        backup="20260101T000000",
        labels={},
        storage={},
    )


def secret(name: str, kind: str) -> dict[str, Any]:
    """A Secret of a type, for the token of the account `default` if it is that of a token."""
    about = {"name": name, "annotations": {"kubernetes.io/service-account.name": "default"}}
    data = {"username": "a", "password": "b"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": about, "type": kind, "stringData": data}


def create(cluster: kubernetes.Kubernetes, namespace: str, check: str, item: dict[str, Any]) -> kubernetes.Answer:
    """What the API server, with its webhooks and policies, answers to the account."""
    account = f"--as=system:serviceaccount:{namespace}:{check}"
    command = ["create", "--dry-run=server", "--namespace", namespace, account, "-f", "-"]
    return cluster.try_kubectl(*command, stdin=json.dumps(item))
