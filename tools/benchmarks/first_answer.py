"""From nothing to the first answer of an application: operator, database and application, by tau and by kubectl."""

import subprocess

from testbed.drive import applications, operator_state
from tools.benchmarks import kubernetes_objects as objects
from tools.benchmarks.owned_bed import Bed

_NAMESPACE, _CLIENT = "bench-application", "bench-client"
_URL = f"http://visits.{_NAMESPACE}.svc/healthz"
# Asks from within the cluster, ten times a second.
_ASK = f"""
import time, urllib.request
while True:
    try:
        urllib.request.urlopen({_URL!r}, timeout=2).read()
        break
    except OSError:
        time.sleep(0.1)
"""


class Rounds:
    """Each begins and ends on a cluster without anything of tau or CloudNativePG, its definitions included."""

    def __init__(self, bed: Bed) -> None:
        self._bed, self._cluster = bed, bed.cluster
        self._owned = bed.stack()
        self._objects: list[objects.Manifest] = []
        self._cluster.create_namespace(_CLIENT)
        self._client = applications.requester(self._cluster, _CLIENT)

    def by_tau(self) -> None:
        """One `pulumi up`."""
        application = applications.application(
            _NAMESPACE,
            image=applications.IMAGE,
            command=["python3", "/app/visits.py"],
            configFiles={"/app/visits.py": applications.VISITS},
            ports=[{"port": 80, "targetPort": 8080}],
            probes={"readiness": {"path": "/healthz", "periodSeconds": 1}, "startup": {"periodSeconds": 1}},
            database={},
        )
        operator = {"type": "tau:postgres:Operator"}
        self._owned.up(
            {"resources": {"operator": operator, "visits": application | {"options": {"dependsOn": ["${operator}"]}}}}
        )
        self._wait_for_answer()

    def end_of_tau(self) -> None:
        """Take everything away, and keep in mind what it was."""
        self._objects = self._objects or objects.of(self._owned)
        self._owned.destroy()
        self._remove_definitions()

    def by_hand(self) -> None:
        """Each object as soon as what it needs is ready."""
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _NAMESPACE}}
        objects.apply(self._cluster, self._operator())
        deployments = [item for item in self._operator() if item["kind"] == "Deployment"]
        objects.wait(self._cluster, deployments, "condition=Available")
        objects.apply_as_they_become_ready(self._cluster, [namespace, *self._application()])
        self._wait_for_answer()

    def end_by_hand(self) -> None:
        """Take everything away."""
        objects.delete(self._cluster, self._application())
        objects.empty(self._cluster, _NAMESPACE)
        objects.delete(self._cluster, self._operator())
        self._remove_definitions()

    def _application(self) -> list[objects.Manifest]:
        return [item for item in self._objects if item["metadata"].get("namespace") == _NAMESPACE]

    def _operator(self) -> list[objects.Manifest]:
        return [item for item in self._objects if item["metadata"].get("namespace") != _NAMESPACE]

    def _wait_for_answer(self) -> None:
        command = ["kubectl", "exec", "--namespace", _CLIENT, self._client.name, "--", "python3", "-c", _ASK]
        subprocess.run(command, env=self._cluster.variables(), check=True, timeout=300)

    def _remove_definitions(self) -> None:
        for definition in operator_state.definitions(self._cluster):
            self._cluster.kubectl("delete", "customresourcedefinition", definition)
