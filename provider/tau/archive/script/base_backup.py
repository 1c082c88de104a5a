"""The files of a base backup against its `backup.info`: which of them are missing, or not whole.

barman-cloud names no file and no size there. It uploads `data.tar`, one `<oid>.tar` for each tablespace, further parts
of both as `data_0001.tar` and so on, and adds `backup_label` as the last file of `data`, so that the end of an archive
tells whether all of it is there. Runs inside the cluster.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from tau.archive.script import tar_end
from tau.archive.script.store import File, Store

_ARCHIVE = re.compile(r"(?P<name>data|\d+)(_(?P<part>\d{4,}))?\.tar(?P<suffix>\.[a-z0-9]+)?")
_MAGIC = {
    "": (257, b"ustar"),
    ".gz": (0, b"\x1f\x8b"),
    ".bz2": (0, b"BZh"),
    ".snappy": (0, tar_end.SNAPPY),
    ".lz4": (0, b"\x04\x22\x4d\x18"),
}
_BYTES_AT_THE_START = 512
_LEAST_PART = 5 * 1024 * 1024
"""Every part of a multipart upload but the last has that many bytes at least."""


def missing(information: Mapping[str, str], files: Iterable[File], store: Store) -> list[str]:
    """What keeps the files of a complete base backup from being restored, a sentence each."""
    archives: dict[str, dict[int, File]] = {}
    for file in files:
        match = _ARCHIVE.fullmatch(file.name)
        if match and (match["suffix"] or "") in _MAGIC:
            archives.setdefault(match["name"], {})[int(match["part"] or 0)] = file
    try:
        names = ["data", *_tablespaces(information)]
    except ValueError:
        return ["its backup.info does not say which tablespaces there are"]
    labelled = information.get("backup_label", "")
    return [fault for name in names for fault in _faults(name, archives.get(name, {}), store, bool(labelled))]


def _tablespaces(information: Mapping[str, str]) -> list[str]:
    """Object identifiers of the tablespaces; `backup.info` has a list of name, identifier and folder."""
    try:
        listed = ast.literal_eval(information.get("tablespaces") or "[]")
        return [str(int(identifier)) for _, identifier, _ in listed or ()]
    except (SyntaxError, TypeError) as failure:
        raise ValueError(str(failure)) from failure


def _faults(name: str, parts: Mapping[int, File], store: Store, labelled: bool) -> Iterator[str]:
    last = max(parts, default=0)
    for part in range(last + 1):
        if part not in parts:
            yield f"{name}_{part:04}.tar is missing" if part else f"{name}.tar is missing"
            continue
        ends_with_label = labelled and name == "data" and part == last
        fault = _fault(parts[part], store, ends_with_label)
        if fault:
            yield f"{parts[part].name} {fault}"


def _fault(file: File, store: Store, ends_with_label: bool) -> str:
    if not file.size:
        return "is empty"
    if file.size < (file.parts - 1) * _LEAST_PART:
        return f"has {file.size} bytes, too few for the {file.parts} parts that were uploaded"
    suffix = file.name.rpartition(".tar")[2]
    offset, magic = _MAGIC[suffix]
    start = store.start(file, _BYTES_AT_THE_START)
    if start[offset : offset + len(magic)] != magic:
        return f"does not begin like a {suffix.lstrip('.') or 'tar'} archive"
    end = store.end(file, tar_end.needed(suffix))
    lost = tar_end.missing(suffix, end, lambda frames: store.decompressed(frames, "snappy"), labelled=ends_with_label)
    if not suffix and file.size % tar_end.BLOCK:
        lost = "its end is missing"
    return f"has {file.size} bytes, and {lost}" if lost else ""
