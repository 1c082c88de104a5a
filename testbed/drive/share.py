"""An export of the NAS as the NAS itself sees it: plain files, without any client of the cluster."""

import dataclasses
import datetime
import hashlib
import os
import pathlib
import re
from collections.abc import Mapping

# Whom the gateway writes as, by default.
_USER = 65532
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_TIME = re.compile(r"^(?P<key>begin_time|end_time)=(?P<value>.*)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Generation:
    """The archive of one generation of one server, as barman lays it out."""

    folder: pathlib.Path

    def backups(self) -> list[str]:
        """IDs of the base backups that are complete, oldest first."""
        infos = sorted(self.folder.glob("base/*/backup.info"))
        return [info.parent.name for info in infos if re.search("^status=DONE$", info.read_text(), re.MULTILINE)]

    def info(self, backup: str, key: str) -> str:
        """One value of a base backup's `backup.info`."""
        text = (self.folder / "base" / backup / "backup.info").read_text()
        match = re.search(f"^{key}=(.*)$", text, re.MULTILINE)
        assert match, text
        return match[1]

    def segments(self) -> set[str]:
        """Names of the archived WAL segments."""
        names = (file.name for file in self.folder.glob("wals/*/*"))
        return {match[0] for name in names if (match := _SEGMENT.match(name)) and "history" not in name}

    def age(self, backup: str, days: int) -> None:
        """Let a base backup and the files of it be that much older."""
        base = self.folder / "base" / backup
        info = base / "backup.info"

        def earlier(match: re.Match[str]) -> str:
            moved = datetime.datetime.fromisoformat(match["value"]) - datetime.timedelta(days=days)
            return f"{match['key']}={moved.isoformat(sep=match['value'][10])}"

        before = info.read_text()
        after = _TIME.sub(earlier, before)
        # The gateway stores its metadata of a file separately, and a file of another length would be another file.
        assert after != before, after
        assert len(after) == len(before), after
        info.write_text(after)
        for file in base.rglob("*"):
            then = file.stat().st_mtime - days * 86400
            os.utime(file, (then, then))


@dataclasses.dataclass(frozen=True)
class Share:
    """A folder that the NAS exports; `address` is how the configuration writes it."""

    address: str
    folder: pathlib.Path

    @property
    def server(self) -> str:
        """Host name of the NAS."""
        return self.address.partition(":")[0]

    @property
    def path(self) -> str:
        """The exported path."""
        return self.address.partition(":")[2]

    def generations(self, store: str) -> dict[str, Generation]:
        """What the store in this folder holds, by server name."""
        # The name of the gateway's folder for uploads starts with a dot.
        folders = {folder.parent for folder in self.folder.glob(f"{store}/buckets/postgres/[!.]*/*/")}
        return {folder.name: Generation(folder) for folder in sorted(folders)}

    def generation(self, store: str, server_name: str) -> Generation:
        """One generation, which may not have begun."""
        return Generation(self.folder / store / "buckets/postgres" / server_name)

    def contents(self) -> Mapping[str, str]:
        """The checksum of every file, by its path within the share."""
        files = (file for file in self.folder.rglob("*") if file.is_file())
        return {str(file.relative_to(self.folder)): _checksum(file) for file in files}


def _checksum(file: pathlib.Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError:
        # The gateway renames a file when it is complete.
        return ""


def export(exports: pathlib.Path, name: str) -> Share:
    """Make an empty folder of this name on the NAS, and export it to whom the gateway writes as."""
    folder = exports / "nas.local" / "export" / name
    folder.mkdir(parents=True)
    os.chown(folder, _USER, _USER)
    return Share(f"nas.local:/export/{name}", folder)
