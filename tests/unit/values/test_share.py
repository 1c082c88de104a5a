"""`tau.values.share`: how a share of the NAS is written."""

import pytest

from tau import errors, settings
from tau.application import identity as application_identity
from tau.application import volume_inputs
from tau.application import volumes as application_volumes
from tau.settings import Settings
from tau.store import inputs as store_inputs
from tau.store import objects as store_objects
from tau.types.app import TauApplicationArgs, Volume
from tau.types.postgres import BackupStoreArgs, NfsShare
from tau.values import share


@pytest.mark.parametrize(
    ("text", "server", "path"),
    [
        ("nas.local:/volume1/backups", "nas.local", "/volume1/backups"),
        ("192.168.1.10:/mnt/tank/", "192.168.1.10", "/mnt/tank"),
        ("[fd00::10]:/backups", "fd00::10", "/backups"),
        ("nas:/", "nas", "/"),
    ],
)
def test_a_share_is_written_in_one_line(text: str, server: str, path: str) -> None:
    assert share.share(text) == NfsShare(server=server, path=path)


SERVERS = ("nas", "NAS", "nas.local", "192.168.1.10", "fd00::10", "[fd00::10]", "FD00::10", "nas-2.local")
NO_SERVERS = (
    *("", "nas_1", "nas:2049", "nfs://nas", "192.168.1.10/24", "192.168.1.300", "10", "[nas]", "[192.168.1.10]"),
    *("fe80::1%eth0", "::ffff:192.168.1.10", "[fd00::10", "fd00::10]", "[]", "[fd00::10]:2049", "nas local"),
)


def refused(server: str) -> set[bool]:
    """What every place that has a server says of one."""
    of_store, of_volume = errors.Problems(), errors.Problems()
    used = NfsShare(server=server, path="/a")
    store_inputs.check("store", BackupStoreArgs(namespace="a", nfs=used), Settings(), of_store)
    volumes = [Volume(mount_path="/a", nfs=used)]
    volume_inputs.check(TauApplicationArgs(namespace="a", image="a", volumes=volumes), of_volume)
    configured = errors.Problems()
    project = {"home:postgres_backup_nfs_path": f"{server}:/a"}
    settings.resolve(provider={}, stack=project, project="home", problems=configured)
    return {bool(list(one)) for one in (of_store, of_volume, configured)}


@pytest.mark.parametrize("value", SERVERS)
def test_servers_are_names_or_addresses_wherever_they_are_given(value: str) -> None:
    assert refused(value) == {False}


@pytest.mark.parametrize("value", NO_SERVERS)
def test_what_is_no_server_is_refused_wherever_it_is_given(value: str) -> None:
    assert refused(value) == {True}


def test_the_volumes_of_a_share_have_an_address_without_brackets() -> None:
    """The kubelet adds them."""
    used = NfsShare(server="[fd00::10]", path="/a")
    made = store_objects.share_objects("store", BackupStoreArgs(namespace="a", nfs=used), Settings())
    assert made
    assert made.volume["spec"]["nfs"]["server"] == "fd00::10"
    args = TauApplicationArgs(namespace="a", image="a", volumes=[Volume(mount_path="/a", nfs=used)])
    mounts = application_volumes.mounts(application_identity.identity("app", args), args, Settings())
    assert mounts.objects["PersistentVolume", "a-share"]["spec"]["nfs"]["server"] == "fd00::10"


@pytest.mark.parametrize("value", ["", "backups", "//backups", "/a b", "/a/../b", "nas:/backups"])
def test_paths_are_absolute_and_lead_nowhere_else(value: str) -> None:
    assert share.exported_path("/volume1/backups/") is None
    assert share.exported_path(value)


@pytest.mark.parametrize("value", ["backups", "home/postgres", "a/b_c/d.e-1"])
def test_folders_lie_below_the_share(value: str) -> None:
    assert share.folder(value) is None


@pytest.mark.parametrize("value", ["", "/a", "a/", "a//b", "..", "a/../b", ".meta", "a/.meta/b", "a b", "a/buckets/b"])
def test_what_leads_elsewhere_or_into_another_store_is_refused(value: str) -> None:
    assert share.folder(value)
