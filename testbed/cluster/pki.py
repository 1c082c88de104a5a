"""The cluster's certificates and kubeconfigs, made once for each cluster."""

import datetime
import ipaddress
import pathlib
from collections.abc import Sequence

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import oid

from testbed import identity, paths
from testbed.node import nodes

_ADMINISTRATORS = "system:masters"
_SERVER_NAMES = (
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "localhost",
)
# Name of the file -> (user, group) that the API server sees.
_CLIENTS = {
    "admin": ("admin", _ADMINISTRATORS),
    "api-server-to-kubelet": ("kube-apiserver-kubelet-client", _ADMINISTRATORS),
    "controller-manager": ("system:kube-controller-manager", ""),
    "scheduler": ("system:kube-scheduler", ""),
    "kube-proxy": ("system:kube-proxy", ""),
    "front-proxy": ("front-proxy-client", ""),
    "node1": ("system:node:node1", "system:nodes"),
    "node2": ("system:node:node2", "system:nodes"),
}
_WITH_KUBECONFIG = ("admin", "controller-manager", "scheduler", "kube-proxy", "node1", "node2")


def file(name: str) -> str:
    """The path of a certificate, key or kubeconfig, as daemons take it."""
    return str(_folder() / name)


def kubeconfig(user: str) -> str:
    """The path of a user's kubeconfig."""
    return file(f"{user}.kubeconfig")


def admin_kubeconfig() -> pathlib.Path:
    """What people and tests use."""
    return paths.state() / "kubeconfig"


def ensure() -> None:
    """Make everything, unless an earlier run finished doing so."""
    if admin_kubeconfig().exists():
        return
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    authority_key = _new_key("ca")
    authority = _certificate("ca", "tau-bed", "", authority_key.public_key(), issuer=None, signer=authority_key)
    _new_key("service-account", public=True)
    addresses = [identity.bed_address(), nodes.FIRST.address, nodes.KUBERNETES_SERVICE, "127.0.0.1"]
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in _SERVER_NAMES]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    key = _new_key("api-server")
    _certificate(
        "api-server",
        "kube-apiserver",
        "",
        key.public_key(),
        issuer=authority,
        signer=authority_key,
        names=names,
    )
    for client, (user, group) in _CLIENTS.items():
        key = _new_key(client)
        _certificate(client, user, group, key.public_key(), issuer=authority, signer=authority_key)
    for user in _WITH_KUBECONFIG:
        _write(pathlib.Path(kubeconfig(user)), yaml.safe_dump(_kubeconfig(user)).encode())
    # Last, because its presence says that all of the above is there.
    _write(admin_kubeconfig(), pathlib.Path(kubeconfig("admin")).read_bytes())


def _folder() -> pathlib.Path:
    return paths.state() / "pki"


def _write(path: pathlib.Path, content: bytes) -> None:
    unfinished = path.with_name(path.name + ".new")
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _new_key(name: str, *, public: bool = False) -> ec.EllipticCurvePrivateKey:
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(_folder() / f"{name}.key", private)
    if public:
        pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        _write(_folder() / f"{name}.pub", pem)
    return key


def _certificate(
    name: str,
    user: str,
    group: str,
    key: ec.EllipticCurvePublicKey,
    *,
    issuer: x509.Certificate | None,
    signer: ec.EllipticCurvePrivateKey,
    names: Sequence[x509.GeneralName] = (),
) -> x509.Certificate:
    """A certificate of the cluster's authority; without an issuer, the authority's own."""
    attributes = [x509.NameAttribute(oid.NameOID.COMMON_NAME, user)]
    if group:
        attributes.append(x509.NameAttribute(oid.NameOID.ORGANIZATION_NAME, group))
    subject = x509.Name(attributes)
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if issuer:
        usage = oid.ExtendedKeyUsageOID.SERVER_AUTH if names else oid.ExtendedKeyUsageOID.CLIENT_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = builder.sign(signer, hashes.SHA256())
    _write(_folder() / f"{name}.crt", certificate.public_bytes(serialization.Encoding.PEM))
    return certificate


def _kubeconfig(user: str) -> dict[str, object]:
    cluster = {"server": nodes.api_server(), "certificate-authority": file("ca.crt")}
    credentials = {"client-certificate": file(f"{user}.crt"), "client-key": file(f"{user}.key")}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "tau-bed", "cluster": cluster}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": "tau-bed", "context": {"cluster": "tau-bed", "user": user}}],
        "current-context": "tau-bed",
    }
