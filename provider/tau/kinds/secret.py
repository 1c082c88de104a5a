"""Secret (v1) of type kubernetes.io/basic-auth, the type that CloudNativePG takes passwords from.

https://kubernetes.io/docs/concepts/configuration/secret/#basic-authentication-secret
"""

from collections.abc import Mapping

from tau.fields import Input
from tau.kinds.manifest import Manifest, manifest, merge

RELOAD = {"cnpg.io/reload": "true"}
"""Label without which the operator notices a changed password late."""

KEEP_PASSWORD_AS_IS = {"cnpg.io/passwordPassthrough": "enabled"}
"""Annotation with which the operator hands the password to PostgreSQL without hashing it first."""


def basic_auth(metadata: Manifest, data: Mapping[str, Input[str]]) -> Manifest:
    """A Secret with a username, a password and anything else as text."""
    return manifest("v1", "Secret", metadata, type="kubernetes.io/basic-auth", stringData=dict(data))


def reloaded(metadata: Manifest) -> Manifest:
    """Metadata with the label that makes the operator watch the Secret."""
    return merge(metadata, {"labels": RELOAD})
