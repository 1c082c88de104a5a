"""A share that holds an archive already: whether a live Cluster may write to it."""

from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors
from tau.kubernetes.kind import Kind
from tau.store import share_archives
from tests.unit.archive.archive_cluster import ArchiveCluster

OURS, THEIRS = "7000000000000000001", "7000000000000000002"


class Clusters(ArchiveCluster):
    """One live Cluster that archives through a gateway; it can be listed, or cannot."""

    def __init__(self) -> None:
        super().__init__()
        self.archiving("main", "main-15-1")
        self.failure: errors.TauError | None = None
        living: Any = self.objects["clusters", "main"]
        living["status"]["systemID"] = OURS

    async def items(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Mapping[str, Any]]:
        if self.failure:
            raise self.failure
        return [item for (plural, _), item in self.objects.items() if plural == kind.plural]


async def test_an_archive_of_the_same_name_by_another_server_is_refused() -> None:
    with pytest.raises(errors.ClusterError) as refused:
        await share_archives.check(Clusters(), "gateway", {"main-15-1": THEIRS})
    for words in ("main-15-1 of another server", OURS, THEIRS, "Cluster apps/main", "another `folder`"):
        assert words in str(refused.value)


@pytest.mark.parametrize(
    ("host", "archives"),
    [
        ("gateway", {}),
        ("gateway", {"main-15-1": OURS}),
        ("gateway", {"main-15-1": ""}),
        ("gateway", {"main-15-2": THEIRS, "other-15-1": THEIRS}),
        ("other.apps.svc", {"main-15-1": THEIRS}),
    ],
    ids=["empty", "a copy of its own", "no base backup yet", "other names", "another gateway"],
)
async def test_everything_else_is_not(host: str, archives: dict[str, str]) -> None:
    await share_archives.check(Clusters(), host, archives)


async def test_a_cluster_that_says_nothing_of_itself_is_let_through() -> None:
    found = Clusters()
    del found.objects["clusters", "main"]["status"]["systemID"]
    await share_archives.check(found, "gateway", {"main-15-1": THEIRS})


async def test_who_may_not_list_clusters_goes_on_and_who_cannot_ask_does_not() -> None:
    found = Clusters()
    found.failure = errors.ClusterError("clusters is forbidden")
    await share_archives.check(found, "gateway", {"main-15-1": THEIRS})
    found.failure = errors.Unreachable("Kubernetes does not answer")
    with pytest.raises(errors.Unreachable):
        await share_archives.check(found, "gateway", {"main-15-1": THEIRS})
