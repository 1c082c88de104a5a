"""`tau.application.namespace_resource`: a namespace that several use, and that is never deleted with anything in it."""

import contextlib
import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors
from tau.application import namespace_resource
from tau.kubernetes import api as kubernetes_api
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import namespace as kind
from tau.kubernetes.manifest import made_by_tau
from tau.resource.contract import Operation
from tau.types.app import NamespaceArgs


class FakeApi:
    """A FAKE of a cluster with one namespace at most; `ending` is how often it is still seen after its deletion."""

    def __init__(self, found: dict[str, Any] | None = None, ending: int = 0) -> None:
        self.found = found
        self.ending = ending
        self.contents: dict[str, list[dict[str, Any]]] = {}
        self.applied: dict[str, Mapping[str, Any]] = {}
        self.refusal: str | None = None
        self.silent: list[str] = []
        self.unlisted: list[str] = []

    async def get(self, kind: Kind, space: None, name: str) -> Mapping[str, Any] | None:
        assert (kind.api_version, kind.plural, space) == ("v1", "namespaces", None)
        if self.found and "deletionTimestamp" in self.found["metadata"]:
            self.ending -= 1
            self.found = self.found if self.ending > 0 else None
        return self.found

    async def create(self, kind: Kind, space: None, body: dict[str, Any]) -> Mapping[str, Any]:
        if self.refusal:
            raise errors.ClusterError(self.refusal)
        assert self.found is None
        self.found = body
        return body

    async def apply(self, kind: Kind, body: Mapping[str, Any], owner: str) -> Mapping[str, Any]:
        self.applied[owner] = body["metadata"]["labels"]
        return body

    async def namespaced(self) -> kubernetes_api.Kinds:
        kinds = [("v1", "configmaps"), ("v1", "events"), ("v1", "secrets"), ("metrics.k8s.io/v1beta1", "pods")]
        preferred = {(version.rpartition("/")[0], plural): Kind(version, plural, plural) for version, plural in kinds}
        return kubernetes_api.Kinds(preferred, list(self.silent))

    def at_once(self) -> "FakeApi":
        return self

    async def answer_of_a_group(self, ask: Any) -> Any:
        with contextlib.suppress(errors.ClusterError):
            return await ask()

    async def items(self, kind: Kind, space: str) -> list[dict[str, Any]]:
        if kind.plural in self.unlisted:
            raise errors.Unreachable("the server is currently unable to handle the request")
        return self.contents.get(kind.plural, [])

    async def delete(self, kind: Kind, space: None, name: str, *, uid: str) -> None:
        assert self.found
        assert self.found["metadata"]["uid"] == uid, "another namespace of that name"
        self.found = {**self.found, "metadata": {**self.found["metadata"], "deletionTimestamp": "now"}}


OURS, THEIRS = kind.namespace("apps"), {"metadata": {"name": "apps"}}
OURS["metadata"]["uid"] = "uid-of-apps"
ARGS = NamespaceArgs(name="apps", user="shop", labels={"team": "home"})


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespace_resource, "_POLL_SECONDS", 0.0)


def resource(api: FakeApi) -> tuple[namespace_resource.Namespace, Operation, list[str]]:
    """The resource, an operation on it, and what that tells."""
    told: list[str] = []
    made: Any = namespace_resource.Namespace(lambda kubeconfig, context: api)  # type: ignore[arg-type,return-value]
    return made, Operation(urn="urn", seconds=5, tell=told.append), told


async def test_a_missing_namespace_is_made() -> None:
    api = FakeApi()
    made, operation, _ = resource(api)
    assert await made.create(ARGS, operation) == ("apps", {"name": "apps", "created": True})
    assert api.found
    assert made_by_tau(api.found)
    assert api.applied == {"tau-shop": {"team": "home"}}


async def test_one_that_is_there_is_used_and_not_taken_over() -> None:
    api = FakeApi(THEIRS)
    made, operation, _ = resource(api)
    assert (await made.create(ARGS, operation))[1]["created"] is False
    assert api.found == THEIRS
    await made.delete(ARGS, {}, operation)
    assert api.found == THEIRS


