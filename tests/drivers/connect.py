"""Runs clients beside a Pod: with the environment of its container, in its network, with its files under /etc/tau.

Real are the server, what tau injects (read from the running container), name resolution, Services and NetworkPolicies.
Not real is the image: the programs run from this machine's disk, as an image for each language would take minutes.
"""

import os
import pathlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from tests.drivers import build
from tests.drivers.clients import Client

CA_FOLDER = "etc/tau/database-ca"
_OWN = ("HOME", "PATH", "PWD", "HOSTNAME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "GPG_KEY")
ANOTHER_NAME = "another-name.example"
"""A name of the server that its certificate does not have."""
# A mount namespace of its own, in which /etc has what the container has in place of what this machine has.
_SCRIPT = """
set -e
mount -t tmpfs tmpfs "$1"
mkdir -p "$1/upper/tau/database-ca" "$1/work"
cp "$2/resolv.conf" "$2/hosts" "$1/upper"
cp "$2/ca.crt" "$1/upper/tau/database-ca/ca.crt"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/upper,workdir=$1/work" /etc
shift 2
exec "$@"
"""


@dataclass(frozen=True)
class Place:
    """The container beside which clients run: its process, as this machine numbers it, and what it was given.

    `address` is the database's.
    """

    process: int
    address: str
    environment: Mapping[str, str]
    ca: str
    resolver: str


@dataclass(frozen=True)
class Answer:
    """What a client printed, which is `true` and a version of TLS where its connection is encrypted."""

    output: str
    error: str

    @property
    def encrypted(self) -> bool:
        """Whether it is connected, with TLS."""
        return self.output.startswith("true TLSv1")


def place(host: str, address: str) -> Place:
    """The container whose database is at this host, found among the processes of this machine."""
    wanted = f"DB_HOST={host}".encode()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            entries = (folder / "environ").read_bytes().split(b"\0")
            if wanted in entries:
                given = dict(entry.decode().partition("=")[::2] for entry in entries if entry)
                files = folder / "root/etc"
                ca = (folder / "root" / CA_FOLDER / "ca.crt").read_text()
                return Place(int(folder.name), address, given, ca, (files / "resolv.conf").read_text())
        except OSError:
            continue
    raise AssertionError(f"no container has the database at {host}")


def run(client: Client, at: Place, scratch: pathlib.Path, *, renamed: bool = False, ca: str = "") -> Answer:
    """Run a client, with `ca` in place of the mounted certificate, or `renamed` to reach the server by another name."""
    known = at.environment["DB_HOST"]
    name_of_server = ANOTHER_NAME if renamed else known
    given = {name: value.replace(known, name_of_server) for name, value in at.environment.items() if name not in _OWN}
    folder = scratch / f"{client.folder}-{client.run}-{name_of_server}-{bool(ca)}"
    (folder / "mount").mkdir(parents=True)
    (folder / "ca.crt").write_text(ca or at.ca)
    (folder / "resolv.conf").write_text(at.resolver)
    (folder / "hosts").write_text(f"127.0.0.1 localhost\n{at.address} {ANOTHER_NAME}\n")
    inside = ["nsenter", f"--net=/proc/{at.process}/ns/net", "unshare", "--mount", "sh", "-c", _SCRIPT, "sh"]
    command = [*inside, str(folder / "mount"), str(folder), *client.command(build.built(client.folder))]
    # A container has no more than its own variables, and the home of its user is empty.
    environment = {"HOME": str(scratch), "PATH": os.environ["PATH"], **given}
    done = subprocess.run(command, env=environment, cwd=scratch, capture_output=True, text=True, timeout=120)
    return Answer(done.stdout.strip(), done.stderr.strip())
