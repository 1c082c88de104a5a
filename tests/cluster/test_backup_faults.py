"""Backups while something is wrong with the NAS or the gateway: the database serves on, it shows, and nothing is lost.

Every fault has a server and a store of its own, and all of them happen in the same two minutes.
"""

import dataclasses
import pathlib
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from testbed.drive import share as nas
from testbed.drive.bed import Bed
from tests.cluster import disk, ledger
from tests.cluster.conftest import NewStack

pytestmark = pytest.mark.faults

_OUTAGE_SECONDS = 120
_FAULTS = ("killed", "readonly", "full", "unexported", "wrongkeys")
_SOON_ARCHIVED = {"archive_timeout": "10s"}
# Writes like a busy application over one connection until it is told to stop, and keeps what went wrong.
_LOAD = """(
    insert="INSERT INTO ledger (text) SELECT md5(random()::text) FROM generate_series(1, 300);"
    until [ -e /tmp/stop ]; do echo "$insert"; sleep 0.3; done |
        psql "{url}" -qv ON_ERROR_STOP=1 2>/tmp/{fault}.failed || echo failed >>/tmp/{fault}.failed
    touch /tmp/{fault}.stopped
) </dev/null >/dev/null 2>&1 &"""


@dataclasses.dataclass(frozen=True)
class Victim:
    """A database with a store of its own."""

    fault: str
    server: kubernetes.Server
    book: ledger.Ledger
    share: nas.Share

    @property
    def generation(self) -> nas.Generation:
        """Its archive on the share."""
        return self.share.generation(f"{self.server.namespace}/{self.fault}", f"{self.server.cluster}-15-1")

    def archiving(self, state: str) -> Mapping[str, Any]:
        """The condition that tells whether archiving works, once it has this state."""
        status = self.server.kubernetes.get("cluster", self.server.cluster, self.server.namespace)["status"]
        found: Mapping[str, Any] = {one["type"]: one for one in status["conditions"]}["ContinuousArchiving"]
        return found if found["status"] == state else {}

    def begin_load(self) -> None:
        """Write and write."""
        assert self.book.client.shell(_LOAD.format(url=self.book.url, fault=self.fault)).code == 0

    def end_load(self) -> str:
        """Wait for the last write; what went wrong meanwhile."""
        stopped = self.book.client.shell(f"touch /tmp/stop; until [ -e /tmp/{self.fault}.stopped ]; do sleep 0.1; done")
        assert stopped.code == 0, stopped.output
        return self.book.client.shell(f"cat /tmp/{self.fault}.failed").output


@dataclasses.dataclass(frozen=True)
class Scene:
    """Where all of it happens: the stack of the victims, and what they are archived to."""

    cluster: kubernetes.Kubernetes
    namespace: str
    owned: stack.Stack
    disks: Mapping[str, disk.Disk]
    shares: Mapping[str, nas.Share]

    def begin_faults(self) -> None:
        """All at once."""
        self.disks["readonly"].turn_read_only()
        self.disks["full"].fill_up()
        self._kubectl("scale", "deployment/killed", "--replicas=0")
        self._kill("killed")
        self.shares["unexported"].folder.rename(self._renamed())
        self._kill("unexported")
        wrong = '{"stringData": {"ACCESS_SECRET_KEY": "changed-by-hand"}}'
        self._kubectl("patch", "secret/postgres-wrongkeys-store", "--patch", wrong)

    def end_faults(self) -> None:
        """What was changed in the cluster by hand is undone by tau."""
        self.disks["readonly"].repair()
        self.disks["full"].repair()
        self._renamed().rename(self.shares["unexported"].folder)
        self.owned.refresh()
        self.owned.up()

    def _renamed(self) -> pathlib.Path:
        return self.shares["unexported"].folder.with_suffix(".renamed")

    def _kill(self, gateway: str) -> None:
        labels = self.cluster.get("deployment", gateway, self.namespace)["spec"]["selector"]["matchLabels"]
        selector = ",".join(f"{name}={value}" for name, value in labels.items())
        self._kubectl("delete", "pod", f"--selector={selector}", "--grace-period=0", "--force")

    def _kubectl(self, *arguments: str) -> str:
        return self.cluster.kubectl(*arguments, "--namespace", self.namespace)


