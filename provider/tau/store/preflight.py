"""What a share can do -> the gateway's flags; what it lacks -> one sentence for the person who runs the NAS.

Flags are those of versitygw 1.8.0, `versitygw posix --help`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_MEBIBYTE = 1024**2
_GIBIBYTE = 1024**3
_LEAST_FREE = 128 * _MEBIBYTE
_NEVER_AN_OWNER = 0
_SOURCE = re.compile(r"-t nfs4? (?:-o \S+ )?(\S+:/\S*) ")
_UNMOUNTABLE = (
    (
        r"applyFSGroup|lchown",
        "the driver of the claim may not change the group of what is on it, as an export that squashes root forbids; "
        "use `nfs` instead of `volumeClaim`, or set the CSIDriver's `fsGroupPolicy` to None",
    ),
    (
        r"No such file or directory|does not exist",
        "the NAS does not export {share}; check the path, and list the exports with `showmount -e` on a node",
    ),
    (
        r"access denied|Permission denied|not permitted",
        "the NAS refuses {share} to the nodes; check the path, and allow the nodes' addresses for the export",
    ),
    (
        r"timed out|No route to host|Connection refused|unreachable|rpcbind|not responding",
        "the NAS of {share} does not answer the nodes; check that it is on, that NFS is enabled, and the firewall",
    ),
    (
        r"resolve server|[Nn]ame or service not known|Name does not resolve",
        "the nodes do not know the server of {share}; use its address, or a name that the nodes can resolve",
    ),
    (
        r"bad option; for several filesystems|helper program|unknown filesystem type|mount\.nfs: not found",
        "a node cannot mount NFS; install its NFS client (`nfs-common` on Debian and Ubuntu, `nfs-utils` on others)",
    ),
    (
        r"[Pp]rotocol not supported|version or transport|[Ii]ncorrect mount option|[Ii]nvalid argument",
        "the NAS does not speak the NFS version or options asked for {share}; set `nfs.mountOptions`, for example "
        "`nfsvers=3`",
    ),
)


def flags(result: Mapping[str, Any]) -> list[str]:
    """Flags of the gateway's posix backend for what the share cannot do.

    Extended attributes decide nothing: metadata lies in a folder of its own on every share, since a store whose mode
    changes, for example after a move to another NAS, would lose the metadata of everything that it holds.
    """
    return [
        *([] if result["unnamedFiles"] else ["--disableotmp"]),
        *([] if result["copyFileRange"] else ["--disable-copy-file-range"]),
    ]


def message(result: Mapping[str, Any]) -> str:
    """What the share can do, in one sentence."""
    named = {"unnamedFiles": "O_TMPFILE", "copyFileRange": "copy_file_range", "extendedAttributes": "xattr"}
    able = ", ".join(f"{name} {'works' if result[key] else 'does not work'}" for key, name in named.items())
    closed = result.get("closed") or []
    shut = f"; not open to all (`chmod o+x`), as a squashed root needs: {', '.join(closed)}" if closed else ""
    return f"the share is writable; {able}; {_size(result['freeBytes'])} free{shut}"


def problem(result: Mapping[str, Any], *, user: int, group: int) -> str | None:
    """What the NAS lacks and what to do, or None if nothing."""
    if "failed" in result:
        return _failure(result["failed"], user, group)
    if result["freeBytes"] < _LEAST_FREE:
        return f"the share is full: {_size(result['freeBytes'])} free; make room on the NAS, or raise its quota"
    return None


def _failure(failed: Mapping[str, Any], user: int, group: int) -> str:
    match failed["error"]:
        case "EACCES" | "EPERM":
            return _refused(failed, user, group)
        case "EROFS":
            return "the share is read-only; allow writing in the settings of the export, and mount it without `ro`"
        case "ENOSPC" | "EDQUOT":
            free = f": {_size(failed['freeBytes'])} free" if "freeBytes" in failed else ""
            return f"the share is full{free}; make room on the NAS, or raise its quota"
        case "ENOTDIR" | "EEXIST":
            return f"in `{failed['folder']}` of the share lies a file where a folder is needed; set another `folder`"
        case "ESTALE":
            return "the NAS has exported another folder since the nodes mounted it; restart the Pods that mount it"
    where = f"`{failed['folder']}` of the share"
    return f"the share does not work: could not {failed['step']} {where}: {failed['message']}; check the NAS"


def _refused(failed: Mapping[str, Any], user: int, group: int) -> str:
    reason = f"the share is not writable for user {user} and group {group}"
    if "owner" not in failed:
        return f"{reason}: they may not even look into `{failed['folder']}`; `chown` it on the NAS to {user}:{group}"
    owner, owning = failed["owner"], failed["group"]
    whose = f"its folder `{failed['folder']}` belongs to {owner}:{owning} with mode {failed['mode']}"
    instead = "" if owner == _NEVER_AN_OWNER else f", or set `runAsUser` to {owner} and `runAsGroup` to {owning}"
    return f"{reason}: {whose}; `chown -R {user}:{group}` that folder on the NAS{instead}"


def taken(cluster: str, server_name: str, *, theirs: str, ours: str) -> str:
    """Why a gateway must not start on a share that holds an archive by the name that a server writes to."""
    return (
        f"the share already holds an archive {server_name} of another server: its system identifier is {theirs}, that "
        f"of Cluster {cluster}, which writes to {server_name}, is {ours}. Nothing was changed. Use another `folder` or "
        f"path, or rename `buckets/postgres/{server_name}` and `.meta/postgres/{server_name}` on the NAS"
    )


def unmountable(reasons: Iterable[str]) -> str | None:
    """Why the nodes cannot mount the share, made of what the kubelet says; None where it is about something else."""
    text = "\n".join(event for event in reasons if "FailedMount" in event)
    source = _SOURCE.search(text)
    share = f"`{source[1]}`" if source else "the share"
    # The last line is what the mount helper answered; the command before it has words of its own.
    answer = text.rpartition("Output:")[2]
    for pattern, sentence in _UNMOUNTABLE if text else ():
        if re.search(pattern, answer):
            return sentence.format(share=share)
    return None


def _size(count: float) -> str:
    return f"{count / _GIBIBYTE:.1f} GiB" if count >= _GIBIBYTE else f"{count / _MEBIBYTE:.0f} MiB"
