"""An API server that answers from a script, and a wait for what it says."""

import base64
from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import cluster
from tau.kubernetes.manifest import merge
from tau.operator import objects as operator
from tau.readiness import resource as readiness_resource
from tau.resource.contract import Operation
from tau.types.postgres import ReadinessArgs

CLUSTER = ReadinessArgs(api_version=cluster.KIND.api_version, kind="Cluster", namespace="apps", name="main")
DATABASE = ReadinessArgs(api_version=cluster.KIND.api_version, kind="Database", namespace="apps", name="main-shop")
DEPLOYMENT = ReadinessArgs(api_version="apps/v1", kind="Deployment", namespace="cnpg-system", name=operator.DEPLOYMENT)
GATEWAY = ReadinessArgs(api_version="apps/v1", kind="Deployment", namespace="apps", name="backups")

HEALTHY = {
    "metadata": {"name": "main", "namespace": "apps"},
    "spec": {"instances": 1, "imageName": "postgresql:15"},
    "status": {
        "phase": cluster.HEALTHY,
        "readyInstances": 1,
        "image": "postgresql:15",
        "conditions": [{"type": "Ready", "status": "True"}],
    },
}
STARTING = merge(HEALTHY, {"status": {"phase": "Setting up primary", "readyInstances": 0}})
APPLIED = {"metadata": {"generation": 1}, "status": {"applied": True, "observedGeneration": 1}}
REFUSED = {"metadata": {"generation": 1}, "status": {"applied": False, "message": "role is missing"}}
AVAILABLE = {
    "metadata": {"generation": 1},
    "spec": {"replicas": 1},
    "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1},
}
AWAY = errors.Unreachable("Kubernetes does not answer")


class Script(KubernetesApi):
    """Answers each look at the object with the next state, the last one again and again."""

    def __init__(
        self,
        *states: Any,
        pods: Any = (),
        claims: Any = ((),),
        refusals: Any = (None,),
        certificate: str | None = None,
    ) -> None:
        super().__init__()
        self.claims = list(claims)
        self.states, self.pods, self.refusals = list(states), pods, list(refusals)
        self.certificate = certificate
        self.looked = 0
        self.written: Any = ""

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        if kind.plural == "secrets":
            assert name == "main-ca"
            data = base64.b64encode((self.certificate or "").encode()).decode()
            return {"data": {"ca.crt": data}} if self.certificate else None
        self.looked += 1
        found: Mapping[str, Any] | None = _answer(self.states)
        return found

    async def items(self, kind: Kind, *_: Any, **__: Any) -> list[Mapping[str, Any]]:
        if kind.plural == "persistentvolumeclaims":
            return list(_answer(self.claims))
        if isinstance(self.pods, Exception):
            raise self.pods
        return list(self.pods)

    async def end_of_log(self, namespace: str, pod: str, container: str, lines: int) -> str:
        assert (namespace, pod, container) in (
            ("apps", "main-1", "plugin-barman-cloud"),
            ("apps", "main-1-full-recovery-x", "full-recovery"),
            ("apps", "main-1-major-upgrade-x", "major-upgrade"),
        )
        return str(_answer([self.written]))

    async def dry_run(self, *_: Any) -> str | None:
        found: str | None = _answer(self.refusals)
        return found


def _answer(answers: list[Any]) -> Any:
    found = answers.pop(0) if len(answers) > 1 else answers[0]
    if isinstance(found, Exception):
        raise found
    return found


class Wait:
    """One operation: what it told, and a shortcut to run it."""

    def __init__(self, *, seconds: float = 60.0) -> None:
        self.told: list[str] = []
        self.operation = Operation(urn="urn", seconds=seconds, tell=self.told.append)

    async def create(self, api: Script, args: ReadinessArgs) -> tuple[str, Mapping[str, Any]]:
        return await readiness_resource.Readiness(lambda *_: api).create(args, self.operation)

    async def update(self, api: Script, args: ReadinessArgs) -> Mapping[str, Any]:
        return await readiness_resource.Readiness(lambda *_: api).update(args, {}, self.operation)
