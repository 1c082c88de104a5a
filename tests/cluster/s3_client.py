"""A Pod that uses a store as the Barman Cloud plugin does: with boto3, from within the cluster."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from testbed.drive.kubernetes import Answer, Kubernetes

IMAGE = "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.14.0"
CLUSTER_POD = {"cnpg.io/cluster": "any"}
"""Label of the Pods that a gateway admits."""

_OPEN = """
import boto3, json, sys
from botocore.config import Config
store = json.loads(sys.argv[1])
how = Config(
    connect_timeout=4, read_timeout=30, retries={"max_attempts": 1}, request_checksum_calculation="when_required"
)
authority = store.get("caCertificate")
if authority:
    with open("/tmp/ca.crt", "w") as file:
        file.write(authority)
s3 = boto3.client("s3", endpoint_url=store["endpoint"], region_name=store["region"], config=how,
    verify="/tmp/ca.crt" if authority else None,
    aws_access_key_id=store["accessKeyId"], aws_secret_access_key=store["secretAccessKey"])
bucket = store["bucket"]
"""


@dataclasses.dataclass(frozen=True)
class Client:
    """A running Pod."""

    cluster: Kubernetes
    namespace: str
    name: str

    def run(self, store: Mapping[str, Any], script: str) -> Answer:
        """Run a script that has `s3` and `bucket`."""
        command = ["python3", "-c", _OPEN + script, json.dumps(store)]
        return self.cluster.try_kubectl("exec", "--namespace", self.namespace, self.name, "--", *command)

    def keys(self, store: Mapping[str, Any]) -> list[str]:
        """Every object in the store."""
        answer = self.run(store, "print([one['Key'] for one in s3.list_objects_v2(Bucket=bucket).get('Contents', [])])")
        assert answer.code == 0, answer.output
        return list(json.loads(answer.output.replace("'", '"')))


def start(cluster: Kubernetes, namespace: str, name: str, labels: Mapping[str, str] = CLUSTER_POD) -> Client:
    """A Pod that waits to be used, where Pod Security is enforced too."""
    container = {
        "name": "main",
        "image": IMAGE,
        "command": ["python3", "-c", "import time; time.sleep(1e6)"],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec = {
        "containers": [container],
        "securityContext": {"runAsNonRoot": True, "runAsUser": 26, "seccompProfile": {"type": "RuntimeDefault"}},
        "terminationGracePeriodSeconds": 0,
    }
    metadata = {"name": name, "namespace": namespace, "labels": dict(labels)}
    cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    cluster.kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--namespace", namespace, "--timeout=120s")
    return Client(cluster, namespace, name)