async def test_another_application_may_be_faster() -> None:
    class Contested(FakeApi):
        async def create(self, *_: Any) -> Mapping[str, Any]:
            self.found = dict(OURS)
            raise errors.ClusterError('namespaces "apps" already exists')

    made, operation, _ = resource(Contested())
    assert (await made.create(ARGS, operation))[1]["created"] is False


async def test_a_refusal_is_told() -> None:
    api = FakeApi()
    api.refusal = "forbidden"
    made, operation, _ = resource(api)
    with pytest.raises(errors.ClusterError, match="forbidden"):
        await made.create(ARGS, operation)


async def test_one_that_is_about_to_go_is_waited_for() -> None:
    ending = {"metadata": {"name": "apps", "deletionTimestamp": "now"}}
    made, operation, told = resource(FakeApi(ending, ending=4))
    assert (await made.create(ARGS, operation))[1]["created"] is True
    assert told == ["Namespace apps is being deleted; waiting until it is gone"]


@pytest.mark.parametrize(
    ("plural", "metadata"),
    [
        ("configmaps", {"name": "kube-root-ca.crt"}),
        ("events", {"name": "shop.1"}),
        ("pods", {"name": "shop-1"}),
        ("secrets", {"name": "shop", "deletionTimestamp": "now"}),
        ("secrets", {"name": "shop", "ownerReferences": [{"kind": "Cluster"}]}),
    ],
)
async def test_the_last_one_to_leave_deletes_it(plural: str, metadata: dict[str, Any]) -> None:
    api = FakeApi(dict(OURS), ending=3)
    api.contents[plural] = [{"metadata": metadata}]
    made, operation, _ = resource(api)
    await made.delete(ARGS, {}, operation)
    assert api.found is None


async def test_it_stays_as_long_as_anything_is_in_it() -> None:
    api = FakeApi(dict(OURS))
    api.contents["secrets"] = [{"metadata": {"name": f"s{number}"}} for number in range(7)]
    made, operation, told = resource(api)
    await made.delete(ARGS, {}, operation)
    assert api.found == OURS
    assert told == [
        "Namespace apps stays, since it still has secrets/s0, secrets/s1, secrets/s2, secrets/s3, secrets/s4 and 2 more"
    ]
    assert api.applied == {"tau-shop": {}}, "its labels are left behind"


@pytest.mark.parametrize(
    ("silent", "unlisted", "named"),
    [(["custom.metrics.k8s.io/v1beta1"], [], "custom.metrics.k8s.io/v1beta1"), ([], ["secrets"], "secrets of v1")],
)
async def test_it_stays_while_a_part_of_the_api_does_not_say_what_is_in_it(
    silent: list[str], unlisted: list[str], named: str
) -> None:
    api, warned = FakeApi(dict(OURS)), list[str]()
    api.silent, api.unlisted = silent, unlisted
    made, operation, _ = resource(api)
    await made.delete(ARGS, {}, dataclasses.replace(operation, warn=warned.append))
    assert api.found == OURS
    [warning] = warned
    assert warning.startswith(f"Namespace apps stays, since {named} cannot be asked what it has there; run `kubectl ")


async def test_changed_labels_are_applied_in_the_name_of_their_user() -> None:
    api = FakeApi(THEIRS)
    made, operation, _ = resource(api)
    await made.update(NamespaceArgs(name="apps", user="shop", labels={"a": "b"}), {}, operation)
    assert api.applied == {"tau-shop": {"a": "b"}}


@pytest.mark.parametrize(
    ("changed", "replaced"), [({"name"}, {"name"}), ({"user", "labels"}, {"user"}), ({"labels"}, set())]
)
def test_another_name_or_user_is_another_resource(changed: set[str], replaced: set[str]) -> None:
    made, _, _ = resource(FakeApi())
    assert made.difference(frozenset(changed), {}).replaced == replaced


async def test_one_that_is_gone_is_missed() -> None:
    made, _, _ = resource(FakeApi())
    assert await made.read(ARGS, {"name": "apps"}) is None
    made, _, _ = resource(FakeApi(THEIRS))
    assert await made.read(ARGS, {"name": "apps"}) == {"name": "apps"}
