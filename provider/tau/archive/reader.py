"""Looks into a store from inside the cluster, so that it is seen as the servers see it: short Jobs, JSON answers."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.archive import generations as archives
from tau.archive.generations import Report
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import job as kind
from tau.resource import job, script_bundle
from tau.resource.contract import Operation
from tau.store import gateway_access, s3
from tau.types.postgres import Store

_LONGEST_SEARCH = 300.0
_STORE = "tau.archive.script.store"
_WAL = (_STORE, "tau.archive.script.wal_page", "tau.values.wal_position", "tau.archive.script.wal_archive")
REPORT = (*_WAL, "tau.archive.script.tar_end", "tau.archive.script.base_backup", "tau.archive.script.report")
SEARCH = (*_WAL, "tau.archive.script.wal_records", "tau.archive.script.search")
CLAIM = (_STORE, "tau.archive.script.claim")
"""The modules of the scripts, in the order in which they import each other."""


@dataclass(frozen=True, kw_only=True)
class ArchiveReader:
    """Where the Jobs run, with which image (the sidecar's), and what they belong to; secrets are plain values."""

    api: KubernetesApi
    namespace: str
    name: str
    image: str
    operation: Operation

    async def report(self, used: Store, instances: Iterable[str] = (), server_name: str | None = None) -> Report:
        """What a store holds: every folder, and the generations of some Instances, or one of a name."""
        request = {"instances": sorted(set(instances)), "serverName": server_name or ""}
        return archives.parse(await self._ask(used, REPORT, request))

    async def claim(self, used: Store, request: Mapping[str, Any]) -> str:
        """Name of the next generation, which is of its owner from now on; see `archive/script/claim.py`."""
        return str((await self._ask(used, CLAIM, request))["claimed"])

    async def search(self, used: Store, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Whether the archived WAL reaches a target; see `archive/script/search.py`."""
        seconds = min(_LONGEST_SEARCH, self.operation.seconds / 2)
        return await self._ask(used, SEARCH, {**question, "seconds": seconds})

    async def _ask(self, used: Store, modules: tuple[str, ...], request: Mapping[str, Any]) -> Mapping[str, Any]:
        await gateway_access.check(self.api, self.namespace, used)
        where = {"endpoint": used.endpoint, "bucket": used.bucket, "prefix": used.prefix or "", "region": used.region}
        script = kind.Script(
            image=self.image,
            source=script_bundle.LOADER,
            arguments=(script_bundle.bundle(*modules), json.dumps({**request, **where})),
        )
        answer: Mapping[str, Any] = await job.run_script(
            self.api,
            script,
            name=f"{self.name}-archive",
            namespace=self.namespace,
            operation=self.operation,
            credentials=s3.environment(used),
        )
        if "error" in answer:
            raise errors.ClusterError(answer["error"])
        return answer
