"""The Debian packages that the bed needs on this machine, installed without starting their services."""

import collections.abc
import contextlib
import pathlib
import subprocess

from testbed import commands, errors, progress

NEEDED = (
    "ca-certificates",
    "containerd",
    "containernetworking-plugins",
    "debian-archive-keyring",
    "etcd-server",
    "iproute2",
    "ipset",
    "iptables",
    "mmdebstrap",
    "mount",
    "procps",
    "runc",
    "tini",
    "util-linux",
    "zstd",
)
_SERVICES = ("containerd", "etcd")
_POLICY = pathlib.Path("/usr/sbin/policy-rc.d")


def ensure() -> None:
    """Install what is missing, and nothing else."""
    wanted = missing()
    if not wanted:
        return
    with progress.step(f"installed {', '.join(wanted)}"), _no_service_starts():
        if not _installable(wanted):
            commands.run("apt-get", "update")
        _install(wanted)


def missing() -> list[str]:
    """The needed packages that are not installed."""
    query = ("dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package}\n", *NEEDED)
    try:
        # It fails when it does not know one of them, and tells about the others all the same.
        output = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError as problem:
        raise errors.BedError(
            "The bed needs Debian: it takes containerd, etcd and images from its packages."
        ) from problem
    present = {
        name for status, _, name in (line.partition(" ") for line in output.splitlines()) if status == "installed"
    }
    return [name for name in NEEDED if name not in present]


def _installable(wanted: list[str]) -> bool:
    """Whether apt's lists are there and fresh enough to name files that the mirror still has."""
    simulated = subprocess.run(
        ("apt-get", "install", "--yes", "--no-install-recommends", "--download-only", *wanted),
        capture_output=True,
        check=False,
    )
    return simulated.returncode == 0


def _install(wanted: list[str]) -> None:
    commands.run(
        "apt-get",
        "install",
        "--yes",
        "--no-install-recommends",
        *wanted,
        environment={"DEBIAN_FRONTEND": "noninteractive"},
    )
    if pathlib.Path("/run/systemd/system").exists():
        for service in _SERVICES:
            # Only now installed, so nobody else uses it; the bed starts its own.
            if any(name.startswith(service) for name in wanted):
                commands.run("systemctl", "disable", service)


@contextlib.contextmanager
def _no_service_starts() -> collections.abc.Iterator[None]:
    """Debian starts a service when its package is installed, unless this file forbids it."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink()
