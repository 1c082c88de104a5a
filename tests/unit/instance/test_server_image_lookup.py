"""The image of a server: found out once by a Pod before the server runs it, kept from then on, and never in the way."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors, fields
from tau.instance import name_guard_resource
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import merge
from tau.resource import polling
from tau.resource.contract import Operation
from tau.types.postgres import NameGuardArgs
from tests.unit.resource import test_job
from tests.unit.resource.test_job import quick  # noqa: F401
from tests.unit.scripted import HEALTHY

DIGEST, OTHER = (f"sha256:{one * 64}" for one in "12")
TAG = "registry.example/postgresql:15.14"
PINNED = f"{TAG}@{DIGEST}"
NEXT = "registry.example/postgresql:15.15"
RAN = {
    "metadata": {"name": "look-1"},
    "status": {
        "phase": "Succeeded",
        "containerStatuses": [{"name": "script", "imageID": f"registry.example/postgresql@{DIGEST}"}],
    },
}


class Cluster(test_job.Cluster):
    """Answers for the Cluster `living`, and for Jobs as they are told."""

    def __init__(self, living: Any = None, *states: Any, **more: Any) -> None:
        super().__init__(*(states or [test_job.COMPLETE]), **{"pods": [RAN], "log": "postgres (PostgreSQL) 15", **more})
        self.living = living
        self.secret: Any = None

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        if kind.plural == "secrets":
            assert name in ("main-pull-secret", "other-pull-secret")
            secret: Mapping[str, Any] | None = self.secret
            return secret
        if kind.plural != "clusters":
            return await super().get(kind, namespace, name)
        if isinstance(self.living, Exception):
            raise self.living
        found: Mapping[str, Any] | None = self.living
        return found

    def at_once(self) -> "Cluster":
        return self


class Guard:
    """A NameGuard of one process, and what it told."""

    def __init__(self, cluster: Cluster) -> None:
        self.warned: list[str] = []
        self.noted: list[str] = []
        self.resource = name_guard_resource.NameGuard(lambda *_: cluster)
        self.operation = Operation(urn="urn", seconds=60, tell=print, note=self.noted.append, warn=self.warned.append)

    async def create(self, **more: Any) -> Any:
        args: Any = {"namespace": "apps", "instance": "main", "image": TAG, **more}
        return (await self.resource.create(NameGuardArgs(**args), self.operation))[1].get("image")

    async def update(self, image: str, recorded: Mapping[str, Any]) -> Any:
        args = NameGuardArgs(namespace="apps", instance="main", image=image)
        return (await self.resource.update(args, recorded, self.operation))["image"]

    async def foreseen(self, image: Any, recorded: Mapping[str, Any]) -> Any:
        args = NameGuardArgs(namespace="apps", instance="main", image=image)
        found = await self.resource.foreseen(args, recorded)
        return found and found["image"]


def _living(image: str, **status: Any) -> dict[str, Any]:
    return merge(HEALTHY, {"spec": {"imageName": image}, "status": {"image": image, **status}})


async def test_a_new_server_starts_with_the_digest_that_a_node_has_got() -> None:
    cluster = Cluster()
    assert await Guard(cluster).create() == PINNED
    (made,) = cluster.made
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert (container["image"], container["command"]) == (TAG, ["postgres", "--version"])
    assert cluster.there == {}


async def test_the_pod_gets_the_image_as_the_server_does() -> None:
    cluster = Cluster()
    more = {"imagePullSecrets": [{"name": "registry"}], "imagePullPolicy": "Always", "nodeSelector": {"disk": "ssd"}}
    await Guard(cluster).create(pod_spec=more)
    spec = cluster.made[0]["spec"]["template"]["spec"]
    assert (spec["imagePullSecrets"], spec["nodeSelector"]) == (more["imagePullSecrets"], more["nodeSelector"])
    assert spec["containers"][0]["imagePullPolicy"] == "Always"
    assert spec["securityContext"]["runAsNonRoot"] is True


async def test_the_secret_that_the_operator_makes_for_images_is_used_where_there_is_one() -> None:
    cluster = Cluster()
    cluster.secret = {"metadata": {"name": "main-pull-secret"}}
    await Guard(cluster).create(pod_spec={"imagePullSecrets": [{"name": "registry"}]})
    spec = cluster.made[0]["spec"]["template"]["spec"]
    assert spec["imagePullSecrets"] == [{"name": "registry"}, {"name": "main-pull-secret"}]


@pytest.mark.parametrize("image", [TAG, PINNED])
async def test_a_server_that_is_there_is_not_restarted_for_a_digest(image: str) -> None:
    cluster = Cluster(_living(image))
    assert await Guard(cluster).create() == image
    assert await Guard(cluster).update(TAG, {}) == image
    assert cluster.made == []


async def test_the_recorded_digest_stays_whatever_the_tag_means_by_now() -> None:
    cluster = Cluster(None, pods=[merge(RAN, {"status": {"containerStatuses": []}})])
    assert await Guard(cluster).update(TAG, {"image": PINNED}) == PINNED
    assert cluster.made == []


async def test_another_tag_is_found_out_anew() -> None:
    cluster = Cluster(_living(PINNED))
    assert await Guard(cluster).update(NEXT, {"image": PINNED}) == f"{NEXT}@{DIGEST}"


async def test_the_way_back_from_an_upgrade_is_the_image_that_the_data_is_of() -> None:
    cluster = Cluster(_living("registry.example/postgresql:17", pgDataImageInfo={"image": PINNED, "majorVersion": 15}))
    assert await Guard(cluster).update(TAG, {"image": "registry.example/postgresql:17"}) == PINNED
    assert cluster.made == []


async def test_a_digest_of_the_program_is_taken_as_it_is() -> None:
    cluster = Cluster(_living(PINNED))
    assert await Guard(cluster).create(image=f"{TAG}@{OTHER}") == f"{TAG}@{OTHER}"
    assert cluster.made == []


async def test_servers_of_one_image_share_one_look() -> None:
    cluster = Cluster()
    guard = Guard(cluster)
    found = await asyncio.gather(guard.create(), guard.create(instance="other"), guard.create(namespace="web"))
    assert list(found) == [PINNED] * 3
    assert len(cluster.made) == 1
    await guard.create(image=NEXT)
    assert len(cluster.made) == 2


async def test_an_image_without_a_digest_of_a_registry_is_kept_by_its_tag() -> None:
    loaded = merge(RAN, {"status": {"containerStatuses": [{"name": "script", "imageID": DIGEST}]}})
    guard = Guard(Cluster(pods=[loaded]))
    assert await guard.create() == TAG
    assert DIGEST in guard.noted[0]
    assert guard.warned == []


async def test_a_healthy_server_keeps_its_image_where_no_node_gets_the_next_one() -> None:
    cluster = Cluster(_living(PINNED), test_job.AT_WORK, pods=[test_job.UNPULLED])
    with pytest.raises(errors.ClusterError, match=r"continues with .*15\.14.*nothing was changed.*ImagePullBackOff"):
        await Guard(cluster).update(NEXT, {"image": PINNED})
    assert cluster.there == {}


@pytest.mark.parametrize(
    "cluster",
    [
        Cluster(None, test_job.AT_WORK, pods=[test_job.UNPULLED]),
        Cluster(merge(HEALTHY, {"status": {"phase": "down"}}), test_job.AT_WORK, pods=[test_job.UNPULLED]),
        Cluster(_living(PINNED), test_job.AT_WORK, pods=[test_job.CREATING], events=[test_job.UNMOUNTED]),
        Cluster(None, test_job.FAILED),
    ],
    ids=["new", "down", "another reason", "failed"],
)
async def test_what_cannot_be_found_out_keeps_no_server_from_coming_up(cluster: Cluster) -> None:
    guard = Guard(cluster)
    assert await guard.update(NEXT, {"image": PINNED}) == NEXT
    assert "may run another image of this tag" in guard.warned[0]
    assert cluster.there == {}


async def test_cancelled_or_away_it_does_not_go_on() -> None:
    guard = Guard(Cluster(None, test_job.AT_WORK))
    guard.operation.cancelled.set()
    with pytest.raises(polling.Cancelled, match="cancelled"):
        await guard.create()
    with pytest.raises(errors.Unreachable):
        await Guard(Cluster(test_job.AWAY)).create()


async def test_a_failure_is_not_remembered() -> None:
    cluster = Cluster(None, test_job.FAILED)
    guard = Guard(cluster)
    assert await guard.create() == TAG
    cluster.states = [test_job.COMPLETE]
    assert await guard.create() == PINNED


async def test_a_guard_without_an_image_looks_at_none() -> None:
    cluster = Cluster(AssertionError("there is nothing to ask"))
    assert await Guard(cluster).create(image=None) == ""


@pytest.mark.parametrize(
    ("living", "image", "recorded", "foreseen"),
    [
        (None, TAG, {}, TAG),
        (_living(PINNED), TAG, {}, PINNED),
        (_living(TAG), TAG, {"image": PINNED}, PINNED),
        (_living(PINNED), NEXT, {"image": PINNED}, NEXT),
        (test_job.AWAY, TAG, {}, TAG),
        (None, fields.Deferred(handle=None), {"image": PINNED}, None),
    ],
)
async def test_a_preview_runs_nothing(living: Any, image: Any, recorded: Any, foreseen: Any) -> None:
    cluster = Cluster(living)
    guard = Guard(cluster)
    assert await guard.foreseen(image, recorded) == foreseen
    assert cluster.made == []


def test_an_unknown_image_is_unknown_in_a_preview() -> None:
    assert Guard(Cluster()).resource.difference(frozenset({"image"}), {}).expired == {"image"}
