"""Reads and changes the cluster that the stack's Kubernetes resources go to."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tau import errors
from tau.kubernetes.connection import Conflict, Connection, NotFound, Patience, translated_errors
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import namespace

_T = TypeVar("_T")

SECONDS_TO_RUN = 30.0
NO_CLUSTER = ""
"""A kubeconfig that says there is none, where objects are written to files: `KUBECONFIG` may name some cluster."""


@dataclass
class Kinds:
    """Kinds by group and plural, in one version; `silent` are API versions that could not be asked."""

    preferred: dict[tuple[str, str], Kind] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)


class KubernetesApi:
    """A lazily opened client; `kubeconfig` is text, a path, or None for the usual places.

    It fails at once where the API server is away, as suits a look that may be left out, unless it is `patient`.
    """

    def __init__(self, *, kubeconfig: str | None = None, context: str | None = None) -> None:
        self._connection = Connection(kubeconfig=kubeconfig, context=context)
        self._patience: Patience | None = None

    def patient(self, cancelled: asyncio.Event) -> "KubernetesApi":
        """The same connection, used with patience: an API server that restarts ends no operation."""
        copied = copy.copy(self)
        copied._patience = Patience(cancelled)
        return copied

    def at_once(self) -> "KubernetesApi":
        """The same connection, for who looks again and again anyway and tells what is in the way."""
        if self._patience is None:
            return self
        copied = copy.copy(self)
        copied._patience = None
        return copied

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        """One object, or None where there is none, or no such kind."""
        return await self._read(kind.api_version, namespace, f"{kind.plural}/{name}")

    async def items(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Mapping[str, Any]]:
        """Objects of one kind, in one namespace or in all; none where there is no such kind."""
        selector = ",".join(f"{key}={value}" for key, value in (labels or {}).items())
        listed = await self._read(
            kind.api_version, namespace, kind.plural, params={"labelSelector": selector} if selector else {}
        )
        return list(listed["items"]) if listed else []

    async def serves(self, kind: Kind) -> bool:
        """Whether there is a kind of object that belongs to no namespace."""
        return await self._read(kind.api_version, None, kind.plural, params={"limit": "1"}) is not None

    async def dry_run(self, kind: Kind, namespace: str, body: Mapping[str, Any]) -> str | None:
        """What the API server and its webhooks have against creating an object; None if nothing."""
        try:
            async with self._call(
                "POST", kind.api_version, namespace, kind.plural, params={"dryRun": "All"}, content=json.dumps(body)
            ):
                return None
        except errors.Unreachable:
            raise
        except errors.ClusterError as refusal:
            return str(refusal)

    async def create(self, kind: Kind, namespace: str | None, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Create an object; what the API server made of it."""
        content, attempts = json.dumps(body), 0

        async def attempt() -> Mapping[str, Any]:
            nonlocal attempts
            attempts += 1
            try:
                return dict(
                    (await self._once("POST", kind.api_version, namespace, kind.plural, content=content)).json()
                )
            except Conflict:
                # The answer to an earlier attempt got lost, not the request.
                if attempts == 1:
                    raise
                url = f"{kind.plural}/{body['metadata']['name']}"
                return dict((await self._once("GET", kind.api_version, namespace, url)).json())

        return await (self._patience.outlast(attempt) if self._patience else attempt())

    async def apply(self, kind: Kind, body: Mapping[str, Any], owner: str) -> Mapping[str, Any]:
        """Make an object have these fields; those that `owner` applied before and not now go."""
        url, namespace = f"{kind.plural}/{body['metadata']['name']}", body["metadata"].get("namespace")
        params = {"fieldManager": owner, "force": "true"}
        headers = {"Content-Type": "application/apply-patch+yaml"}
        call = self._call(
            "PATCH", kind.api_version, namespace, url, params=params, headers=headers, content=json.dumps(body)
        )
        async with call as response:
            return dict(response.json())

    async def merge(self, kind: Kind, namespace: str | None, name: str, change: Mapping[str, Any]) -> None:
        """Change an object by a merge patch."""
        headers = {"Content-Type": "application/merge-patch+json"}
        url, content = f"{kind.plural}/{name}", json.dumps(change)
        async with self._call("PATCH", kind.api_version, namespace, url, headers=headers, content=content):
            return

    async def namespaced(self) -> Kinds:
        """Every kind of object that lives in namespaces and can be listed, in its preferred version."""
        kinds = Kinds()
        async with self._call("GET", "", None, "", base="/apis") as response:
            groups = response.json()["groups"]
        for group in groups:
            versions = [group["preferredVersion"], *group["versions"]]
            for version in dict.fromkeys(api_group["groupVersion"] for api_group in versions):
                await self._discover("/apis", version, kinds)
        await self._discover("/api", "v1", kinds)
        return kinds

    async def _discover(self, base: str, version: str, kinds: Kinds) -> None:
        """Add the kinds of a version; what is served by another server than the API server itself may not answer."""
        group = version.rpartition("/")[0]

        async def ask() -> Any:
            async with self.at_once()._call("GET", "", None, version, base=base) as response:
                return response.json()["resources"]

        resources = await self.answer_of_a_group(ask)
        if resources is None:
            kinds.silent.append(version)
        for resource in resources or ():
            if resource["namespaced"] and "list" in resource["verbs"] and "/" not in resource["name"]:
                kinds.preferred.setdefault((group, resource["name"]), Kind(version, resource["kind"], resource["name"]))

    async def answer_of_a_group(self, ask: Callable[[], Awaitable[_T]]) -> _T | None:
        """What an API group answers; None where it fails though the API server itself is there."""
        for _ in range(2):
            try:
                return await ask()
            except errors.NoCluster:
                raise
            except errors.ClusterError:
                # Raises where nothing answers; one that was restarted in the meantime is worth another try.
                async with self._call("GET", "", None, "", base="/apis"):
                    pass
        return None

    async def identity(self) -> str:
        """What tells the physical cluster from every other one, regardless of its address.

        The namespace `kube-system` is made with the cluster and cannot be deleted.
        """
        if self._connection.identity is None:
            live = await self.get(namespace.KIND, None, "kube-system")
            if live is None:
                raise errors.ClusterError("this cluster has no namespace kube-system, by which it could be identified")
            self._connection.identity = str(live["metadata"]["uid"])
        return self._connection.identity

    async def delete(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        *,
        uid: str | None = None,
        propagation: str = "Background",
    ) -> None:
        """Delete an object and what it owns, by default in the background; one that is gone already is fine.

        With a `uid` only that very object is deleted: one of the same name that was made since then is a Conflict. With
        the propagation "Foreground" the object is there until what it owns has gone.
        """
        options: dict[str, Any] = {"propagationPolicy": propagation}
        if uid is not None:
            options["preconditions"] = {"uid": uid}
        content = json.dumps(options)
        try:
            async with self._call("DELETE", kind.api_version, namespace, f"{kind.plural}/{name}", content=content):
                return
        except NotFound:
            return

    async def log(self, namespace: str, pod: str, container: str) -> str:
        """What a container has written so far; empty where the Pod is gone."""
        return await self._log(namespace, pod, container)

    async def end_of_log(self, namespace: str, pod: str, container: str, lines: int) -> str:
        """The last lines that a container has written; empty where the Pod is gone."""
        return await self._log(namespace, pod, container, tailLines=str(lines))

    async def run(
        self, namespace: str, pod: str, container: str, command: Sequence[str], *, seconds: float = SECONDS_TO_RUN
    ) -> str:
        """What a command prints in a container; one that fails raises what it has written."""
        import httpx_ws
        import kr8s.asyncio.objects

        client = await self._connection.client()
        try:
            with translated_errors():
                item = await kr8s.asyncio.objects.Pod.get(pod, namespace=namespace, api=client)
                running = item.exec(list(command), container=container, check=False)
                done = await asyncio.wait_for(running, seconds)
        except TimeoutError as slow:
            raise errors.ClusterError(
                f"a command in Pod {namespace}/{pod} has not ended after {seconds:.0f} s"
            ) from slow
        except (httpx_ws.HTTPXWSException, ExceptionGroup, kr8s.ExecError, kr8s.NotFoundError) as failure:
            reason = str(failure) or type(failure).__name__
            raise errors.ClusterError(f"no command can be run in Pod {namespace}/{pod}: {reason}") from failure
        if done.returncode:
            raise errors.ClusterError(done.stderr.decode(errors="replace").strip() or f"status {done.returncode}")
        return str(done.stdout.decode(errors="replace"))

    async def _log(self, namespace: str, pod: str, container: str, **parameters: str) -> str:
        log_parameters = {"container": container, **parameters}
        try:
            async with self._call("GET", "v1", namespace, f"pods/{pod}/log", params=log_parameters) as response:
                return str(response.text)
        except NotFound:
            return ""

    async def _read(
        self, api_version: str, namespace: str | None, url: str, params: Mapping[str, str] | None = None
    ) -> Mapping[str, Any] | None:
        try:
            async with self._call("GET", api_version, namespace, url, params=dict(params or {})) as response:
                return dict(response.json())
        except NotFound:
            return None

    @asynccontextmanager
    async def _call(
        self, method: str, api_version: str, namespace: str | None, url: str, **request: Any
    ) -> AsyncIterator[Any]:
        async def attempt() -> Any:
            return await self._once(method, api_version, namespace, url, **request)

        yield await (self._patience.outlast(attempt) if self._patience else attempt())

    async def _once(self, method: str, api_version: str, namespace: str | None, url: str, **request: Any) -> Any:
        client = await self._connection.client()
        with translated_errors():
            call = client.call_api(method, version=api_version, namespace=namespace, url=url, **request)
            async with call as response:
                return response


class NoCluster(KubernetesApi):
    """Where objects are written to files: nothing can be read."""

    async def run(
        self, namespace: str, pod: str, container: str, command: Sequence[str], *, seconds: float = SECONDS_TO_RUN
    ) -> str:
        raise _none()

    async def _once(self, method: str, api_version: str, namespace: str | None, url: str, **request: Any) -> Any:
        raise _none()


def _none() -> errors.NoCluster:
    return errors.NoCluster("the kubernetes provider writes files, so there is no cluster to look at")
