"""Digests of what Pods read only when they start, which stand in annotations and roll the Pods when they change.

A reader of a Deployment could try values until one has the digest in it, so what holds a secret is digested
under a random key, which only the state of the stack knows: https://csrc.nist.gov/pubs/fips/198-1/final.
"""

import hashlib
import hmac
import json
import secrets
from typing import Any

_LENGTH = 32


def new_key() -> str:
    """256 bits of chance."""
    return secrets.token_urlsafe(32)


def of_secrets(content: Any, key: str) -> str:
    """A digest that tells nothing of what it is made from, not even whether a guess is right."""
    if not key:
        raise ValueError("a digest of secrets needs a key")
    return hmac.new(key.encode(), _text(content), hashlib.sha256).hexdigest()[:_LENGTH]


def of_public(content: Any) -> str:
    """A digest of what everybody may read."""
    return hashlib.sha256(_text(content)).hexdigest()[:_LENGTH]


def _text(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True).encode()
