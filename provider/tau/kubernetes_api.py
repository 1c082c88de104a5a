"""Reads the cluster that the stack's Kubernetes resources go to; the only module that opens connections to it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
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
        import httpx
        import kr8s

        client = await self._open()
        try:
            call = client.call_api(method, version=api_version, namespace=namespace, url=url, **request)
            async with call as response:
                yield response
        except kr8s.ServerError as failure:
            status = failure.response.status_code if failure.response is not None else None
            raise (_NotFound if status == 404 else errors.ClusterError)(_message(failure)) from failure
        except (httpx.HTTPError, kr8s.APITimeoutError, OSError) as failure:
            raise errors.Unreachable(f"Kubernetes does not answer: {failure or type(failure).__name__}") from failure

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
            client = await asyncio.wait_for(
                kr8s.asyncio.api(kubeconfig=kubeconfig, context=self._context), _SECONDS_TO_ANSWER
            )
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


class _NotFound(errors.ClusterError):
    """No such object, or no such kind."""


def _message(failure: Any) -> str:
    """The API server's own words; those of a failed webhook come with status 500."""
    try:
        return str(failure.response.json()["message"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return str(failure)
