"""What becomes of a call while the API server is away: those of custom resources have patience, looks have none."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import kr8s
import pytest

from tau import errors, kubernetes_connection
from tau.kubernetes_api import KubernetesApi

SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one"}}
MADE = {**SECRET, "metadata": {"name": "one", "uid": "1"}}
AWAY = [
    httpx.ConnectError("All connection attempts failed"),
    httpx.ReadError("Connection reset by peer"),
    kr8s.APITimeoutError("Timeout while waiting for the Kubernetes API server"),
    *(429, 500, 502, 503, 504),
]


class Client:
    """Answers each call with the next outcome: a failure, a status, or a body; the last one again and again."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = list(outcomes)
        self.methods: list[str] = []

    @asynccontextmanager
    async def call_api(self, method: str, **_: Any) -> AsyncIterator[httpx.Response]:
        self.methods.append(method)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, int):
            response = httpx.Response(outcome, text=json.dumps({"message": f"answered with {outcome}"}))
            raise kr8s.ServerError("no", status=str(outcome), response=response)
        yield httpx.Response(200, text=json.dumps(outcome))


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubernetes_connection, "_FIRST_PAUSE_SECONDS", 0.001)


def _api(monkeypatch: pytest.MonkeyPatch, client: Client) -> KubernetesApi:
    async def opened(_: Any) -> Client:
        return client

    monkeypatch.setattr(kubernetes_connection.Connection, "client", opened)
    return KubernetesApi()


@pytest.mark.parametrize("failure", AWAY, ids=repr)
async def test_a_patient_call_outlasts_an_api_server_that_is_away(
    monkeypatch: pytest.MonkeyPatch, failure: Any
) -> None:
    client = Client(failure, failure, MADE)
    api = _api(monkeypatch, client).patient(asyncio.Event())
    assert await api.get("v1", "secrets", "apps", "one") == MADE
    assert client.methods == ["GET"] * 3


@pytest.mark.parametrize("failure", AWAY, ids=repr)
async def test_a_look_fails_at_once(monkeypatch: pytest.MonkeyPatch, failure: Any) -> None:
    client = Client(failure, MADE)
    api = _api(monkeypatch, client)
    for impatient in (api, api.patient(asyncio.Event()).at_once()):
        client.outcomes, client.methods = [failure, MADE], []
        with pytest.raises(errors.ClusterError):
            await impatient.get("v1", "secrets", "apps", "one")
        assert client.methods == ["GET"]


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422])
async def test_a_refusal_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    client = Client(status, MADE)
    with pytest.raises(errors.ClusterError, match=f"answered with {status}"):
        await _api(monkeypatch, client).patient(asyncio.Event()).create("v1", "secrets", "apps", SECRET)
    assert client.methods == ["POST"]


async def test_an_object_whose_creation_was_not_answered_is_found_instead_of_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client(httpx.ReadError("Connection reset by peer"), 409, MADE)
    api = _api(monkeypatch, client).patient(asyncio.Event())
    assert await api.create("v1", "secrets", "apps", SECRET) == MADE
    assert client.methods == ["POST", "POST", "GET"]


async def test_a_deletion_whose_answer_got_lost_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(httpx.ReadError("Connection reset by peer"), 404)
    await _api(monkeypatch, client).patient(asyncio.Event()).delete("v1", "secrets", "apps", "one")
    assert client.methods == ["DELETE", "DELETE"]


async def test_an_outage_that_lasts_says_for_how_long_it_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(httpx.ConnectError("All connection attempts failed"))
    patience = kubernetes_connection.Patience(asyncio.Event(), seconds=0.05)
    api = _api(monkeypatch, client).patient(asyncio.Event())
    api._patience = patience
    expected = r"does not answer: All connection attempts failed \(tried for 0 s; run the same command again"
    with pytest.raises(errors.Unreachable, match=expected):
        await api.get("v1", "secrets", "apps", "one")
    assert len(client.methods) > 1


async def test_a_cancellation_ends_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled = asyncio.Event()
    cancelled.set()
    client = Client(httpx.ConnectError("All connection attempts failed"))
    with pytest.raises(errors.Unreachable):
        await _api(monkeypatch, client).patient(cancelled).get("v1", "secrets", "apps", "one")
    assert client.methods == ["GET"]


async def test_without_any_kubeconfig_nothing_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("HOME", "KUBECONFIG"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    api = KubernetesApi(kubeconfig=str(tmp_path / "absent")).patient(asyncio.Event())
    with pytest.raises(errors.NoCluster, match="set `tau:kubeconfig`"):
        await asyncio.wait_for(api.get("v1", "secrets", "apps", "one"), timeout=5)


async def test_who_asks_again_is_told_the_same_without_the_frames_of_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A failure that is raised again and again keeps every Construct that it went through in memory."""
    for name in ("HOME", "KUBECONFIG"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    api = KubernetesApi(kubeconfig=str(tmp_path / "absent"))
    told, frames = [], []
    for _ in range(4):
        with pytest.raises(errors.NoCluster) as refused:
            await api.get("v1", "secrets", "apps", "one")
        told.append(str(refused.value))
        frames.append(len(refused.traceback))
    assert len(set(told)) == 1
    assert frames[1] == frames[2] == frames[3]
