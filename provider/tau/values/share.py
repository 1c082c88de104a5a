"""A share of the NAS, and what its parts must look like.

https://kubernetes.io/docs/concepts/storage/volumes/#nfs
"""

import ipaddress
import re

from tau.types.postgres import NfsShare
from tau.values import constraints

_PATH = re.compile(r"(/[^\s:/]+)*/?")
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_NO_SERVER = "is not a host name or an address; use for example `nas.local`, `192.168.1.10` or `fd00::10`"
BUCKETS = "buckets"
"""Folder within a store's folder that holds its buckets."""


def share(text: str) -> NfsShare:
    """The share that `server:/path` names; an IPv6 address may be in brackets."""
    server, _, path = text.partition(":/")
    return NfsShare(server=address(server), path=f"/{path}".rstrip("/") or "/")


def one_line(value: str) -> str | None:
    """A share that is written `server:/path`."""
    name, separator, path = value.partition(":/")
    if not separator or server(name) or exported_path(f"/{path}"):
        return "is not a share; use `server:/path`, for example `nas.local:/volume1/backups`"
    return None


def server(value: str) -> str | None:
    """A host name or an address, without a port; an IPv6 address may be in brackets, and has no zone.

    Kubernetes puts IPv6 addresses into brackets itself, but not one with a zone, or one that stands for IPv4.
    """
    try:
        parsed = ipaddress.ip_address(address(value))
    except ValueError:
        # A name that ends in a number is an address with a mistake in it.
        usable = not constraints.dns_subdomain(value.lower()) and not value.rpartition(".")[2].isdigit()
    else:
        usable = _mountable(parsed) if parsed.version == 6 else value == address(value)
    return None if usable else _NO_SERVER


def _mountable(address: ipaddress.IPv6Address) -> bool:
    return address.scope_id is None and address.ipv4_mapped is None


def address(server: str) -> str:
    """A server as a PersistentVolume has it, without brackets."""
    return server[1:-1] if server.startswith("[") and server.endswith("]") else server


def exported_path(value: str) -> str | None:
    """An absolute path without steps back."""
    if not value.startswith("/") or not _PATH.fullmatch(value) or ".." in value.split("/"):
        return "is not an absolute path without spaces; use the exported path, for example `/volume1/backups`"
    return None


def folder(value: str) -> str | None:
    """A path below the share that is not part of another store."""
    parts = value.split("/")
    if not all(_SEGMENT.fullmatch(part) for part in parts):
        return (
            "is not a path below the share; use letters, digits, `-`, `_` and `.`, and `/` between folders, "
            "for example `home/postgres`"
        )
    return f"contains a folder {BUCKETS!r}, which belongs to a store; choose another name" if BUCKETS in parts else None
