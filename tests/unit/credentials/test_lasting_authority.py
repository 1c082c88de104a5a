"""`tau.credentials.lasting_authority`: one certificate for all renewals of a CA."""

import datetime
import ssl
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tau.credentials import lasting_authority

NAME = x509.Name(
    [
        x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "default"),
        x509.NameAttribute(x509.NameOID.COMMON_NAME, "main"),
    ]
)
SERVER = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "main-rw")])
EXPIRED = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def authority(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, start: datetime.datetime = EXPIRED, issuer: x509.Name = NAME
) -> str:
    """A CA as CloudNativePG makes it, for 90 days."""
    usage = x509.KeyUsage(False, False, False, False, False, True, False, False, False)
    builder = (
        x509.CertificateBuilder(issuer_name=issuer, subject_name=NAME, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=90))
        .add_extension(usage, critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def text(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def test_it_differs_from_the_authority_in_its_end_only() -> None:
    key = new_key()
    known, made = (
        x509.load_pem_x509_certificate(certificate.encode())
        for certificate in (authority(key), lasting_authority.reissued(authority(key), text(key)))
    )
    assert (made.subject, made.issuer, made.public_key()) == (known.subject, known.issuer, known.public_key())
    assert list(made.extensions) == list(known.extensions)
    assert made.not_valid_before_utc < known.not_valid_before_utc
    assert made.not_valid_after_utc.year == 9999


def test_every_renewal_gives_the_same_text() -> None:
    key = new_key()
    renewals = [authority(key, EXPIRED + datetime.timedelta(days=83 * count)) for count in range(3)]
    assert len({lasting_authority.reissued(certificate, text(key)) for certificate in renewals}) == 1


def test_another_key_gives_another_text() -> None:
    keys = new_key(), new_key()
    assert len({lasting_authority.reissued(authority(key), text(key)) for key in keys}) == 2


def test_it_verifies_what_the_authority_has_signed_after_its_own_end() -> None:
    key, server = new_key(), new_key()
    now = datetime.datetime.now(datetime.UTC)
    leaf = (
        x509.CertificateBuilder(issuer_name=NAME, subject_name=SERVER, public_key=server.public_key())
        .serial_number(2)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("main-rw")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    assert ended_handshake(lasting_authority.reissued(authority(key), text(key)), leaf, server) == "verified"
    assert "certificate has expired" in ended_handshake(authority(key), leaf, server)


def ended_handshake(trusted: str, leaf: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> str:
    """What a client says that trusts one certificate, in a handshake in memory."""
    client_context, server_context = ssl.create_default_context(cadata=trusted), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text(key) + leaf.public_bytes(serialization.Encoding.PEM).decode())
        file.flush()
        server_context.load_cert_chain(file.name)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(back, there, server_hostname="main-rw")
    server = server_context.wrap_bio(there, back, server_side=True)
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError as failure:
            return str(failure)
    return "verified"


def test_what_cannot_be_issued_again_stays_as_it_is() -> None:
    key = new_key()
    of_rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    below = authority(key, issuer=x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "root")]))
    for certificate, private in (
        ("PEM", ""),
        (authority(key), ""),
        (authority(key), text(new_key())),
        (authority(of_rsa), text(of_rsa)),
        (below, text(key)),
    ):
        assert lasting_authority.reissued(certificate, private) == certificate


def test_a_copy_serves_until_it_expires_or_the_key_changes() -> None:
    key = new_key()
    now = datetime.datetime.now(datetime.UTC)
    live, expired = authority(key, now), authority(key)
    assert lasting_authority.serves(authority(key, now - datetime.timedelta(days=80)), live)
    assert lasting_authority.serves(lasting_authority.reissued(expired, text(key)), live)
    assert not lasting_authority.serves(expired, live)
    assert not lasting_authority.serves(authority(new_key(), now), live)
    assert not lasting_authority.serves("", live)
    assert lasting_authority.serves("PEM", "PEM")
