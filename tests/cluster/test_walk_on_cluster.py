"""A walk at random over everything that deletes, replaces or moves: after each step every confirmed row is there.

What `tests/walk` does thousands of times before a fake of Kubernetes, some dozens of times with the real operator,
PostgreSQL and archive. `TAU_WALK_SEED` and `TAU_WALK_STEPS` choose another walk.
"""

import dataclasses
import os
import pathlib
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from testbed.drive import kubernetes, programs
from testbed.drive import share as nas
from testbed.drive.stack import Program, Stack
from tests.cluster import forward, ledger
from tests.cluster.conftest import NewStack
from tests.construct.fake_kubernetes import FakeKubernetes

pytestmark = pytest.mark.faults

_SEED = int(os.environ.get("TAU_WALK_SEED", "14"))
_STEPS = int(os.environ.get("TAU_WALK_STEPS", "24"))


@dataclasses.dataclass
class Walk:
    """A database, whose rows count, and the ways in which its stack is used; `rows` are those that were confirmed."""

    cluster: kubernetes.Kubernetes
    client: kubernetes.Client
    namespace: str
    share: nas.Share
    stack: Stack
    stranger: Stack
    kubeconfig: pathlib.Path
    folder: pathlib.Path
    lives: bool = False
    size: int = 512
    rows: str = ""
    chance: random.Random = dataclasses.field(default_factory=lambda: random.Random(_SEED))

    def program(self) -> Program:
        nfs = {"server": self.share.server, "path": self.share.path}
        store = {"type": "tau:postgres:BackupStore", "properties": {"namespace": self.namespace, "nfs": nfs}}
        backup = {"store": "${store.store}", "onExistingArchive": "restore"}
        shop = programs.dedicated(self.namespace, backup=backup, cleanup={}, storageSize=f"{self.size}Mi")
        return {"resources": {"store": store, "shop": shop}, "outputs": {"url": "${shop.connectionString}"}}

    def up(self) -> None:
        """What a user types after whatever has happened."""
        self.stack.up(self.program())
        self.lives = True

    def grow(self) -> None:
        self.size += 16
        self.up()

    def refresh(self) -> None:
        self.stack.refresh()
        self.up()

    def replace(self) -> None:
        self.stack.up(self.program(), "--replace", self._urn(":Cluster", "shop-cluster"))

    def forget(self) -> None:
        self.stack.run(
            "state", "delete", "--yes", "--force", "--target-dependents", self._urn(":Cluster", "shop-cluster")
        )
        self.up()

    def forget_all(self) -> None:
        """The state is lost."""
        self.stack.run("stack", "rm", "--yes", "--force", "test")
        self.stack.run("stack", "select", "--create", "test")
        self.up()

    def other_address(self) -> None:
        with forward.another_address(self.kubeconfig, self.folder) as there:
            self._from(there).up(self.program())

    def other_cluster(self) -> None:
        """A command with the kubeconfig of another cluster, which must do nothing in either."""
        fake = FakeKubernetes()
        fake.put_storage_classes("longhorn")
        fake.put("v1", "namespaces", "kube-system", metadata={"uid": "of-another-cluster"})
        with fake.serving():
            there = self.folder / "elsewhere"
            there.write_text(fake.kubeconfig)
            self._from(there).up(self.program(), fails=True)
            self._from(there).destroy(fails=True)

    def other_stack(self) -> None:
        self.stranger.up(self.program(), fails=True)
        self.stranger.destroy()

    def killed(self) -> None:
        """The CLI and its plugins end in the middle of an `up`."""
        self.size += 16
        self.stack.write(self.program())
        process, _ = self.stack.start("up", "--yes", "--skip-preview")
        time.sleep(self.chance.uniform(1, 8))
        process.kill()
        process.wait()
        self.stack.run("cancel", "--yes", fails=None)
        self.up()

    def destroy(self) -> None:
        """With a final backup, from which the next `up` restores."""
        self.stack.destroy()
        self.lives = False

    def destroy_killed(self) -> None:
        process, _ = self.stack.start("destroy", "--yes", "--skip-preview")
        time.sleep(self.chance.uniform(2, 15))
        process.kill()
        process.wait()
        self.stack.run("cancel", "--yes", fails=None)
        self.up()

    def moves(self) -> list[Callable[[], None]]:
        """What may be done now; a deletion costs a restore, so it comes more rarely."""
        if not self.lives:
            return [self.up]
        often = [self.up, self.grow, self.refresh, self.replace, self.forget, self.forget_all, self.killed]
        elsewhere = [self.other_address, self.other_cluster, self.other_stack]
        return [*often, *elsewhere, *often, *elsewhere, self.destroy, self.destroy_killed]

    def check(self) -> None:
        """Every row that was ever confirmed is there, and more are written."""
        book = ledger.Ledger(self.client, str(self.stack.output("url"))).again()
        if self.rows:
            assert book.checksum() == self.rows
        else:
            book.create()
        self.rows = book.write(20)

    def _urn(self, kind: str, name: str) -> str:
        (found,) = [
            str(one["urn"])
            for one in self.stack.resources()
            if one["type"].endswith(kind) and one["urn"].endswith(f"::{name}")
        ]
        return found

    def _from(self, kubeconfig: pathlib.Path) -> Stack:
        there: Any = object.__new__(Stack)
        there.__dict__.update(self.stack.__dict__)
        there.environment = {**self.stack.environment, "KUBECONFIG": str(kubeconfig)}
        found: Stack = there
        return found


def test_no_confirmed_row_is_lost_whatever_is_done(
    operator: None,
    bed: dict[str, str],
    cluster: kubernetes.Kubernetes,
    namespace: str,
    share: nas.Share,
    new_stack: NewStack,
    tmp_path: pathlib.Path,
) -> None:
    kubeconfig = pathlib.Path(bed["KUBECONFIG"])
    client = cluster.start_client(namespace)
    walk = Walk(cluster, client, namespace, share, new_stack(), new_stack(), kubeconfig, tmp_path)
    told: list[str] = []
    for number in range(_STEPS):
        move = walk.chance.choice(walk.moves())
        told.append(move.__name__)
        print(f"step {number} of seed {_SEED}: {move.__name__}")
        try:
            move()
            if walk.lives:
                walk.check()
        except AssertionError as failure:
            raise AssertionError(f"seed {_SEED}, after {', '.join(told)}: {failure}") from failure