@dataclasses.dataclass(frozen=True)
class Outage:
    """What could be seen while the faults lasted, and after them; by fault."""

    seconds: float
    conditions: Mapping[str, Mapping[str, Any]]
    windows: Mapping[str, Mapping[str, Any]]
    refusals: Mapping[str, str]
    misled: stack.Result
    newcomer: str
    newcomer_up: stack.Result
    failed_writes: Mapping[str, str]
    checksums: Mapping[str, str]


@pytest.fixture(scope="module")
def scene(
    operator: None,
    bed: Mapping[str, str],
    cluster: kubernetes.Kubernetes,
    namespace: str,
    share: nas.Share,
    new_stack: NewStack,
) -> Iterator[Scene]:
    name = uuid.uuid4().hex[:8]
    node = Bed(pathlib.Path(bed["TAU_BED_STATE"]))
    disks = {fault: disk.export(node, f"{fault}-{name}") for fault in ("readonly", "full")}
    unexported = nas.export(pathlib.Path(bed["TAU_BED_NFS"]), f"unexported-{name}")
    own = {fault: one.share for fault, one in disks.items()} | {"unexported": unexported}
    owned = new_stack()
    found = Scene(cluster, namespace, owned, disks, {fault: own.get(fault, share) for fault in _FAULTS})
    owned.up(_program(found))
    yield found
    for one in disks.values():
        one.repair()


@pytest.fixture(scope="module")
def victims(scene: Scene) -> Mapping[str, Victim]:
    client = scene.cluster.start_client(scene.namespace)
    found = {}
    for fault in _FAULTS:
        server = kubernetes.Server(scene.cluster, scene.namespace, f"postgres-{fault}")
        book = ledger.Ledger(client, str(scene.owned.output(fault)))
        book.create()
        found[fault] = Victim(fault, server, book, scene.shares[fault])
    for one in found.values():
        waiting.until(f"the first base backup of {one.fault}", one.generation.backups)
    return found


@pytest.fixture(scope="module")
def outage(scene: Scene, victims: Mapping[str, Victim], new_stack: NewStack) -> Outage:
    for one in victims.values():
        one.begin_load()
    began = time.monotonic()
    scene.begin_faults()
    late = new_stack()
    store = {"store": scene.owned.output("readonly-store")}
    late.write({"resources": {"late": programs.instance(scene.namespace, backup=store)}})
    newcomer, events = late.start("up", "--yes", "--skip-preview")
    conditions = {fault: _condition(one, "False") for fault, one in victims.items()}
    windows, refusals = _windows(scene, new_stack())
    misled = new_stack()
    misled.configure("postgres_backup_nfs_path", f"{scene.shares['killed'].address}-misspelt")
    misled_up = misled.up({"resources": {"misled": programs.instance(scene.namespace)}}, fails=True)
    time.sleep(max(0.0, _OUTAGE_SECONDS - (time.monotonic() - began)))
    seconds = time.monotonic() - began
    scene.end_faults()
    for one in victims.values():
        _condition(one, "True")
    failed = {fault: one.end_load() for fault, one in victims.items()}
    for one in victims.values():
        ledger.archive(one.server, one.generation)
    newcomer.wait(timeout=600)
    told = [event["diagnosticEvent"]["message"] for event in stack.read_events(events) if "diagnosticEvent" in event]
    checksums = {fault: one.book.checksum() for fault, one in victims.items()}
    return Outage(seconds, conditions, windows, refusals, misled_up, "\n".join(told), late.up(), failed, checksums)


def _condition(victim: Victim, state: str) -> Mapping[str, Any]:
    what = f"ContinuousArchiving of {victim.fault} to be {state}"
    return waiting.until(what, lambda: victim.archiving(state), seconds=180)


@pytest.fixture(scope="module")
def restored(scene: Scene, victims: Mapping[str, Victim], outage: Outage) -> Mapping[str, str]:
    """Checksums of the rows in a clone of each server."""
    scene.owned.up(_program(scene, clones=_FAULTS))
    client = victims["full"].book.client
    return {fault: ledger.Ledger(client, str(scene.owned.output(f"{fault}-again"))).checksum() for fault in _FAULTS}


