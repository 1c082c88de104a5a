"""Secret (v1): of type kubernetes.io/basic-auth, which CloudNativePG takes passwords from, and of any content.

https://kubernetes.io/docs/concepts/configuration/secret/#secret-types
"""

import base64
import contextlib
from collections.abc import Mapping
from typing import Any

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest, merge

KIND = Kind("v1", "Secret", "secrets")

RELOAD = {"cnpg.io/reload": "true"}
"""Label without which the operator notices a changed password late."""

KEEP_PASSWORD_AS_IS = {"cnpg.io/passwordPassthrough": "enabled"}
"""Annotation with which the operator hands the password to PostgreSQL without hashing it first."""


CERTIFICATE, PRIVATE_KEY = "tls.crt", "tls.key"
"""Keys of a Secret of type kubernetes.io/tls."""


def basic_auth(metadata: Manifest, data: Mapping[str, Input[str]]) -> Manifest:
    """A Secret with a username, a password and anything else as text."""
    return manifest(KIND, metadata, type="kubernetes.io/basic-auth", stringData=dict(data))


def opaque(metadata: Manifest, data: Mapping[str, Input[str]]) -> Manifest:
    """A Secret with any text under any keys."""
    return manifest(KIND, metadata, type="Opaque", stringData=dict(data))


def tls(metadata: Manifest, *, certificate: Input[str], key: Input[str]) -> Manifest:
    """A Secret with a certificate and its key, PEM."""
    return manifest(KIND, metadata, type="kubernetes.io/tls", stringData={CERTIFICATE: certificate, PRIVATE_KEY: key})


def reloaded(metadata: Manifest) -> Manifest:
    """Metadata with the label that makes the operator watch the Secret."""
    return merge(metadata, {"labels": RELOAD})


def text(item: Mapping[str, Any]) -> dict[str, str]:
    """What a Secret of the cluster holds, as far as it is text."""
    decoded = {}
    for key, value in (item.get("data") or {}).items():
        with contextlib.suppress(ValueError):
            decoded[key] = base64.b64decode(value).decode()
    return decoded
