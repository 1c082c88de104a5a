"""Reads the cluster that the stack's Kubernetes resources go to; the only module that opens connections to it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import yaml

from tau import errors

_SECONDS_TO_ANSWER = 10
_SECONDS_TO_GIVE_UP = 5


class KubernetesApi:
    """A lazily opened client; `kubeconfig` is text, a path, or None for the usual places."""

    def __init__(self, *, kubeconfig: str | None = None, context: str | None = None) -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._client: Any = None
        self._opening = asyncio.Lock()
        self._refused: errors.Unreachable | None = None
        self._refused_at = 0.0

    async def get(self, api_version: str, plural: str, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        """One object, or None where there is none, or no such kind."""
        return await self._read(api_version, namespace, f"{plural}/{name}")

    async def items(
        self, api_version: str, plural: str, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Mapping[str, Any]]:
        """Objects of one kind, in one namespace or in all; none where there is no such kind."""
        selector = ",".join(f"{key}={value}" for key, value in (labels or {}).items())
        found = await self._read(api_version, namespace, plural, params={"labelSelector": selector} if selector else {})
        return list(found["items"]) if found else []

    async def dry_run(self, api_version: str, plural: str, namespace: str, body: Mapping[str, Any]) -> str | None:
        """What the API server and its webhooks have against creating an object; None if nothing."""
        try:
            async with self._call(
                "POST", api_version, namespace, plural, params={"dryRun": "All"}, content=json.dumps(body)
            ):
                return None
        except errors.Unreachable:
            raise
        except errors.ClusterError as refusal:
            return str(refusal)

    async def create(
        self, api_version: str, plural: str, namespace: str | None, body: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Create an object; what the API server made of it."""
        content = json.dumps(body)
        async with self._call("POST", api_version, namespace, plural, content=content) as response:
            return dict(response.json())

    async def apply(self, api_version: str, plural: str, body: Mapping[str, Any], owner: str) -> Mapping[str, Any]:
        """Make an object of no namespace have these fields; those that `owner` applied before and not now go."""
        url = f"{plural}/{body['metadata']['name']}"
        params = {"fieldManager": owner, "force": "true"}
        headers = {"Content-Type": "application/apply-patch+yaml"}
        call = self._call("PATCH", api_version, None, url, params=params, headers=headers, content=json.dumps(body))
        async with call as response:
            return dict(response.json())

    async def namespaced(self) -> list[tuple[str, str]]:
        """API version and plural of every kind of object that lives in namespaces and can be listed."""
        client = await self._open()
        with _told():
            known = await client.async_api_resources_uncached()
        # The newest version of a group comes first.
        newest: dict[tuple[str, str], tuple[str, str]] = {}
        for one in known:
            if one["namespaced"] and "list" in one["verbs"]:
                group = one["version"].rpartition("/")[0]
                newest.setdefault((group, one["name"]), (one["version"], one["name"]))
        return list(newest.values())

    async def delete(self, api_version: str, plural: str, namespace: str | None, name: str) -> None:
        """Delete an object and, in the background, what it owns; one that is gone already is fine."""
        content = json.dumps({"propagationPolicy": "Background"})
        try:
            async with self._call("DELETE", api_version, namespace, f"{plural}/{name}", content=content):
                return
        except _NotFound:
            return

    async def log(self, namespace: str, pod: str, container: str) -> str:
        """What a container has written so far; empty where the Pod is gone."""
        return await self._log(namespace, pod, container)

    async def end_of_log(self, namespace: str, pod: str, container: str, lines: int) -> str:
        """The last lines that a container has written; empty where the Pod is gone."""
        return await self._log(namespace, pod, container, tailLines=str(lines))

    async def _log(self, namespace: str, pod: str, container: str, **parameters: str) -> str:
        given = {"container": container, **parameters}
        try:
            async with self._call("GET", "v1", namespace, f"pods/{pod}/log", params=given) as response:
                return str(response.text)
        except _NotFound:
            return ""

    async def _read(
        self, api_version: str, namespace: str | None, url: str, params: Mapping[str, str] | None = None
    ) -> Mapping[str, Any] | None:
        try:
            async with self._call("GET", api_version, namespace, url, params=dict(params or {})) as response:
                return dict(response.json())
        except _NotFound:
            return None

    @asynccontextmanager
    async def _call(
        self, method: str, api_version: str, namespace: str | None, url: str, **request: Any
    ) -> AsyncIterator[Any]:
        client = await self._open()
        with _told():
            call = client.call_api(method, version=api_version, namespace=namespace, url=url, **request)
            async with call as response:
                yield response

    async def _open(self) -> Any:
        async with self._opening:
            if self._refused and time.monotonic() - self._refused_at < _SECONDS_TO_GIVE_UP:
                raise self._refused
            if self._client is None:
                try:
                    self._client = await self._connect()
                except errors.Unreachable as refused:
                    self._refused, self._refused_at = refused, time.monotonic()
                    raise
        return self._client

    async def _connect(self) -> Any:
        import httpx
        import kr8s.asyncio

        kubeconfig: Any = self._kubeconfig
        if kubeconfig and "\n" in kubeconfig:
            kubeconfig = yaml.safe_load(kubeconfig)
        try:
            # Asked for nothing in particular, kr8s hands out the first client it has, whose cluster may be another.
            opening = kr8s.asyncio.api(kubeconfig=kubeconfig, context=self._context, namespace="default")
            client = await asyncio.wait_for(opening, _SECONDS_TO_ANSWER)
        except (
            *(httpx.HTTPError, kr8s.APITimeoutError, kr8s.ServerError),
            *(OSError, TimeoutError, ValueError, KeyError),
        ) as failure:
            raise errors.Unreachable(
                f"no Kubernetes cluster can be reached ({failure or type(failure).__name__}); "
                "set `tau:kubeconfig` and `tau:context`, or KUBECONFIG"
            ) from failure
        client.timeout = _SECONDS_TO_ANSWER
        return client


class NoCluster(KubernetesApi):
    """Where objects are written to files: nothing can be read."""

    async def _connect(self) -> Any:
        raise errors.Unreachable("the kubernetes provider writes files, so there is no cluster to look at")


class _NotFound(errors.ClusterError):
    """No such object, or no such kind."""


@contextmanager
def _told() -> Iterator[None]:
    """Failures of the client, and refusals of the API server, as errors of tau."""
    import httpx
    import kr8s

    try:
        yield
    except kr8s.ServerError as failure:
        status = failure.response.status_code if failure.response is not None else None
        raise (_NotFound if status == 404 else errors.ClusterError)(_message(failure)) from failure
    except (httpx.HTTPError, kr8s.APITimeoutError, OSError) as failure:
        raise errors.Unreachable(f"Kubernetes does not answer: {failure or type(failure).__name__}") from failure


def _message(failure: Any) -> str:
    """The API server's own words; those of a failed webhook come with status 500."""
    try:
        return str(failure.response.json()["message"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return str(failure)
