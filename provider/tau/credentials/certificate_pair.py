"""Makes a certificate that is its own authority, and tells whether one that is there will still do.

Keys are ECDSA on P-256, as CloudNativePG's own.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

_OTHER_USAGES = {
    "content_commitment": False,
    "crl_sign": False,
    "data_encipherment": False,
    "decipher_only": False,
    "encipher_only": False,
    "key_agreement": False,
    "key_encipherment": False,
}
# A clock of the cluster may be behind the one that the certificate is made with.
_VALID_BEFORE = datetime.timedelta(hours=1)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, PEM."""

    certificate: str
    key: str

    @property
    def start(self) -> datetime.datetime:
        """The moment that the certificate was made."""
        return x509.load_pem_x509_certificate(self.certificate.encode()).not_valid_before_utc + _VALID_BEFORE

    @property
    def end(self) -> datetime.datetime:
        """When the certificate ends."""
        return x509.load_pem_x509_certificate(self.certificate.encode()).not_valid_after_utc

    def is_for(self, common_name: str, dns_names: Sequence[str]) -> bool:
        """Whether the key belongs to the certificate, and that is for these names; False for what cannot be read."""
        try:
            parsed = x509.load_pem_x509_certificate(self.certificate.encode())
            key = serialization.load_pem_private_key(self.key.encode(), None)
            named = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (ValueError, TypeError, x509.ExtensionNotFound):
            return False
        return (
            parsed.public_key() == key.public_key()
            and parsed.subject == _name(common_name)
            and set(named.get_values_for_type(x509.DNSName)) == set(dns_names)
        )


def issue(common_name: str, dns_names: Sequence[str], days: int) -> Pair:
    """A new pair, valid for so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    start = now()
    certificate = _signed(common_name, dns_names, key, start - _VALID_BEFORE, start + datetime.timedelta(days=days))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Pair(certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode())


def now() -> datetime.datetime:
    """The present, to the second."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _signed(
    common_name: str,
    dns_names: Sequence[str],
    key: ec.EllipticCurvePrivateKey,
    start: datetime.datetime,
    end: datetime.datetime,
) -> x509.Certificate:
    name = _name(common_name)
    purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=True, **_OTHER_USAGES), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(dns_name) for dns_name in dns_names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
