"""A database moves from a foreign S3 service to the NAS: restored from the one, archived to the other."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from testbed.drive import share as nas
from tests.cluster import ledger
from tests.cluster.conftest import NewStack

_SERVICE, _BUCKET, _PREFIX = "foreign", "archive", "home/databases"
_ACCESS_KEY, _SECRET_KEY = "somebody", "known-to-the-owner"


@dataclasses.dataclass(frozen=True)
class Move:
    """Rows and files at the start, at the destination, and when the program has forgotten the old place."""

    rows: str
    moved_rows: str
    files: Mapping[str, str]
    files_afterwards: Mapping[str, str]
    segment: str
    generation: nas.Generation
    forgotten: stack.Result
    rows_before_forgetting: str
    rows_at_last: str
    back: "MovedBack"


@dataclasses.dataclass(frozen=True)
class MovedBack:
    """The live server archives to the foreign service, where an older archive of its generation's name lies."""

    planted: Mapping[str, str]
    server_name: str
    note: str
    files: Mapping[str, str]
    first_backup: str
    rows: str
    managers: set[str]
    unchanged: stack.Result


@pytest.fixture(scope="module")
def endpoint(cluster: kubernetes.Kubernetes, namespace: str) -> str:
    """URL of an S3 service with an empty bucket, which tau neither made nor knows."""
    labels = {"app": _SERVICE}
    about = {"name": _SERVICE, "namespace": namespace, "labels": labels}
    template = {"metadata": {"labels": labels}, "spec": _pod()}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    cluster.apply(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about, "spec": spec},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": about,
            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 7070}]},
        },
    )
    cluster.kubectl("rollout", "status", f"deployment/{_SERVICE}", "--namespace", namespace, "--timeout=120s")
    return f"http://{_SERVICE}.{namespace}.svc"


def _pod() -> Mapping[str, Any]:
    mounts = [{"name": "data", "mountPath": "/data"}]
    folders = ["mkdir", "-p", f"/data/buckets/{_BUCKET}", "/data/.meta"]
    gateway = {
        "name": "main",
        "image": "ghcr.io/versity/versitygw:v1.8.0",
        "args": ["--port", ":7070", "posix", "--sidecar", "/data/.meta", "/data/buckets"],
        "env": [{"name": "ROOT_ACCESS_KEY", "value": _ACCESS_KEY}, {"name": "ROOT_SECRET_KEY", "value": _SECRET_KEY}],
        "readinessProbe": {"tcpSocket": {"port": 7070}, "periodSeconds": 1},
        "volumeMounts": mounts,
    }
    prepare = {"name": "bucket", "image": "busybox:1.36", "command": folders, "volumeMounts": mounts}
    return {"initContainers": [prepare], "containers": [gateway], "volumes": [{"name": "data", "emptyDir": {}}]}


@pytest.fixture(scope="module")
def move(
    operator: None,
    cluster: kubernetes.Kubernetes,
    namespace: str,
    endpoint: str,
    share: nas.Share,
    new_stack: NewStack,
) -> Move:
    owned = new_stack()
    owned.up(_program(namespace, _cloud(namespace, endpoint)))
    client = cluster.start_client(namespace)
    source = ledger.Ledger(client, str(owned.output("source")))
    source.create()
    waiting.until("a base backup", lambda: _named("backup.info", _files(cluster, namespace)))
    rows = source.write()
    (segment,) = kubernetes.Server(cluster, namespace, "postgres-source").sql("SELECT pg_walfile_name(pg_switch_wal())")
    waiting.until(segment, lambda: _named(segment, _files(cluster, namespace)))
    files = _files(cluster, namespace)

    generation = share.generation(f"{namespace}/nas", "postgres-moved-15-1")
    restore = {"from": "${source.name}", "store": "${cloud.store}"}
    owned.up(_program(namespace, _cloud(namespace, endpoint), _nas(namespace, share, restore=restore)))
    moved = ledger.Ledger(client, str(owned.output("moved")))
    moved_rows = moved.checksum()
    files_afterwards = _files(cluster, namespace)
    written = moved.write()
    segment = ledger.archive(kubernetes.Server(cluster, namespace, "postgres-moved"), generation)
    waiting.until("a base backup on the NAS", generation.backups)
    forgotten = owned.up(_program(namespace, _nas(namespace, share)))
    rows_at_last = moved.checksum()
    back = _move_back(owned, cluster, namespace, endpoint, share, moved)
    return Move(rows, moved_rows, files, files_afterwards, segment, generation, forgotten, written, rows_at_last, back)


