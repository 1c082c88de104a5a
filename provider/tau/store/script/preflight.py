"""Tries out a share as the gateway will use it, and makes the folders of a store: `share_preflight.py FOLDER [ROOT]`.

Writes one line of JSON: what the share can do, or `failed` with the step, the error and whose the folder is. Runs
inside the cluster, so it uses the standard library only.
"""

import contextlib
import errno
import json
import os
import pathlib
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

_PART = 5 * 1024**2  # The smallest part of a multipart upload.
_SECONDS_FOR_A_COPY = 30
_PASSED_THROUGH, _PRIVATE = 0o755, 0o750


class Failed(Exception):
    """One step did not work, in a folder."""

    def __init__(self, step: str, folder: pathlib.Path, error: OSError) -> None:
        super().__init__(step)
        self.step, self.folder, self.error = step, folder, error


@contextlib.contextmanager
def step(name: str, folder: pathlib.Path) -> Iterator[None]:
    """Attributes every failure within to this step."""
    try:
        yield
    except OSError as error:
        raise Failed(name, folder, error) from error


def make_folders(root: pathlib.Path, folder: str) -> list[pathlib.Path]:
    """The store's folder, and the two in it that are the gateway's."""
    at = root
    for part in pathlib.PurePosixPath(folder).parts:
        # The kubelet goes through these, perhaps as nobody: exports often squash root.
        at = _made(at, part, _PASSED_THROUGH)
    return [at, _made(_made(at, "buckets", _PRIVATE), "postgres", _PRIVATE), _made(at, ".meta", _PRIVATE)]


def _made(within: pathlib.Path, name: str, mode: int) -> pathlib.Path:
    with step("make a folder", within):
        path = within / name
        if not path.is_dir():
            with contextlib.suppress(FileExistsError):
                path.mkdir(mode)
            if not path.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return path


