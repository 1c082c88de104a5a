"""Waits until the sidecars of a Cluster verify its store by another CA certificate than before, or by none.

The backup plugin mounts the certificate of an ObjectStore's `endpointCA` into each Pod, so the operator starts the Pods
again once one comes or goes; another certificate in the same Secret is brought by the kubelet within two minutes.
`lifecycle_certificates.go` of https://github.com/cloudnative-pg/plugin-barman-cloud 0.14.
"""

import asyncio
import contextlib
import datetime
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster, pod, sidecar_log
from tau.resource import polling
from tau.resource.contract import Operation

_POLL_SECONDS = 2.0
# The operator looks at a Cluster when that changes, not when an ObjectStore does.
_SECONDS_BETWEEN_CALLS = 15.0
_CALLED = "tau/store-changed"
_VOLUME, _FILE = "barman-certificates", "barman-ca.crt"


@dataclass(frozen=True, kw_only=True)
class Sidecars:
    """Those of one Cluster, for its ObjectStore of the same name."""

    api: KubernetesApi
    namespace: str
    instance: str
    operation: Operation

    async def verify_by(self, authority: str | None) -> None:
        """Wait until they have this certificate, None for the public ones; a server that takes too long is told of."""
        called, deadline = 0.0, time.monotonic() + self.operation.seconds / 2
        while reason := await self._obstacle(authority):
            self.operation.tell(f"{self._subject}: waiting until it verifies its store: {reason}")
            if time.monotonic() > deadline:
                self.operation.warn(
                    f"{self._subject} does not reach its store yet, since {reason}; its WAL waits on its volume "
                    "until it does"
                )
                return
            if time.monotonic() > called + _SECONDS_BETWEEN_CALLS:
                await self._call()
                called = time.monotonic()
            await self._pause()

    @property
    def _subject(self) -> str:
        return f"{self.namespace}/{self.instance}"

    async def _obstacle(self, authority: str | None) -> str:
        """Why some sidecar may not verify the store by the certificate; empty where all do, or none runs."""
        try:
            live_cluster = await self.api.get(cluster.KIND, self.namespace, self.instance)
            if live_cluster is None or cluster.hibernates(live_cluster):
                return ""
            pods = await self.api.items(pod.KIND, self.namespace, cluster.instance_pods(self.instance))
            old = [item["metadata"]["name"] for item in pods if self._mounts(item) != (authority is not None)]
            state = cluster.state(live_cluster)
            if old or not state.ready:
                return f"{', '.join(old)} has to be restarted" if old else state.message
            return await self._stale(cluster.primary(live_cluster), authority) if authority else ""
        except errors.ClusterError as failure:
            return str(failure)

    def _mounts(self, item: Mapping[str, Any]) -> bool:
        """Whether a Pod has a certificate for the ObjectStore."""
        return f"{self.instance}/{_FILE}" in pod.projected_paths(item, _VOLUME)

    async def _stale(self, name: str, authority: str) -> str:
        read = f"print(open('/{_VOLUME}/{self.instance}/{_FILE}').read())"
        certificate = await self.api.run(self.namespace, name, sidecar_log.CONTAINER, ["python3", "-c", read])
        return (
            "" if certificate.strip() == authority.strip() else f"{name} has the former certificate for another moment"
        )

    async def _call(self) -> None:
        """Let the operator compare the Pods with what they should be."""
        now = datetime.datetime.now(datetime.UTC).isoformat()
        change = {"metadata": {"annotations": {_CALLED: now}}}
        with contextlib.suppress(errors.ClusterError):
            await self.api.merge(cluster.KIND, self.namespace, self.instance, change)

    async def _pause(self) -> None:
        await polling.unless_cancelled(
            asyncio.sleep(_POLL_SECONDS),
            self.operation,
            subject=f"Cluster {self._subject}",
            until="until it verifies its store",
        )
