"""A CA's certificate that outlasts its renewals.

CloudNativePG renews the certificate of its CA every 90 days and keeps the key. Many clients read the certificate only
when they start, and would refuse the server once their copy has expired.
https://cloudnative-pg.io/docs/1.30/certificates/
"""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_START = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
# RFC 5280, 4.1.2.5: no well-defined expiration date.
_END = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
_SERIAL_NUMBER = 1


def reissued(certificate: str, key: str) -> str:
    """The PEM of a certificate with the same name, key and extensions that does not expire.

    The same key gives the same text, so that clients restart only when there is another one. What cannot be issued
    again stays as it is: another kind of key, or one that belongs to another certificate.
    """
    try:
        known = x509.load_pem_x509_certificate(certificate.encode())
        private = serialization.load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError):
        return certificate
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.public_key() != known.public_key():
        return certificate
    if known.issuer != known.subject:
        return certificate
    builder = (
        x509.CertificateBuilder(issuer_name=known.subject, subject_name=known.subject, public_key=known.public_key())
        .serial_number(_SERIAL_NUMBER)
        .not_valid_before(_START)
        .not_valid_after(_END)
    )
    for extension in known.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    signed = builder.sign(private, hashes.SHA256(), ecdsa_deterministic=True)
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def serves(copy: str, live: str) -> bool:
    """Whether a copy of a CA's certificate still verifies what the live one does: the same key, and not expired."""
    try:
        known, current = (x509.load_pem_x509_certificate(text.encode()) for text in (copy, live))
    except ValueError:
        return copy == live
    return known.public_key() == current.public_key() and known.not_valid_after_utc > datetime.datetime.now(
        datetime.UTC
    )
