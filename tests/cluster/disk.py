"""A share whose disk can fail: the NAS itself finds it full or read-only."""

import dataclasses
import os
import pathlib
import subprocess

from testbed.drive.bed import Bed
from testbed.drive.share import Share

# Whom the gateway writes as, by default.
_USER = 65532
_SIZE = "1g"


@dataclasses.dataclass(frozen=True)
class Disk:
    """A file system of its own below an export. It is mounted on the node only, where the NFS stand-in binds it."""

    share: Share
    node: int

    def turn_read_only(self) -> None:
        """As a NAS does when its disk reports errors."""
        self._remount("ro")

    def fill_up(self) -> None:
        """Leave no room for anything."""
        found = os.statvfs(self.share.folder)
        self._remount(f"size={(found.f_blocks - found.f_bfree) * found.f_frsize}")

    def repair(self) -> None:
        """As it was."""
        self._remount(f"rw,size={_SIZE}")

    def _remount(self, options: str) -> None:
        _on(self.node, "mount", "-o", f"remount,{options}", f"/run/nfs-exports/{_path(self.share)}")


def export(bed: Bed, name: str) -> Disk:
    """Export an empty disk of this name."""
    node = bed.init("node1")
    share = Share(
        f"nas.local:/export/{name}", pathlib.Path(f"/proc/{node}/root/run/nfs-exports/nas.local/export", name)
    )
    (bed.state / "nfs" / _path(share)).mkdir(parents=True)
    owner = f"size={_SIZE},mode=0755,uid={_USER},gid={_USER}"
    _on(node, "mount", "-t", "tmpfs", "-o", owner, name, f"/run/nfs-exports/{_path(share)}")
    return Disk(share, node)


def _path(share: Share) -> str:
    return f"{share.server}{share.path}"


def _on(node: int, *command: str) -> None:
    done = subprocess.run(["nsenter", f"--target={node}", "--mount", "--", *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