def _move_back(
    owned: stack.Stack,
    cluster: kubernetes.Kubernetes,
    namespace: str,
    endpoint: str,
    share: nas.Share,
    moved: ledger.Ledger,
) -> MovedBack:
    old = f"/data/buckets/{_BUCKET}/{_PREFIX}"
    copy = f"cp -a {old}/postgres-source-15-1 {old}/postgres-moved-15-1"
    cluster.kubectl("exec", "--namespace", namespace, f"deployment/{_SERVICE}", "--", "sh", "-c", copy)
    planted = {path: sum_ for path, sum_ in _files(cluster, namespace).items() if "postgres-moved-15-1/" in path}
    parts = _nas(namespace, share), {"cloud": _cloud(namespace, endpoint)["cloud"]}
    program = _program(namespace, *parts)
    program["resources"]["moved"]["properties"]["backup"] = {"store": "${cloud.store}", **programs.RARELY}
    result = owned.up(program)
    command = ("get", "cluster", "postgres-moved", "--namespace", namespace, "-o", "json", "--show-managed-fields")
    server = json.loads(cluster.kubectl(*command))
    first = waiting.until("the first base backup", lambda: _completed(cluster, namespace, "postgres-moved-15-2-first"))
    return MovedBack(
        planted,
        server["spec"]["plugins"][0]["parameters"]["serverName"],
        "; ".join(text for _, text in result.diagnostics("info") if "as the store is another" in text),
        _files(cluster, namespace),
        first,
        moved.checksum(),
        {one["manager"] for one in server["metadata"]["managedFields"] if "f:plugins" in str(one["fieldsV1"])},
        owned.up(program),
    )


def _completed(cluster: kubernetes.Kubernetes, namespace: str, name: str) -> str:
    """Identifier of a base backup, empty until its Backup has completed."""
    status = cluster.get("backups.postgresql.cnpg.io", name, namespace).get("status", {})
    return str(status["backupId"]) if status.get("phase") == "completed" else ""


def _program(namespace: str, *parts: Mapping[str, Any]) -> stack.Program:
    resources = {name: one for part in parts for name, one in part.items()}
    servers = [name for name, one in resources.items() if one["type"] == "tau:postgres:Instance"]
    shops = {f"shop-on-{one}": programs.shared(namespace, one, name="shop") for one in servers}
    return {"resources": resources | shops, "outputs": {one: f"${{shop-on-{one}.connectionString}}" for one in servers}}


def _cloud(namespace: str, endpoint: str) -> Mapping[str, Any]:
    keys = {"accessKeyId": _ACCESS_KEY, "secretAccessKey": {"fn::secret": _SECRET_KEY}}
    s3 = {"endpoint": endpoint, "bucket": _BUCKET, "prefix": _PREFIX, **keys}
    store = {"type": "tau:postgres:BackupStore", "properties": {"namespace": namespace, "s3": s3}}
    return {"cloud": store, "source": programs.instance(namespace, backup={"store": "${cloud.store}"})}


def _nas(namespace: str, share: nas.Share, **properties: Any) -> Mapping[str, Any]:
    nfs = {"server": share.server, "path": share.path}
    store = {"type": "tau:postgres:BackupStore", "properties": {"namespace": namespace, "nfs": nfs}}
    return {"nas": store, "moved": programs.instance(namespace, backup={"store": "${nas.store}"}, **properties)}


def _files(cluster: kubernetes.Kubernetes, namespace: str) -> Mapping[str, str]:
    """The checksum of every file of the foreign bucket, by its path."""
    script = f"cd /data/buckets/{_BUCKET} && find {_PREFIX} -type f -exec md5sum {{}} +"
    listed = cluster.try_kubectl("exec", "--namespace", namespace, f"deployment/{_SERVICE}", "--", "sh", "-c", script)
    lines = (line.split() for line in listed.output.splitlines())
    return {words[1]: words[0] for words in lines if len(words) == 2}


def _named(part: str, files: Mapping[str, str]) -> bool:
    return any(part in path for path in files)


def test_every_row_arrives(move: Move) -> None:
    assert move.rows.startswith("500 ")
    assert move.moved_rows == move.rows


def test_the_foreign_archive_lies_below_the_prefix_and_stays_as_it_was(move: Move) -> None:
    assert move.files.items() <= move.files_afterwards.items()
    assert {path.removeprefix(f"{_PREFIX}/").partition("/")[0] for path in move.files_afterwards} == {
        "postgres-source-15-1"
    }


def test_the_moved_server_archives_to_the_nas(move: Move) -> None:
    assert move.segment in move.generation.segments()
    assert len(move.generation.backups()) == 1


def test_the_old_place_can_be_forgotten_afterwards(move: Move) -> None:
    assert set(move.forgotten.changed) <= {"delete", "update"}
    assert move.rows_at_last == move.rows_before_forgetting


def test_another_store_is_looked_into_and_an_archive_of_the_same_name_left_alone(move: Move) -> None:
    assert move.back.planted
    assert move.back.planted == {
        path: found for path, found in move.back.files.items() if "postgres-moved-15-1/" in path
    }
    assert move.back.server_name == "postgres-moved-15-2"
    assert "archives to postgres-moved-15-2, as the store is another than that of postgres-moved-15-1" in move.back.note


def test_something_can_be_restored_from_the_new_store_at_once(move: Move) -> None:
    base = f"{_PREFIX}/postgres-moved-15-2/base/{move.back.first_backup}"
    assert {path.removeprefix(base).partition(".")[0] for path in move.back.files if path.startswith(base)} == {
        "/backup",
        "/data",
    }
    assert move.back.rows == move.rows_at_last


def test_nothing_is_left_to_do_after_a_move_and_nobody_else_manages_the_cluster(move: Move) -> None:
    assert move.back.unchanged.changed == {}
    assert len(move.back.managers) == 1
