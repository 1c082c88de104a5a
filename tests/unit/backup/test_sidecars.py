"""`tau.backup.sidecars`: a server is waited for until it verifies its store by the certificate of today."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tau import errors
from tau.backup import sidecars
from tau.backup.sidecars import Sidecars
from tau.kubernetes.api import SECONDS_TO_RUN, KubernetesApi
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import cluster
from tau.resource.contract import Operation

ANOTHER = "another/barman-ca.crt"


def pod(*paths: str) -> dict[str, Any]:
    """An instance with these certificates in it."""
    source = {"secret": {"name": "main-store", "items": [{"key": "ca.crt", "path": path} for path in paths]}}
    volumes = [{"name": "barman-certificates", "projected": {"sources": [source]}}] if paths else []
    return {"metadata": {"name": "main-1"}, "spec": {"volumes": [{"name": "pgdata"}, *volumes]}}


NEW, OLD = pod("main/barman-ca.crt", ANOTHER), pod(ANOTHER)


class Living(KubernetesApi):
    """A FAKE of a cluster with one server; `pods` and `held` go through their values, the last one again and again."""

    def __init__(self, pods: Sequence[Any], held: Sequence[Any] = ("pem",), **status: Any) -> None:
        super().__init__()
        self.pods, self.held = list(pods), list(held)
        healthy = {"phase": cluster.HEALTHY, "conditions": [{"type": "Ready", "status": "True"}], "readyInstances": 1}
        primary = {"currentPrimary": "main-1", "targetPrimary": "main-1"}
        self.living: Any = {"metadata": {}, "spec": {"instances": 1}, "status": {**healthy, **primary, **status}}
        self.called: list[Mapping[str, Any]] = []

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Any:
        assert (kind.plural, namespace, name) == ("clusters", "apps", "main")
        return self.living

    async def items(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Any]:
        assert labels == {"cnpg.io/cluster": "main", "cnpg.io/podRole": "instance"}
        return list(_next(self.pods))

    async def run(
        self, namespace: str, pod: str, container: str, command: Sequence[str], *, seconds: float = SECONDS_TO_RUN
    ) -> str:
        assert (pod, container) == ("main-1", "plugin-barman-cloud")
        assert "/barman-certificates/main/barman-ca.crt" in command[-1]
        return str(_next(self.held)) + "\n"

    async def merge(self, kind: Kind, namespace: str | None, name: str, change: Mapping[str, Any]) -> None:
        assert (kind.plural, namespace, name) == ("clusters", "apps", "main")
        self.called.append(change)


def _next(values: list[Any]) -> Any:
    found = values.pop(0) if len(values) > 1 else values[0]
    if isinstance(found, Exception):
        raise found
    return found


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sidecars, "_POLL_SECONDS", 0.001)


async def wait(living: Living, authority: str | None = "pem", *, seconds: float = 10) -> tuple[list[str], list[str]]:
    """What was told, and what was warned of."""
    told: list[str] = []
    warned: list[str] = []
    operation = Operation(urn="urn", seconds=seconds, tell=told.append, warn=warned.append)
    await Sidecars(api=living, namespace="apps", instance="main", operation=operation).verify_by(authority)
    return told, warned


@pytest.mark.parametrize(("authority", "one"), [("pem", NEW), (None, OLD), (None, pod())])
async def test_a_server_that_verifies_its_store_already_is_left_alone(authority: str | None, one: Any) -> None:
    living = Living([[one]])
    assert await wait(living, authority) == ([], [])
    assert living.called == []


@pytest.mark.parametrize(("authority", "before", "after"), [("pem", OLD, NEW), (None, NEW, OLD)])
async def test_pods_without_the_certificate_or_with_one_too_many_are_started_anew(
    authority: str | None, before: Any, after: Any
) -> None:
    living = Living([[before, after], [before], [after]])
    told, warned = await wait(living, authority)
    assert "main-1 has to be restarted" in told[0]
    assert warned == []
    (change,) = living.called
    assert set(change["metadata"]["annotations"]) == {"tau/store-changed"}


async def test_a_certificate_that_the_kubelet_has_yet_to_bring_is_waited_for() -> None:
    told, warned = await wait(Living([[NEW]], held=["former", errors.ClusterError("no such file"), "pem"]))
    assert "former certificate" in told[0]
    assert "no such file" in told[1]
    assert warned == []


async def test_what_takes_too_long_is_warned_of_and_stops_nothing() -> None:
    _, (warning,) = await wait(Living([[OLD]]), seconds=0.02)
    assert warning.startswith("apps/main does not reach its store yet, since main-1 has to be restarted")


async def test_a_server_that_hibernates_or_is_gone_is_not_waited_for() -> None:
    asleep = Living([[OLD]])
    asleep.living["metadata"]["annotations"] = {cluster.HIBERNATION: "on"}
    gone = Living([[OLD]])
    gone.living = None
    for one in (asleep, gone):
        assert await wait(one) == ([], [])


async def test_a_server_that_is_being_started_is_waited_for() -> None:
    living = Living([[NEW]], phase="Cluster is being upgraded")
    _, warned = await wait(living, seconds=0.02)
    assert "Cluster is being upgraded" in warned[0]


async def test_cancelled_it_says_how_to_go_on() -> None:
    operation = Operation(urn="urn", seconds=5, tell=print)
    operation.cancelled.set()
    found = Sidecars(api=Living([[OLD]]), namespace="apps", instance="main", operation=operation)
    with pytest.raises(errors.ClusterError, match="run the same command again"):
        await found.verify_by("pem")
