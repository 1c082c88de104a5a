"""Stores on a share: plain files behind a gateway, apart from each other, and still there when the gateway is not."""

import dataclasses
import os
import pathlib
import re
import shutil
import stat
import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from tau.kubernetes.kinds import job
from testbed.drive import kubernetes, programs, stack
from testbed.drive import share as nas
from tests.cluster import s3_client
from tests.cluster.conftest import NewStack

_PUT_SMALL = "s3.put_object(Bucket=bucket, Key='shop-15-1/wals/0001', Body=b'a segment')"
_PUT_LARGE = """
import io
from boto3.s3.transfer import TransferConfig
parts = TransferConfig(multipart_threshold=5 * 1024**2, multipart_chunksize=5 * 1024**2)
s3.upload_fileobj(io.BytesIO(bytes(12 * 1024**2)), bucket, 'shop-15-1/base/1/data.tar', Config=parts)
"""
_PARTS = ("endpoint", "bucket", "region", "accessKeyId", "secretAccessKey", "caCertificate")
_SMALL, _LARGE = "shop-15-1/wals/0001", "shop-15-1/base/1/data.tar"


@dataclasses.dataclass(frozen=True)
class Scene:
    """Two stores on one share, in a namespace that enforces the `restricted` Pod Security Standard."""

    cluster: kubernetes.Kubernetes
    namespace: str
    share: nas.Share
    owned: stack.Stack
    client: s3_client.Client
    first: stack.Result

    def program(self) -> stack.Program:
        """The stores."""
        others = {"first": {"clientNamespaces": [f"{self.namespace}-b"]}, "second": {}}
        resources = {name: _on(self.share, self.namespace, **more) for name, more in others.items()}
        return {"resources": resources, "outputs": {**_parts("first"), **_parts("second")}}

    def store(self, name: str) -> Mapping[str, Any]:
        """What an Instance would take."""
        return _store(self.owned, name)

    def files(self, name: str) -> dict[str, bytes]:
        """The archive of a store as it lies on the share."""
        bucket = self.share.folder / self.namespace / name / "buckets/postgres"
        return {str(one.relative_to(bucket)): one.read_bytes() for one in bucket.rglob("*") if one.is_file()}


def _parts(name: str) -> dict[str, str]:
    # The CLI shows a secret within an object as what stands for it in the state.
    return {f"{name}-{part}": f"${{{name}.store.{part}}}" for part in _PARTS}


def _store(owned: stack.Stack, name: str) -> Mapping[str, Any]:
    return {part: owned.output(f"{name}-{part}") for part in _PARTS}


def _on(share: nas.Share, namespace: str, **properties: Any) -> dict[str, Any]:
    given = {"namespace": namespace, "nfs": {"server": share.server, "path": share.path}}
    return {"type": "tau:postgres:BackupStore", "properties": given | properties}


@pytest.fixture(scope="module")
def scene(cluster: kubernetes.Kubernetes, namespace: str, share: nas.Share, new_stack: NewStack) -> Scene:
    cluster.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    owned = new_stack()
    partial = Scene(cluster, namespace, share, owned, s3_client.start(cluster, namespace, "client"), _NOTHING)
    return dataclasses.replace(partial, first=owned.up(partial.program()))


@pytest.fixture(scope="module")
def moved(bed: Mapping[str, str]) -> nas.Share:
    """The NAS's other disk."""
    return nas.export(pathlib.Path(bed["TAU_BED_NFS"]), f"share-{uuid.uuid4().hex[:8]}")


_NOTHING = stack.Result(0, "", ())


def _done(answer: kubernetes.Answer) -> None:
    assert answer.code == 0, answer.output


def test_both_come_up_and_nothing_is_left_to_do(scene: Scene) -> None:
    assert scene.owned.preview().changed == {}
    assert scene.owned.refresh().changed == {}
    assert not [name for name in scene.cluster.names("pods", scene.namespace) if "preflight" in name]


def test_objects_are_plain_files_that_only_their_owner_and_group_may_read(scene: Scene) -> None:
    store = scene.store("first")
    _done(scene.client.run(store, _PUT_SMALL))
    _done(scene.client.run(store, _PUT_LARGE))
    assert set(scene.client.keys(store)) >= {_SMALL, _LARGE}
    found = scene.files("first")
    assert found[_SMALL] == b"a segment"
    assert found[_LARGE] == bytes(12 * 1024**2)
    for file in (scene.share.folder / scene.namespace / "first/buckets/postgres").rglob("*.tar"):
        status = file.stat()
        assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (65532, 65532, 0o640)


def test_objects_are_read_and_deleted(scene: Scene) -> None:
    store = scene.store("first")
    _done(scene.client.run(store, "s3.put_object(Bucket=bucket, Key='other/gone', Body=b'1')"))
    _done(scene.client.run(store, "assert s3.get_object(Bucket=bucket, Key='other/gone')['Body'].read() == b'1'"))
    _done(scene.client.run(store, "s3.delete_objects(Bucket=bucket, Delete={'Objects': [{'Key': 'other/gone'}]})"))
    assert "other/gone" not in scene.client.keys(store) + list(scene.files("first"))