def write_and_rename(folder: pathlib.Path) -> None:
    """A file is written, synced and renamed over another one, by several writers at a time."""
    failures: list[OSError] = []

    def writer(number: int) -> None:
        try:
            for turn in range(8):
                content = f"{number}-{turn}".encode() * 4096
                with tempfile.NamedTemporaryFile(dir=folder, prefix="write-", delete=False) as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                pathlib.Path(file.name).rename(folder / "object")
        except OSError as error:
            failures.append(error)

    writers = [threading.Thread(target=writer, args=(number,)) for number in range(4)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    if failures:
        raise failures[0]
    if len((folder / "object").read_bytes()) != 3 * 4096:
        raise OSError(errno.EIO, "what was read is not what was written")


def links_unnamed_files(folder: pathlib.Path) -> bool:
    """Whether O_TMPFILE works, up to giving the file its name through /proc as the gateway does."""
    try:
        unnamed = os.open(folder, os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC, 0o600)
        processes, names = os.open("/proc/self/fd", os.O_RDONLY), os.open(folder, os.O_RDONLY)
        try:
            os.write(unnamed, b"linked")
            os.fchmod(unnamed, 0o640)
            # With folders given, Python calls linkat and follows the link in /proc.
            os.link(str(unnamed), "linked", src_dir_fd=processes, dst_dir_fd=names, follow_symlinks=True)
        finally:
            for descriptor in (unnamed, processes, names):
                os.close(descriptor)
        return (folder / "linked").read_bytes() == b"linked"
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        return False


def copies_ranges(folder: pathlib.Path) -> bool:
    """Whether copy_file_range puts two parts together, in time; with some servers it never returns."""
    parts = [folder / f"part-{number}" for number in (1, 2)]
    for number, part in enumerate(parts, start=1):
        part.write_bytes(bytes([number]) * _PART)
    return _in_time(lambda: _put_together(parts, folder / "whole"))


def _put_together(parts: list[pathlib.Path], target_path: pathlib.Path) -> bool:
    with target_path.open("wb+") as target:
        for part in parts:
            with part.open("rb") as source:
                left = _PART
                while left:
                    copied = os.copy_file_range(source.fileno(), target.fileno(), left)
                    if not copied:
                        return False
                    left -= copied
    return target_path.read_bytes() == b"".join(part.read_bytes() for part in parts)


def _in_time(attempt: Callable[[], bool]) -> bool:
    child = os.fork()
    if not child:
        worked = False
        with contextlib.suppress(OSError):
            worked = attempt()
        os._exit(0 if worked else 1)
    deadline = time.monotonic() + _SECONDS_FOR_A_COPY
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    return False


def keeps_attributes(folder: pathlib.Path) -> bool:
    """Whether files can have extended attributes."""
    try:
        os.setxattr(folder / "object", "user.tau", b"1")
        return os.getxattr(folder / "object", "user.tau") == b"1"
    except OSError:
        return False


def try_out(root: pathlib.Path, folder: str) -> dict[str, Any]:
    """Everything, in separate folders next to what may be in the store."""
    store, *gateways = make_folders(root, folder)
    for place in gateways:
        with step("write into", place), tempfile.TemporaryDirectory(dir=place, prefix=".preflight-"):
            pass
    with step("write into", store), tempfile.TemporaryDirectory(dir=store, prefix=".preflight-") as name:
        trial = pathlib.Path(name)
        write_and_rename(trial)
        result = {
            "unnamedFiles": links_unnamed_files(trial),
            "copyFileRange": copies_ranges(trial),
            "extendedAttributes": keeps_attributes(trial),
        }
    space = os.statvfs(root)
    return result | {
        "freeBytes": space.f_bavail * space.f_frsize,
        "archives": archives(gateways[0]),
        "closed": [
            _shown(root, parent) for parent in [root, *_between(root, store)] if not parent.stat().st_mode & 0o001
        ],
    }


def archives(bucket: pathlib.Path) -> dict[str, str]:
    """Generations that lie in a bucket, each with the system identifier of the server that made its base backups."""
    with contextlib.suppress(OSError):
        names = sorted(entry.name for entry in bucket.iterdir() if not entry.name.startswith("."))
        return {name: _system_identifier(bucket / name / "base") for name in names}
    return {}


def _system_identifier(base: pathlib.Path) -> str:
    """That of the newest base backup that says it; empty without one."""
    with contextlib.suppress(OSError):
        for backup in sorted(base.iterdir(), reverse=True):
            with contextlib.suppress(OSError):
                for line in (backup / "backup.info").read_text(errors="replace").splitlines():
                    name, _, value = line.partition("=")
                    if name.strip() == "systemid" and value.strip() not in ("", "None"):
                        return value.strip()
    return ""


def _between(root: pathlib.Path, store: pathlib.Path) -> list[pathlib.Path]:
    return [folder for folder in reversed([store, *store.parents]) if root in folder.parents]


def _shown(root: pathlib.Path, folder: pathlib.Path) -> str:
    return "/" if folder == root else f"/{folder.relative_to(root)}"


def failure(root: pathlib.Path, failed: Failed) -> dict[str, Any]:
    """The step, the error, and whose the folder is."""
    result: dict[str, Any] = {
        "step": failed.step,
        "folder": _shown(root, failed.folder),
        "error": errno.errorcode.get(failed.error.errno or 0, "EIO"),
        "message": failed.error.strerror or str(failed.error),
    }
    with contextlib.suppress(OSError):
        status, space = failed.folder.stat(), os.statvfs(root)
        result |= {"owner": status.st_uid, "group": status.st_gid, "mode": f"{status.st_mode & 0o7777:04o}"}
        result["freeBytes"] = space.f_bavail * space.f_frsize
    return result


def main(folder: str, root: str = "/volume") -> None:
    """Write what was found."""
    at = pathlib.Path(root)
    try:
        print(json.dumps(try_out(at, folder)))
    except Failed as failed:
        print(json.dumps({"failed": failure(at, failed)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
