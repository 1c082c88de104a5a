"""`tau.desired.share`: how a share of the NAS is written."""

import pytest

from tau.desired import share
from tau.types.postgres import NfsShare


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


@pytest.mark.parametrize("value", ["nas", "nas.local", "192.168.1.10", "fd00::10"])
def test_servers_are_names_or_addresses(value: str) -> None:
    assert share.server(value) is None


@pytest.mark.parametrize("value", ["", "NAS", "nas_1", "nas:2049", "nfs://nas", "192.168.1.10/24"])
def test_what_is_no_server_is_refused(value: str) -> None:
    assert share.server(value)


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
