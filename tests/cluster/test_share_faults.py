"""What a share lacks is told in one sentence each, and mending it is enough."""

import os
import pathlib
import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, stack
from testbed.drive import share as nas
from testbed.drive.bed import Bed
from tests.cluster import disk
from tests.cluster.conftest import NewStack


def _on(namespace: str, address: str, **properties: Any) -> Mapping[str, Any]:
    server, _, path = address.partition(":")
    given = {"namespace": namespace, "nfs": {"server": server, "path": path}}
    return {"type": "tau:postgres:BackupStore", "properties": given | properties}


@pytest.fixture(scope="module")
def disks(bed: dict[str, str]) -> dict[str, disk.Disk]:
    """Exports that are full, and read-only."""
    node, suffix = Bed(pathlib.Path(bed["TAU_BED_STATE"])), uuid.uuid4().hex[:8]
    found = {fault: disk.export(node, f"{fault}-{suffix}") for fault in ("full", "readonly")}
    (found["full"].share.folder / "films").write_bytes(bytes(4096))
    found["full"].fill_up()
    found["readonly"].turn_read_only()
    return found


@pytest.fixture(scope="module")
def program(namespace: str, share: nas.Share, disks: Mapping[str, disk.Disk]) -> stack.Program:
    """A store on each of the shares."""
    os.chown(share.folder, 1024, 100)
    resources = {
        "missing": _on(namespace, "nas.local:/export/of-nothing"),
        "foreign": _on(namespace, share.address),
        "full": _on(namespace, disks["full"].share.address),
        "readonly": _on(namespace, disks["readonly"].share.address),
    }
    return {"resources": resources}


@pytest.fixture(scope="module")
def owned(new_stack: NewStack) -> stack.Stack:
    return new_stack()


@pytest.fixture(scope="module")
def refused(program: stack.Program, owned: stack.Stack) -> stack.Result:
    # Else the first that fails ends the others.
    return owned.up(program, "--continue-on-error", fails=True)


@pytest.mark.parametrize(
    ("store", "sentence"),
    [
        ("missing", "the NAS does not export `nas.local:/export/of-nothing`"),
        ("foreign", "its folder `/` belongs to 1024:100 with mode 0755; `chown -R 65532:65532` that folder on the NAS"),
        ("foreign", "or set `runAsUser` to 1024 and `runAsGroup` to 100"),
        ("full", "the share is full"),
        ("readonly", "the share is read-only; allow writing"),
    ],
)
def test_each_is_told_in_a_sentence(refused: stack.Result, store: str, sentence: str) -> None:
    told = [text for name, text in refused.diagnostics() if name == f"{store}-preflight"]
    assert sentence in " ".join(told), refused.output


def test_nothing_of_a_failed_trial_stays(refused: stack.Result, cluster: kubernetes.Kubernetes, namespace: str) -> None:
    assert cluster.names("jobs", namespace) == set()
    assert cluster.names("deployments", namespace) == set()


def test_mending_the_shares_is_enough(
    refused: stack.Result,
    program: stack.Program,
    owned: stack.Stack,
    cluster: kubernetes.Kubernetes,
    namespace: str,
    share: nas.Share,
    disks: Mapping[str, disk.Disk],
) -> None:
    for one in disks.values():
        one.repair()
    resources = dict(program["resources"]) | {
        "missing": _on(namespace, disks["full"].share.address),
        "foreign": _on(namespace, share.address, runAsUser=1024, runAsGroup=100),
    }
    owned.up({"resources": resources})
    assert cluster.names("deployments", namespace) == {"missing", "foreign", "full", "readonly"}
    made = share.folder / namespace / "foreign/buckets/postgres"
    assert (made.stat().st_uid, made.stat().st_gid) == (1024, 100)
