"""A share of the NAS, and what its parts must look like.

https://kubernetes.io/docs/concepts/storage/volumes/#nfs
"""

import ipaddress
import re

from tau.desired import constraints
from tau.types.postgres import NfsShare

_PATH = re.compile(r"(/[^\s:/]+)*/?")
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
BUCKETS = "buckets"
"""Folder within a store's folder that holds its buckets."""


def share(text: str) -> NfsShare:
    """The share that `server:/path` names."""
    server, path = constraints.share_parts(text)
    return NfsShare(server=server, path=path.rstrip("/") or "/")


def server(value: str) -> str | None:
    """A host name or an address, without a port."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if value != value.lower() or constraints.dns_subdomain(value):
            return "is not a host name or an address; use for example `nas.local` or `192.168.1.10`"
    return None


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
