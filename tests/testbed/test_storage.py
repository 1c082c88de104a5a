"""Claims of the class `longhorn`, and volumes on an NFS server."""

import time
import typing

import pytest

from testbed.drive import bed as driver

pytestmark = pytest.mark.cluster


def test_a_claim_grows_while_in_use_and_vanishes_when_deleted(namespace: driver.Namespace) -> None:
    namespace.apply(_claim("data", "1Gi"))
    namespace.run("writer", mounts={"data": "/data"}, volumes=[_claimed("data")])
    namespace.shell("writer", "echo kept > /data/file")
    folder = namespace.bed.state / "volumes" / _field(namespace, "data", "{.spec.volumeName}")
    assert (folder / "file").read_text() == "kept\n"

    namespace.apply(_claim("data", "2Gi"))
    _until(lambda: _field(namespace, "data", "{.status.capacity.storage}") == "2Gi")
    assert namespace.shell("writer", "cat /data/file") == "kept\n"

    namespace.kubectl("delete", "pod/writer", "pvc/data")
    _until(lambda: not folder.exists())


def test_a_volume_belongs_to_the_group_that_the_pod_asks_for(namespace: driver.Namespace) -> None:
    namespace.apply(_claim("data", "1Gi"))
    security = {"runAsUser": 26, "runAsGroup": 26, "fsGroup": 26}
    namespace.run("writer", mounts={"data": "/data"}, volumes=[_claimed("data")], securityContext=security)
    namespace.shell("writer", "touch /data/file")


def test_two_pods_share_a_read_write_many_volume(namespace: driver.Namespace) -> None:
    namespace.apply(_claim("shared", "1Gi", mode="ReadWriteMany"))
    for name, user in (("writer", 1000), ("reader", 2000)):
        security = {"runAsUser": user}
        namespace.run(name, mounts={"shared": "/shared"}, volumes=[_claimed("shared")], securityContext=security)
    namespace.shell("writer", "echo hello > /shared/file")
    assert namespace.shell("reader", "cat /shared/file") == "hello\n"


def test_a_pod_writes_to_an_nfs_export(namespace: driver.Namespace) -> None:
    export = namespace.bed.state / "nfs" / "nas.local" / "export" / namespace.name
    export.mkdir(parents=True)
    volume = {"name": "nas", "nfs": {"server": "nas.local", "path": f"/export/{namespace.name}"}}
    namespace.run("writer", mounts={"nas": "/nas"}, volumes=[volume])
    namespace.shell("writer", "echo hello > /nas/file")
    namespace.kubectl("delete", "pod/writer")
    assert (export / "file").read_text() == "hello\n"


def test_an_export_that_the_server_lacks_is_named_in_the_pods_events(namespace: driver.Namespace) -> None:
    volume = {"name": "nas", "nfs": {"server": "nas.local", "path": "/nowhere"}}
    namespace.apply(driver.pod("writer", mounts={"nas": "/nas"}, volumes=[volume]))
    _until(lambda: "mounting nas.local:/nowhere failed" in namespace.kubectl("describe", "pod/writer"))


def _claim(name: str, size: str, *, mode: str = "ReadWriteOnce") -> dict[str, typing.Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {
            "accessModes": [mode],
            "storageClassName": "longhorn",
            "resources": {"requests": {"storage": size}},
        },
    }


def _claimed(claim: str) -> dict[str, typing.Any]:
    return {"name": claim, "persistentVolumeClaim": {"claimName": claim}}


def _field(namespace: driver.Namespace, claim: str, path: str) -> str:
    return namespace.kubectl("get", "pvc", claim, "-o", f"jsonpath={path}")


def _until(ready: typing.Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.2)
