"""A certificate with its key, as a server that presents it needs them."""

import hashlib
from dataclasses import dataclass

from tau.fields import Input


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate and its key, PEM."""

    certificate: Input[str]
    key: Input[str]


def fingerprint(*certificates: str) -> str:
    """A digest that is another one for other certificates. They are public, so nothing can be learned from it."""
    return hashlib.sha256("".join(certificates).encode()).hexdigest()
