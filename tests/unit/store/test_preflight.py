"""`tau.store.preflight`: flags for what a share cannot do, sentences for what it lacks."""

from typing import Any

import pytest

from tau.store import preflight

ABLE = {"unnamedFiles": True, "copyFileRange": True, "extendedAttributes": True, "freeBytes": 5 * 1024**3}
REFUSED = {
    "step": "make a folder",
    "folder": "/",
    "error": "EACCES",
    "message": "Permission denied",
    "owner": 1024,
    "group": 100,
    "mode": "0755",
    "freeBytes": 4096,
}


def problem(found: Any) -> str:
    """What a share lacks for the default user."""
    return preflight.problem(found, user=65532, group=65532) or ""


@pytest.mark.parametrize(
    ("missing", "flags"),
    [
        ([], []),
        (["extendedAttributes"], []),
        (["unnamedFiles"], ["--disableotmp"]),
        (["unnamedFiles", "copyFileRange"], ["--disableotmp", "--disable-copy-file-range"]),
    ],
)
def test_flags_follow_from_what_is_missing(missing: list[str], flags: list[str]) -> None:
    assert preflight.flags(ABLE | dict.fromkeys(missing, False)) == flags


def test_what_was_found_is_one_sentence() -> None:
    found = ABLE | {"extendedAttributes": False, "closed": ["/home"]}
    assert preflight.message(found) == (
        "the share is writable; O_TMPFILE works, copy_file_range works, xattr does not work; 5.0 GiB free; "
        "not open to all (`chmod o+x`), as a squashed root needs: /home"
    )


def test_a_good_share_lacks_nothing() -> None:
    assert problem(ABLE) == ""


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (ABLE | {"freeBytes": 1024**2}, "the share is full: 1 MiB free"),
        ({"failed": REFUSED}, "`/` belongs to 1024:100 with mode 0755; `chown -R 65532:65532`"),
        ({"failed": REFUSED}, "or set `runAsUser` to 1024 and `runAsGroup` to 100"),
        ({"failed": REFUSED | {"error": "EROFS"}}, "the share is read-only"),
        ({"failed": REFUSED | {"error": "ENOSPC"}}, "the share is full: 0 MiB free"),
        ({"failed": REFUSED | {"error": "EDQUOT"}}, "raise its quota"),
        ({"failed": REFUSED | {"error": "ENOTDIR"}}, "set another `folder`"),
        ({"failed": REFUSED | {"error": "ESTALE"}}, "restart the Pods"),
        (
            {"failed": REFUSED | {"error": "EIO", "message": "Input/output error"}},
            "make a folder `/` of the share: Inp",
        ),
        ({"failed": {key: REFUSED[key] for key in ("step", "folder", "error", "message")}}, "may not even look"),
    ],
)
def test_what_it_lacks_is_told_with_what_to_do(found: Any, expected: str) -> None:
    assert expected in problem(found)


def test_nobody_is_told_to_run_as_root() -> None:
    assert "runAsUser" not in problem({"failed": REFUSED | {"owner": 0, "group": 0}})


def mount_failure(answer: str) -> str:
    """A FailedMount event, as the kubelet writes it."""
    command = "-t nfs -o nfsvers=4.1 nas.local:/volume1/backups /var/lib/kubelet/pods/1/volumes/kubernetes.io~nfs/tau"
    return (
        'FailedMount: MountVolume.SetUp failed for volume "tau" : mount failed: exit status 32 Mounting command: '
        f"mount Mounting arguments: {command} Output: {answer}"
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            "mount.nfs: mounting nas.local:/volume1/backups failed, reason given by server: No such file or directory",
            "the NAS does not export `nas.local:/volume1/backups`",
        ),
        ("mount.nfs: access denied by server while mounting nas.local:/volume1/backups", "allow the nodes' addresses"),
        ("mount.nfs: Connection timed out", "does not answer the nodes"),
        ("mount.nfs: Failed to resolve server nas.local: Name or service not known", "do not know the server"),
        ("bad option; for several filesystems (e.g. nfs, cifs) you might need a helper program", "`nfs-common`"),
        ("mount.nfs: requested NFS version or transport protocol is not supported", "set `nfs.mountOptions`"),
    ],
)
def test_what_the_kubelet_says_becomes_plain_words(answer: str, expected: str) -> None:
    assert expected in (preflight.unmountable([mount_failure(answer)]) or "")


def test_a_driver_that_may_not_change_the_group_is_no_refusal_of_the_nas() -> None:
    reason = "FailedMount: MountVolume.SetUp failed: applyFSGroup failed for vol 1: lchown /a: operation not permitted"
    assert "`fsGroupPolicy` to None" in (preflight.unmountable([reason]) or "")


def test_other_reasons_are_left_alone() -> None:
    assert preflight.unmountable([]) is None
    assert preflight.unmountable(["ImagePullBackOff: No such file or directory"]) is None
    assert preflight.unmountable([mount_failure("something new")]) is None
