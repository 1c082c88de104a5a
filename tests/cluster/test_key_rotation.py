"""New keys for a gateway while a server archives to it: no segment is missing, and the old keys are refused."""

import dataclasses
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from testbed.drive import share as nas
from tests.cluster import ledger, s3_client
from tests.cluster.conftest import NewStack

_CLUSTER = "postgres-server"
_PARTS = ("endpoint", "bucket", "region", "accessKeyId", "secretAccessKey", "caCertificate")
_LIST = "print(len(s3.list_objects_v2(Bucket=bucket).get('Contents', [])))"
# A segment every four seconds, which is less often than busy cores can archive one.
_LOAD = """
nohup sh -c 'until [ -e /dev/shm/stop ]; do
    psql -Atqc "SELECT pg_logical_emit_message(true, chr(97), chr(97)); SELECT pg_switch_wal()" >/dev/null; sleep 4
done' >/dev/null 2>&1 &
"""
_ARCHIVER = "SELECT row_to_json(pg_stat_archiver) FROM pg_stat_archiver"


@dataclasses.dataclass(frozen=True)
class Course:
    """What was seen before, while and after the keys changed."""

    stores: Sequence[Mapping[str, Any]]
    preview: stack.Result
    up: stack.Result
    again: stack.Result
    first: str
    last: str
    segments: set[str]
    archivers: Sequence[Mapping[str, Any]]
    seconds: float
    with_old: kubernetes.Answer
    unverified: kubernetes.Answer
    with_new: kubernetes.Answer
    kept: stack.Result


def program(namespace: str, share: nas.Share, **properties: Any) -> stack.Program:
    """A store, and a server that archives to it."""
    given = {"namespace": namespace, "nfs": {"server": share.server, "path": share.path}}
    return {
        "resources": {
            "backups": {"type": "tau:postgres:BackupStore", "properties": given | properties},
            "server": programs.instance(namespace, backup={"store": "${backups.store}"}),
        },
        "outputs": {part: f"${{backups.store.{part}}}" for part in _PARTS},
    }


@pytest.fixture(scope="module")
def course(
    operator: None, namespace: str, new_stack: NewStack, cluster: kubernetes.Kubernetes, share: nas.Share
) -> Course:
    owned = new_stack()
    owned.up(program(namespace, share))
    server = kubernetes.Server(cluster, namespace, _CLUSTER)
    generation = share.generation(f"{namespace}/backups", f"{_CLUSTER}-15-1")
    stores = [{part: owned.output(part) for part in _PARTS}]
    archivers = [json.loads(server.sql(_ARCHIVER)[0])]
    first = ledger.archive(server, generation)
    in_pod = ["exec", "--namespace", namespace, "-c", "postgres", server.primary(), "--", "sh", "-c"]
    cluster.kubectl(*in_pod, _LOAD)
    changed = program(namespace, share, keyRotation="2026-11")
    preview = owned.preview(changed)
    up = owned.up(changed)
    ended = time.monotonic()
    reached = server.sql("SELECT pg_walfile_name(pg_current_wal_lsn())")[0]
    waiting.until("archiving with the new keys", lambda: reached in generation.segments())
    seconds = time.monotonic() - ended
    cluster.kubectl(*in_pod, "touch /dev/shm/stop")
    last = ledger.archive(server, generation)
    archivers.append(json.loads(server.sql(_ARCHIVER)[0]))
    stores.append({part: owned.output(part) for part in _PARTS})
    again = owned.preview()
    client = s3_client.start(cluster, namespace, "client")
    return Course(
        stores=stores,
        preview=preview,
        up=up,
        again=again,
        first=first,
        last=last,
        segments=generation.segments(),
        archivers=archivers,
        seconds=seconds,
        with_old=client.run({**stores[0], "caCertificate": stores[1]["caCertificate"]}, _LIST),
        unverified=client.run({**stores[1], "caCertificate": stores[0]["caCertificate"]}, _LIST),
        with_new=client.run(stores[1], _LIST),
        kept=owned.preview(program(namespace, share)),
    )


def test_both_keys_and_the_certificate_are_new(course: Course) -> None:
    before, after = course.stores
    assert {part for part in _PARTS if before[part] != after[part]} == {
        "accessKeyId",
        "secretAccessKey",
        "caCertificate",
    }


def test_the_old_keys_are_refused_and_the_new_ones_show_everything(course: Course) -> None:
    assert course.with_old.code != 0
    assert "No user exists with the provided access key" in course.with_old.output
    assert course.with_new.code == 0, course.with_new.output
    assert int(course.with_new.output) > 0


def test_the_former_certificate_verifies_the_gateway_no_more(course: Course) -> None:
    assert course.unverified.code != 0
    assert "CERTIFICATE_VERIFY_FAILED" in course.unverified.output


def test_no_segment_of_the_log_is_missing(course: Course) -> None:
    there = {ledger.number(one) for one in course.segments}
    wanted = set(range(ledger.number(course.first), ledger.number(course.last) + 1))
    assert len(wanted) > 5
    assert wanted - there == set()


def test_archiving_goes_on_by_itself(course: Course) -> None:
    # With nothing else to archive, PostgreSQL tries again after a minute.
    assert course.seconds < 90
    before, after = course.archivers
    assert after["archived_count"] > before["archived_count"]
    assert after["last_archived_time"] > (after["last_failed_time"] or "")


def test_without_a_change_nothing_changes(course: Course) -> None:
    assert course.again.changed == {}


def test_a_rotation_restarts_the_gateway_and_not_the_server(course: Course) -> None:
    planned = [one["resourcePreEvent"]["metadata"] for one in course.preview.events if "resourcePreEvent" in one]
    touched = {one["type"] for one in planned if one["op"] not in ("same", "read")}
    assert "kubernetes:apps/v1:Deployment" in touched
    assert "kubernetes:postgresql.cnpg.io/v1:Cluster" not in touched


def test_taking_the_input_out_makes_no_key(course: Course) -> None:
    planned = [one["resourcePreEvent"]["metadata"] for one in course.kept.events if "resourcePreEvent" in one]
    made = {"tau:postgres:GatewayKey", "tau:postgres:SelfSignedCertificate"}
    assert {one["type"] for one in planned if one["op"] not in ("same", "read")} <= made