def test_stores_on_one_share_do_not_see_each_other(scene: Scene) -> None:
    first, second = scene.store("first"), scene.store("second")
    _done(scene.client.run(second, "s3.put_object(Bucket=bucket, Key='secondary', Body=b'1')"))
    assert scene.client.keys(second) == ["secondary"]
    assert "secondary" not in scene.client.keys(first)
    there = {key: first[key] for key in ("endpoint", "caCertificate")}
    crossed = scene.client.run({**second, **there}, "s3.list_objects_v2(Bucket=bucket)")
    assert crossed.code != 0
    assert "No user exists with the provided access key" in crossed.output
    mounted = scene.cluster.get("deployment", "first", scene.namespace)["spec"]["template"]["spec"]["containers"][0]
    assert mounted["volumeMounts"][0]["subPath"] == f"{scene.namespace}/first"


def test_traffic_is_encrypted_and_whoever_does_not_know_the_gateway_refuses_it(scene: Scene) -> None:
    store, look = scene.store("first"), "s3.list_objects_v2(Bucket=bucket)"
    assert store["endpoint"] == f"https://first.{scene.namespace}.svc:7070"
    plain = scene.client.run({**store, "endpoint": store["endpoint"].replace("https:", "http:")}, look)
    assert plain.code != 0
    assert "Connection was closed before we received a valid response" in plain.output, plain.output
    for authority in (None, scene.store("second")["caCertificate"]):
        stranger = scene.client.run({**store, "caCertificate": authority}, look)
        assert stranger.code != 0
        assert "CERTIFICATE_VERIFY_FAILED" in stranger.output, stranger.output
    for name in ("first", f"first.{scene.namespace}", f"first.{scene.namespace}.svc.cluster.local"):
        _done(scene.client.run({**store, "endpoint": f"https://{name}:7070"}, look))


@pytest.mark.parametrize(
    ("name", "labels", "store", "admitted"),
    [
        ("server", s3_client.CLUSTER_POD, "first", True),
        ("job", job.STORE_CLIENT, "first", True),
        ("other", {"app": "any"}, "first", False),
        ("unnamed", s3_client.CLUSTER_POD, "second", False),
    ],
)
def test_servers_and_jobs_of_the_named_namespaces_are_admitted_and_nobody_else(
    scene: Scene, neighbour: str, name: str, labels: Mapping[str, str], store: str, admitted: bool
) -> None:
    client = s3_client.start(scene.cluster, neighbour, name, labels)
    answer = client.run(scene.store(store), "s3.list_objects_v2(Bucket=bucket)")
    assert (answer.code == 0) == admitted, answer.output
    if not admitted:
        assert re.search("Could not connect|Connect timeout", answer.output), answer.output


def test_keys_are_in_no_state_and_no_message(scene: Scene) -> None:
    key = scene.store("second")["secretAccessKey"]
    assert key not in scene.owned.export()
    assert key not in scene.first.output


def test_another_share_is_mounted_in_place_of_the_first(scene: Scene, moved: nas.Share) -> None:
    store = scene.store("first")
    _done(scene.client.run(store, _PUT_SMALL))
    shutil.copytree(scene.share.folder, moved.folder, dirs_exist_ok=True)
    for one in moved.folder.rglob("*"):
        os.chown(one, 65532, 65532)
    program = scene.program()
    program["resources"]["first"]["properties"]["nfs"]["path"] = moved.path
    scene.owned.up(program)
    assert _SMALL in scene.client.keys(store)
    _done(scene.client.run(store, "s3.put_object(Bucket=bucket, Key='after', Body=b'1')"))
    assert (moved.folder / scene.namespace / "first/buckets/postgres/after").read_bytes() == b"1"
    assert "after" not in scene.files("first")
    assert scene.owned.preview().changed == {}
    scene.owned.up(scene.program())


def test_deleting_leaves_every_file_and_coming_back_finds_them(scene: Scene) -> None:
    _done(scene.client.run(scene.store("second"), _PUT_SMALL))
    before = scene.share.contents()
    scene.owned.destroy()
    assert scene.share.contents() == before
    assert scene.cluster.try_kubectl("get", "pv", "-o", "name").output.count(scene.namespace) == 0
    scene.owned.up(scene.program())
    _done(scene.client.run(scene.store("second"), f"s3.head_object(Bucket=bucket, Key='{_SMALL}')['ETag'][1]"))


def test_a_claim_that_is_there_carries_a_store(scene: Scene, neighbour: str, new_stack: NewStack) -> None:
    claim = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
    about = {"name": "mine", "namespace": neighbour}
    scene.cluster.apply({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": about, "spec": claim})
    resource = {
        "type": "tau:postgres:BackupStore",
        "properties": {"namespace": neighbour, "volumeClaim": {"name": "mine"}},
    }
    owned = new_stack()
    owned.up(
        {
            "resources": {"claimed": resource},
            "outputs": {**_parts("claimed"), **programs.outputs("claimed", "folder")},
        }
    )
    client = s3_client.start(scene.cluster, neighbour, "claim-client")
    _done(client.run(_store(owned, "claimed"), _PUT_LARGE))
    assert client.keys(_store(owned, "claimed")) == [_LARGE]
    assert owned.output("claimed-folder") == f"{neighbour}/claimed"
