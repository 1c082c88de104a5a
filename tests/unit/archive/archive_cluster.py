"""A cluster with stores: a Job that looks into one is answered by the real scripts, on a bucket in memory."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tau import errors
from tau.archive import reader
from tau.archive.script import claim as archive_claim
from tau.archive.script import report as archive_report
from tau.archive.script import search
from tau.kubernetes.api import SECONDS_TO_RUN, KubernetesApi
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import cluster, job, object_store, persistent_volume_claim
from tau.resource import script_bundle
from tests.unit.archive.script.bucket import Bucket

_PROGRAMS = {
    script_bundle.bundle(*reader.REPORT): archive_report.report,
    script_bundle.bundle(*reader.CLAIM): archive_claim.claim,
    script_bundle.bundle(*reader.SEARCH): search.search,
}


class ArchiveCluster(KubernetesApi):
    """Objects by plural and name, buckets by endpoint; `asked` are the requests of Jobs, `sent` what they were given,
    `merged` the patches.

    A store without a bucket answers with `error`. `position` is where the primary is when its WAL is switched.
    """

    def __init__(self, error: str = "the store http://gateway:7070 does not answer") -> None:
        super().__init__()
        self.objects: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.buckets: dict[str, Bucket] = {}
        self.asked: list[Mapping[str, Any]] = []
        self.sent: list[Mapping[str, Any]] = []
        self.merged: list[tuple[str, str, Mapping[str, Any]]] = []
        self.uid = ""
        self.claims: list[Mapping[str, Any]] = []
        self.position: str | Exception = "0/100"
        self._error, self._answer = error, ""

    def bucket(self, endpoint: str = "http://gateway:7070") -> Bucket:
        """The bucket of a store, made when first asked for."""
        return self.buckets.setdefault(endpoint, Bucket())

    def archiving(self, name: str, server_name: str, *, archives: bool = True, **spec: Any) -> None:
        """Let there be a Cluster that archives, or cannot, with its ObjectStore and Secret."""
        condition = {"type": cluster.CONTINUOUS_ARCHIVING, "status": str(archives), "message": "share is full"}
        plugins = [object_store.use(store=name, server_name=server_name)]
        self.objects["clusters", name] = {
            "metadata": {"name": name, "namespace": "apps"},
            "spec": {"plugins": plugins, "imageName": "postgresql:15", **spec},
            "status": {"conditions": [condition]},
        }
        self.objects["objectstores", name] = object_store.object_store(
            {"name": name, "namespace": "apps"},
            destination="s3://postgres/home",
            endpoint="http://gateway:7070",
            secret=f"{name}-store",
        )
        data = {"ACCESS_KEY_ID": "AKEY", "ACCESS_SECRET_KEY": "hidden", "REGION": "eu-1"}
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        self.objects["secrets", f"{name}-store"] = {"metadata": {"name": f"{name}-store"}, "data": encoded}

    async def identity(self) -> str:
        if not self.uid:
            raise errors.ClusterError("namespaces is forbidden")
        return self.uid

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        assert namespace == "apps"
        return self.objects.get((kind.plural, name))

    async def items(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Mapping[str, Any]]:
        if kind.plural == persistent_volume_claim.KIND.plural:
            assert labels
            return self.claims
        name = (labels or {}).get(job.JOB_NAME)
        if kind.plural == "clusters":
            assert namespace is None
            return [item for (plural, _), item in self.objects.items() if plural == kind.plural]
        if kind.plural == "pods" and name is None:
            return [item for (plural, _), item in self.objects.items() if plural == kind.plural]
        return [{"metadata": {"name": f"{name}-1"}, "status": {"phase": "Succeeded"}}] if kind.plural == "pods" else []

    async def create(self, kind: Kind, namespace: str | None, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self.sent.append(body)
        if kind.plural == "jobs":
            *_, modules, request = body["spec"]["template"]["spec"]["containers"][0]["command"]
            self._answer = json.dumps(self._answered(modules.replace("$$", "$"), json.loads(request)))
            done = {"status": {"conditions": [{"type": "Complete", "status": "True"}]}}
            self.objects["jobs", body["metadata"]["name"]] = done
        return {**body, "metadata": {**body["metadata"], "uid": "uid-1"}}

    async def merge(self, kind: Kind, namespace: str | None, name: str, change: Mapping[str, Any]) -> None:
        self.merged.append((kind.plural, name, change))
        self.objects[kind.plural, name] = _merged(self.objects[kind.plural, name], change)

    async def run(
        self, namespace: str, pod: str, container: str, command: Sequence[str], *, seconds: float = SECONDS_TO_RUN
    ) -> str:
        assert "pg_catalog.pg_switch_wal()" in command[-1]
        self.sent.append({"kind": "command", "pod": pod})
        if isinstance(self.position, Exception):
            raise self.position
        return f"{self.position}\n"

    async def delete(self, kind: Kind, namespace: str | None, name: str, **options: Any) -> None:
        self.objects.pop((kind.plural, name), None)

    async def log(self, namespace: str, pod: str, container: str) -> str:
        return f"{self._answer}\n"

    def _answered(self, modules: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(request)
        bucket = self.buckets.get(request["endpoint"])
        if bucket is None:
            return {"error": self._error}
        return _PROGRAMS[modules](bucket.store(prefix=request["prefix"]), request)


def _merged(item: Any, change: Any) -> Any:
    """What a merge patch makes of an object."""
    if not isinstance(change, Mapping):
        return change
    found = dict(item) if isinstance(item, Mapping) else {}
    for key, value in change.items():
        found[key] = _merged(found.get(key), value)
    return {key: value for key, value in found.items() if value is not None}
