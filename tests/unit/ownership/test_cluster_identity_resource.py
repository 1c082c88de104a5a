"""`tau.ownership.cluster_identity_resource`: one physical cluster for the life of a stack, by whatever address."""

from typing import Any

import pytest

from tau import errors
from tau.ownership.cluster_identity_resource import ClusterIdentity
from tau.types.postgres import ClusterIdentityArgs
from tests.unit.live_cluster import LiveCluster, Told

ARGS = ClusterIdentityArgs()


async def compared(api: LiveCluster, recorded: dict[str, Any]) -> list[str]:
    problems = errors.Problems()
    await ClusterIdentity(lambda *_: api).compare(recorded, ARGS, problems)
    return [one.reason for one in problems]


async def test_the_uid_is_found_recorded_and_known_in_a_preview() -> None:
    made = ClusterIdentity(lambda *_: LiveCluster("one"))
    assert await made.supplement({}, ARGS) == {"clusterId": "one"}
    assert await made.foreseen(ClusterIdentityArgs(cluster_id="one"), {}) == {"uid": "one"}
    assert await made.create(ARGS, Told().operation) == ("one", {"uid": "one"})


async def test_whoever_may_not_read_it_goes_without_for_good() -> None:
    """Another uid would make the kubernetes package replace everything."""
    api, told = LiveCluster("one"), Told()
    api.forbidden = True
    made = ClusterIdentity(lambda *_: api)
    assert await made.supplement({}, ARGS) == {}
    _, outputs = await made.create(ARGS, told.operation)
    assert outputs == {"uid": "unidentified"}
    assert "allow the user to `get` the namespace kube-system" in told.warnings[0]
    api.forbidden = False
    assert await made.update(ARGS, outputs, told.operation) == outputs
    assert await made.foreseen(ClusterIdentityArgs(cluster_id="one"), outputs) == outputs


async def test_the_same_cluster_is_no_change_and_another_one_is_refused() -> None:
    assert await compared(LiveCluster("one"), {"clusterId": "one"}) == []
    assert await compared(LiveCluster("one"), {}) == []
    (reason,) = await compared(LiveCluster("two"), {"clusterId": "one"})
    assert reason.startswith("'two' is not the cluster 'one' that this stack was deployed to")
    assert "pulumi stack init" in reason
    assert "kubernetes:context" in reason


async def test_a_cluster_that_is_away_stays_the_one_that_was_recorded() -> None:
    api = LiveCluster("two")
    api.away = True
    assert await compared(api, {"clusterId": "one"}) == []
    assert await ClusterIdentity(lambda *_: api).supplement({"clusterId": "one"}, ARGS) == {"clusterId": "one"}
    assert await ClusterIdentity(lambda *_: api).supplement({}, ARGS) == {}
    assert await ClusterIdentity(lambda *_: api).foreseen(ARGS, {}) is None
    with pytest.raises(errors.Unreachable, match="could not be identified: Kubernetes does not answer"):
        await ClusterIdentity(lambda *_: api).create(ARGS, Told().operation)


async def test_a_state_is_not_refreshed_from_another_cluster() -> None:
    made = ClusterIdentity(lambda *_: LiveCluster("two"))
    assert await made.read(ARGS, {"uid": "two"}) == {"uid": "two"}
    with pytest.raises(errors.ClusterError, match="is not the cluster 'one'"):
        await made.read(ARGS, {"uid": "one"})
