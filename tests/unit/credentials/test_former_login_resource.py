"""`tau.credentials.current_login_resource` and `former_login`: whom the server lets in before and after a rotation."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tau import errors
from tau.credentials import former_login_resource, server_roles
from tau.credentials.current_login_resource import CurrentLogin
from tau.credentials.former_login_resource import FormerLogin
from tau.kubernetes.kind import Kind
from tau.resource.contract import Operation
from tau.types.postgres import CurrentLoginArgs, FormerLoginArgs

ABOUT: dict[str, Any] = {"database": "shop", "instance": "main", "namespace": "apps", "owner": "ann"}
SECOND = ABOUT | {"generation": 1, "username": "ann_rotated"}
HAND_OVER = ("shop", 'REASSIGN OWNED BY "ann_rotated" TO "ann"')


class Server:
    """A FAKE of a cluster with two roles; what happens to it is in `course`, and `failures` come first."""

    def __init__(self) -> None:
        self.course: list[Any] = []
        self.failures: list[errors.ClusterError] = []
        self.behind = 0
        self.refusal = ""
        self.primary = "main-1"

    async def get(self, kind: Kind, namespace: str, name: str) -> Mapping[str, Any] | None:
        assert namespace == "apps"
        if kind.plural == "clusters":
            return {"status": {"currentPrimary": self.primary, "targetPrimary": self.primary}}
        if kind.plural == "secrets":
            return {"metadata": {"resourceVersion": "7"}}
        self.behind -= 1
        status: dict[str, Any] = {"applied": not self.refusal, "message": self.refusal, "observedGeneration": 2}
        status["secretResourceVersion"] = "6" if self.behind >= 0 else "7"
        spec = {"passwordSecret": {"name": f"{name}-login"}}
        return {"metadata": {"generation": 2}, "spec": spec, "status": status}

    async def apply(self, kind: Kind, body: Mapping[str, Any], owner: str) -> Mapping[str, Any]:
        if self.failures:
            raise self.failures.pop()
        assert (kind.plural, owner, body["metadata"]["namespace"]) == ("databaseroles", "tau-rotation", "apps")
        self.course.append((body["metadata"]["name"], body["spec"]))
        return body

    async def run(self, namespace: str, pod: str, container: str, command: Sequence[str], **_: float) -> str:
        assert (namespace, pod, container, command[2]) == ("apps", "main-1", "postgres", "psql")
        (database,) = [one.partition("=")[2] for one in command if one.startswith("--dbname=")]
        self.course += [(database, one.partition("=")[2]) for one in command if one.startswith("--command=")]
        return ""


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_roles, "_POLL_SECONDS", 0.0)
    monkeypatch.setattr(server_roles, "_PATIENCE_SECONDS", 0.05)


def operation(told: list[str] | None = None) -> Operation:
    return Operation(urn="urn", seconds=5, tell=(told if told is not None else []).append)


async def let_in(server: Server) -> Mapping[str, Any]:
    resource = CurrentLogin(lambda *_: server)  # type: ignore[arg-type]
    return (await resource.create(CurrentLoginArgs(**SECOND), operation()))[1]


async def test_the_current_login_has_no_end_and_makes_what_belongs_to_the_owner() -> None:
    server = Server()
    await let_in(server)
    assert server.course == [
        ("main-ann-rotated", {}),
        ("shop", "ALTER ROLE \"ann_rotated\" SET role = 'ann'"),
        HAND_OVER,
    ]


async def test_the_server_has_the_new_password_before_anything_else_happens() -> None:
    server = Server()
    server.behind = 3
    await let_in(server)
    assert server.behind == -1


async def test_a_failure_of_the_moment_is_tried_again() -> None:
    server = Server()
    server.failures = [errors.Unreachable("no answer"), errors.ClusterError("conflict")]
    await let_in(server)
    assert len(server.course) == 3


@pytest.mark.parametrize("ailment", ["refusal", "primary", "failures"])
async def test_a_failure_that_lasts_ends_it_before_the_secret_changes(ailment: str) -> None:
    server = Server()
    if ailment == "failures":
        server.failures = [errors.ClusterError("forbidden")] * 10**6
    else:
        setattr(server, ailment, {"refusal": "role is missing", "primary": ""}[ailment])
    with pytest.raises(errors.ClusterError, match=r"role is missing|has no primary|forbidden"):
        await let_in(server)


@pytest.mark.parametrize(
    ("username", "former"), [("ann", "main-ann-rotated"), ("ann_rotated", "main-ann")], ids=["owner", "second"]
)
async def test_the_login_that_is_not_current_ends_after_the_overlap(
    monkeypatch: pytest.MonkeyPatch, username: str, former: str
) -> None:
    now = datetime.datetime(2026, 11, 24, 3, tzinfo=datetime.UTC)
    monkeypatch.setattr(former_login_resource, "_now", lambda: now)
    server, told = Server(), list[str]()
    args = FormerLoginArgs(**SECOND | {"username": username, "overlap": "90m"})
    resource = FormerLogin(lambda *_: server)  # type: ignore[arg-type]
    _, outputs = await resource.create(args, operation(told))
    assert outputs == {"ends": "2026-11-24T04:30:00Z", "generation": 1}
    assert server.course == [(former, {"validUntil": "2026-11-24T04:30:00Z"}), HAND_OVER]
    assert "is refused from 2026-11-24T04:30:00Z on" in told[-1]


async def test_another_overlap_moves_no_end_that_is_set() -> None:
    server = Server()
    resource = FormerLogin(lambda *_: server)  # type: ignore[arg-type]
    recorded = {"ends": "2026-11-24T04:30:00Z", "generation": 1}
    args = FormerLoginArgs(**SECOND | {"overlap": "2d"})
    assert await resource.update(args, recorded, operation()) == recorded
    assert server.course == []
    assert resource.difference(frozenset({"overlap"}), recorded).expired == frozenset()
    assert resource.difference(frozenset({"generation"}), recorded).expired == {"ends", "generation"}