def _program(scene: Scene, clones: tuple[str, ...] = ()) -> stack.Program:
    resources: dict[str, Any] = {}
    for fault in _FAULTS:
        place = {"server": scene.shares[fault].server, "path": scene.shares[fault].path}
        store = {"namespace": scene.namespace, "name": fault, "nfs": place}
        resources[f"store-{fault}"] = {"type": "tau:postgres:BackupStore", "properties": store}
        given = {"backup": {"store": f"${{store-{fault}.store}}"}, "parameters": _SOON_ARCHIVED}
        resources[fault] = programs.instance(scene.namespace, **given)
    for fault in clones:
        source = {"from": f"postgres-{fault}", "store": f"${{store-{fault}.store}}"}
        resources[f"{fault}-again"] = programs.instance(scene.namespace, restore=source, backup={"enabled": False})
    servers = (*_FAULTS, *(f"{fault}-again" for fault in clones))
    shops = {f"shop-on-{one}": programs.shared(scene.namespace, one, name="shop") for one in servers}
    urls = {one: f"${{shop-on-{one}.connectionString}}" for one in servers}
    return {"resources": resources | shops, "outputs": {**urls, "readonly-store": "${store-readonly.store}"}}


def _windows(scene: Scene, looker: stack.Stack) -> tuple[dict[str, Any], dict[str, str]]:
    """What getRecoveryWindow answers meanwhile, or why it does not."""
    answers, refusals = {}, {}
    for fault in ("readonly", "wrongkeys"):
        arguments = {"instance": f"postgres-{fault}", "namespace": scene.namespace}
        invoke = {"fn::invoke": {"function": "tau:postgres:getRecoveryWindow", "arguments": arguments}}
        looker.write({"variables": {"window": invoke}, "outputs": {"window": "${window}"}})
        result = looker.run("up", "--yes", "--skip-preview", fails=None)
        if result.code:
            refusals[fault] = result.output
        else:
            answers[fault] = looker.output("window")
    return answers, refusals


@pytest.mark.parametrize("fault", _FAULTS)
def test_no_write_fails_while_the_archive_is_out_of_reach(outage: Outage, fault: str) -> None:
    assert outage.seconds >= _OUTAGE_SECONDS
    assert outage.failed_writes[fault] == ""


@pytest.mark.parametrize("fault", _FAULTS)
def test_the_cluster_says_why_nothing_is_archived(outage: Outage, fault: str) -> None:
    assert "barman-cloud-wal-archive" in outage.conditions[fault]["message"]


@pytest.mark.parametrize("fault", _FAULTS)
def test_a_restore_after_the_end_of_the_fault_has_every_row(
    outage: Outage, restored: Mapping[str, str], fault: str
) -> None:
    assert int(outage.checksums[fault].split()[0]) > 10_000
    assert restored[fault] == outage.checksums[fault]


def test_the_age_of_the_last_segment_shows_how_long_nothing_was_archived(outage: Outage) -> None:
    assert outage.windows["readonly"]["lastWalAgeSeconds"] > 10


def test_a_look_into_the_store_with_wrong_keys_says_so(outage: Outage) -> None:
    assert "key" in outage.refusals["wrongkeys"]


def test_an_instance_that_is_made_meanwhile_says_what_it_waits_for(outage: Outage) -> None:
    assert "ContinuousArchiving is False" in outage.newcomer


def test_an_instance_that_is_made_meanwhile_is_there_at_the_latest_after_the_next_up(outage: Outage) -> None:
    assert set(outage.newcomer_up.changed) <= {"create"}


def test_a_wrong_export_path_is_named_and_no_server_is_made(
    scene: Scene, outage: Outage, victims: Mapping[str, Victim]
) -> None:
    told = " ".join(message for _, message in outage.misled.diagnostics())
    assert f"{scene.shares['killed'].address}-misspelt" in told
    assert "postgres-misled" not in scene.cluster.names("cluster", scene.namespace)
