"""Many databases with a server each, at once, until all have answered a query: by tau and by kubectl."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from testbed.drive import operator_state, waiting
from tools.benchmarks import kubernetes_objects as objects
from tools.benchmarks import overlap
from tools.benchmarks.owned_bed import Bed

_NAMESPACE = "bench-databases"
_PASSWORD = "only-for-this-measurement"


class Rounds:
    """Each begins and ends on an empty namespace, with an operator that stays."""

    def __init__(self, bed: Bed, count: int) -> None:
        self._cluster, self._owned = bed.cluster, bed.stack()
        self._names = [f"bench{number}" for number in range(count)]
        self._objects: list[objects.Manifest] = []
        self.most_at_once = 0

    def by_tau(self) -> None:
        """One `pulumi up`, then the queries."""
        self._cluster.create_namespace(_NAMESPACE)
        properties = {"namespace": _NAMESPACE, "password": _PASSWORD}
        done = self._owned.up(
            {"resources": {name: {"type": "tau:postgres:Database", "properties": properties} for name in self._names}}
        )
        self._wait_for_queries()
        self.most_at_once = max(self.most_at_once, overlap.most(done.events, _of_a_server))

    def end_of_tau(self) -> None:
        """Take everything away, and keep in mind what it was."""
        self._objects = self._objects or objects.of(self._owned)
        self._owned.destroy()
        objects.empty(self._cluster, _NAMESPACE)

    def by_hand(self) -> None:
        """All Clusters at once, what is in them as soon as they are ready, then the queries."""
        self._cluster.create_namespace(_NAMESPACE)
        objects.apply_as_they_become_ready(self._cluster, self._objects)
        self._wait_for_queries()

    def end_by_hand(self) -> None:
        """Take everything away."""
        objects.delete(self._cluster, self._objects)
        objects.empty(self._cluster, _NAMESPACE)

    def _wait_for_queries(self) -> None:
        for name in self._names:
            waiting.until(f"a query of {name}", functools.partial(self._answers, name), seconds=600)

    def _answers(self, name: str) -> bool:
        """Whether the owner can query the database over the Service."""
        url = f"postgresql://{name}:{_PASSWORD}@postgres-{name}-rw.{_NAMESPACE}.svc:5432/{name}?sslmode=require"
        within = ["exec", "--namespace", _NAMESPACE, f"postgres-{name}-1", "-c", "postgres", "--"]
        return self._cluster.try_kubectl(*within, "psql", url, "-c", "SELECT 1").code == 0


@contextmanager
def opened(bed: Bed, count: int) -> Iterator[Rounds]:
    """Rounds with an operator that is installed for them."""
    state = operator_state.OperatorState(bed.cluster, bed.stack())
    state.ensure_running()
    try:
        yield Rounds(bed, count)
    finally:
        state.ensure_absent()


def _of_a_server(kind: str, name: str) -> bool:
    """Whether this is the wait for a server; role and database have waits of their own, with longer names."""
    return kind == "tau:postgres:Readiness" and name.count("-") == 1
