"""What becomes of a call while the API server is away: those of custom resources have patience, looks have none."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import kr8s
import pytest

from tau import errors
from tau.kubernetes import connection as kubernetes_connection
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import secret

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


def _api(monkeypatch: pytest.MonkeyPatch, client: Any) -> KubernetesApi:
    async def opened(_: Any) -> Any:
        return client

    monkeypatch.setattr(kubernetes_connection.Connection, "client", opened)
    return KubernetesApi()


@pytest.mark.parametrize("failure", AWAY, ids=repr)
async def test_a_patient_call_outlasts_an_api_server_that_is_away(
    monkeypatch: pytest.MonkeyPatch, failure: Any
) -> None:
    client = Client(failure, failure, MADE)
    api = _api(monkeypatch, client).patient(asyncio.Event())
    assert await api.get(secret.KIND, "apps", "one") == MADE
    assert client.methods == ["GET"] * 3


@pytest.mark.parametrize("failure", AWAY, ids=repr)
async def test_a_look_fails_at_once(monkeypatch: pytest.MonkeyPatch, failure: Any) -> None:
    client = Client(failure, MADE)
    api = _api(monkeypatch, client)
    for impatient in (api, api.patient(asyncio.Event()).at_once()):
        client.outcomes, client.methods = [failure, MADE], []
        with pytest.raises(errors.ClusterError):
            await impatient.get(secret.KIND, "apps", "one")
        assert client.methods == ["GET"]


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422])
async def test_a_refusal_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    client = Client(status, MADE)
    with pytest.raises(errors.ClusterError, match=f"answered with {status}"):
        await _api(monkeypatch, client).patient(asyncio.Event()).create(secret.KIND, "apps", SECRET)
    assert client.methods == ["POST"]


async def test_an_object_whose_creation_was_not_answered_is_found_instead_of_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client(httpx.ReadError("Connection reset by peer"), 409, MADE)
    api = _api(monkeypatch, client).patient(asyncio.Event())
    assert await api.create(secret.KIND, "apps", SECRET) == MADE
    assert client.methods == ["POST", "POST", "GET"]


async def test_a_deletion_whose_answer_got_lost_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(httpx.ReadError("Connection reset by peer"), 404)
    await _api(monkeypatch, client).patient(asyncio.Event()).delete(secret.KIND, "apps", "one")
    assert client.methods == ["DELETE", "DELETE"]


async def test_an_outage_that_lasts_says_for_how_long_it_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(httpx.ConnectError("All connection attempts failed"))
    patience = kubernetes_connection.Patience(asyncio.Event(), seconds=0.05)
    api = _api(monkeypatch, client).patient(asyncio.Event())
    api._patience = patience
    expected = r"does not answer: All connection attempts failed \(tried for 0 s; run the same command again"
    with pytest.raises(errors.Unreachable, match=expected):
        await api.get(secret.KIND, "apps", "one")
    assert len(client.methods) > 1


async def test_a_cancellation_ends_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled = asyncio.Event()
    cancelled.set()
    client = Client(httpx.ConnectError("All connection attempts failed"))
    with pytest.raises(errors.Unreachable):
        await _api(monkeypatch, client).patient(cancelled).get(secret.KIND, "apps", "one")
    assert client.methods == ["GET"]


async def test_without_any_kubeconfig_nothing_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("HOME", "KUBECONFIG"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    api = KubernetesApi(kubeconfig=str(tmp_path / "absent")).patient(asyncio.Event())
    with pytest.raises(errors.NoCluster, match="set `tau:kubeconfig`"):
        await asyncio.wait_for(api.get(secret.KIND, "apps", "one"), timeout=5)


async def test_what_is_no_path_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = base64.b64encode(b"apiVersion: v1\nkind: Config\nusers: [{user: {token: hidden}}]\n" * 90).decode()
    with pytest.raises(errors.Unreachable, match="neither YAML nor the path of a file") as refused:
        await KubernetesApi(kubeconfig=encoded).get(secret.KIND, "apps", "one")
    assert encoded[:20] not in str(refused.value)


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
            await api.get(secret.KIND, "apps", "one")
        told.append(str(refused.value))
        frames.append(len(refused.traceback))
    assert len(set(told)) == 1
    assert frames[1] == frames[2] == frames[3]


class Served:
    """Answers by path: a body, or a status of refusal."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []

    @asynccontextmanager
    async def call_api(self, method: str, *, base: str, url: str, **_: Any) -> AsyncIterator[httpx.Response]:
        path = f"{base}/{url}".strip("/")
        self.asked.append(path)
        answer = self.answers[path.replace("/", "_").replace(".", "_")]
        if isinstance(answer, int):
            response = httpx.Response(answer, text=json.dumps({"message": "the server is currently unable"}))
            raise kr8s.ServerError("no", status=str(answer), response=response)
        yield httpx.Response(200, text=json.dumps(answer))


def _group(*versions: str) -> dict[str, Any]:
    listed = [{"groupVersion": version} for version in versions]
    return {"preferredVersion": listed[-1], "versions": listed}


def _kinds(*names: str, namespaced: bool = True, verbs: tuple[str, ...] = ("get", "list")) -> dict[str, Any]:
    return {
        "resources": [
            {"name": name, "kind": f"Kind of {name}", "namespaced": namespaced, "verbs": list(verbs)} for name in names
        ]
    }


async def test_every_kind_of_a_namespace_is_known_in_its_preferred_version(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Served(
        apis={"groups": [_group("batch/v1beta1", "batch/v1"), _group("x.io/v1")]},
        api_v1=_kinds("pods", "pods/log", "secrets"),
        apis_batch_v1=_kinds("jobs"),
        apis_batch_v1beta1=_kinds("jobs", "oldjobs"),
        apis_x_io_v1={"resources": [*_kinds("a", namespaced=False)["resources"], *_kinds("b", verbs=())["resources"]]},
    )
    found = await _api(monkeypatch, client).namespaced()
    assert {(one.api_version, one.plural) for one in found.preferred.values()} == {
        ("v1", "pods"),
        ("v1", "secrets"),
        ("batch/v1", "jobs"),
        ("batch/v1beta1", "oldjobs"),
    }
    assert found.silent == []


async def test_an_aggregated_api_that_is_down_is_named_and_the_rest_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {"groups": [_group("metrics.k8s.io/v1beta1"), _group("batch/v1")]}
    client = Served(apis=groups, api_v1=_kinds("pods"), apis_batch_v1=_kinds("jobs"), apis_metrics_k8s_io_v1beta1=503)
    found = await _api(monkeypatch, client).patient(asyncio.Event()).namespaced()
    assert (found.silent, len(found.preferred)) == (["metrics.k8s.io/v1beta1"], 2)
    assert client.asked.count("apis/metrics.k8s.io/v1beta1") == 2, "it may have been the API server that was away"


async def test_an_api_server_that_is_down_is_no_silent_group(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.Unreachable):
        await _api(monkeypatch, Served(apis=503)).namespaced()
