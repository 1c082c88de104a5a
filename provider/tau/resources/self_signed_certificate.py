"""`tau:postgres:SelfSignedCertificate`: a certificate that is its own authority, renewed before it ends.

Keys are ECDSA on P-256, as CloudNativePG's own. Only the state of the stack holds the pair; nothing is made in the
cluster.
"""

import datetime
import uuid
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from typing_extensions import override

from tau import errors, fields
from tau.desired import constraints
from tau.resources.custom_resource import CustomResource, Difference, Operation
from tau.types.postgres import SelfSignedCertificateArgs

_OUTPUTS = frozenset({"certificate", "expires", "privateKey", "renewFrom"})
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
_LONGEST_NAME = 64
"""Of a common name; X.520 has no room for more."""


class SelfSignedCertificate(CustomResource[SelfSignedCertificateArgs]):
    """A pair of certificate and key, made anew by every update."""

    @override
    def check(self, args: SelfSignedCertificateArgs, problems: errors.Problems) -> None:
        """Refuse a validity that ends before its renewal, and names that no certificate can carry."""
        name, names = args.common_name, args.dns_names
        if isinstance(name, str) and not 0 < len(name) <= _LONGEST_NAME:
            problems.add("commonName", f"{name!r} is not a common name; use 1 to {_LONGEST_NAME} characters")
        if isinstance(names, list):
            if not names:
                problems.add("dnsNames", "is empty; use at least one name that the certificate is for")
            for index, one in enumerate(names):
                constraints.check(problems, f"dnsNames[{index}]", one, constraints.dns_subdomain)
        _check_days(args, problems)

    @override
    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Everything is made anew by a change of inputs, or when it is time to."""
        due = datetime.datetime.fromisoformat(outputs["renewFrom"]) <= _now()
        return Difference(expired=_OUTPUTS if changed or due else frozenset())

    @override
    async def create(self, args: SelfSignedCertificateArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Make a pair."""
        return uuid.uuid4().hex, _issued(args)

    @override
    async def update(
        self, args: SelfSignedCertificateArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """Make another pair."""
        return _issued(args)

    @override
    async def read(self, args: SelfSignedCertificateArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The pair as it is recorded; there is nowhere else to look."""
        return dict(outputs) | {"privateKey": fields.Secret(handle=None, value=outputs["privateKey"])}


def _check_days(args: SelfSignedCertificateArgs, problems: errors.Problems) -> None:
    valid, before = args.validity_days, args.renew_before_days
    if isinstance(valid, int) and not 2 <= valid <= 36500:
        problems.add("validityDays", f"{valid} is not a number of days from 2 to 36500")
    elif isinstance(before, int) and before < 1:
        problems.add("renewBeforeDays", f"{before} is not a number of days from 1")
    elif isinstance(valid, int) and isinstance(before, int) and before >= valid:
        problems.add("renewBeforeDays", f"{before} is not fewer than `validityDays`, which is {valid}")


def _issued(args: Any) -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    start = _now()
    end = start + datetime.timedelta(days=args.validity_days)
    certificate = _signed(args.common_name, args.dns_names, key, start - _VALID_BEFORE, end)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "expires": end.isoformat(),
        "privateKey": fields.Secret(handle=None, value=private.decode()),
        "renewFrom": (end - datetime.timedelta(days=args.renew_before_days)).isoformat(),
    }


def _signed(
    common_name: str,
    dns_names: list[str],
    key: ec.EllipticCurvePrivateKey,
    start: datetime.datetime,
    end: datetime.datetime,
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=True, **_OTHER_USAGES), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in dns_names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)
