"""A Store: where an S3 service keeps backups. Rules for it, and what others need to read and write there.

https://cloudnative-pg.io/plugin-barman-cloud/docs/object_stores/
"""

import dataclasses
import re
from typing import Any
from urllib.parse import urlsplit

from tau import errors, fields
from tau.fields import Input, lift
from tau.kubernetes.kinds import object_store
from tau.types.postgres import Store
from tau.values import constraints

CA_VARIABLE = "STORE_CA_CERTIFICATE"
"""Environment variable with the text of the CA certificates, for tau's own scripts."""

CHECKSUMS = {"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required", "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required"}
"""Environment without which newer S3 clients send checksums that services other than Amazon's refuse."""

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
_CREDENTIALS = ("access_key_id", "secret_access_key")


def public(store: Store) -> Store:
    """The same Store with everything but its keys in the open.

    One secret field makes a whole object arrive as a secret; where its bucket lies is none.
    """
    opened: dict[str, Any] = {
        attribute.name: value.value
        for attribute in dataclasses.fields(store)
        if attribute.name not in _CREDENTIALS and isinstance(value := getattr(store, attribute.name), fields.Secret)
    }
    return dataclasses.replace(store, **opened)


def check(path: str, store: Store, problems: errors.Problems) -> None:
    """Note what is wrong with a Store, as far as it is known."""
    rules = {"endpoint": _endpoint, "bucket": _bucket, "prefix": _prefix, "region": _not_empty}
    constraints.check_each(problems, path, store, rules)
    constraints.check_each(problems, path, store, {"accessKeyId": _key, "secretAccessKey": _key}, show=False)

    if store.ca_certificate is not None:
        constraints.check(problems, f"{path}.caCertificate", store.ca_certificate, _certificates)
        constraints.check(problems, f"{path}.caCertificate", store.endpoint, _needs_no_certificate)


def _certificates(value: str) -> str | None:
    from cryptography import x509

    try:
        x509.load_pem_x509_certificates(value.encode())
    except ValueError:
        return "is not a certificate; use PEM, which starts with `-----BEGIN CERTIFICATE-----`"
    return None


def _needs_no_certificate(endpoint: str) -> str | None:
    if urlsplit(endpoint).scheme == "http":
        return "is the endpoint, whose traffic is not encrypted; write an `https` one, or remove `caCertificate`"
    return None


def _endpoint(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine or parts.username or parts.query or parts.fragment or any(letter.isspace() for letter in value):
        return "is not the URL of an S3 service; use for example `https://s3.example.com`"
    return None


def _bucket(value: str) -> str | None:
    if not _BUCKET.fullmatch(value):
        return "is not the name of a bucket; use 3 to 63 lower-case letters, digits, `-` and `.`"
    return None


def _prefix(value: str) -> str | None:
    if not _PREFIX.fullmatch(value) or {".", ".."} & set(value.split("/")):
        return "is not a path within a bucket; use for example `home/postgres`, without slashes at its ends"
    return None


def _not_empty(value: str) -> str | None:
    return None if value.strip() else "is empty; remove it or name one"


def _key(value: str) -> str | None:
    return None if value and value.isprintable() and " " not in value else "must be one word of printable characters"


def destination(store: Store) -> Input[str]:
    """URL below which every archive of the Store lies, without a slash at its end."""
    return lift(lambda bucket, prefix: f"s3://{bucket}/{prefix or ''}".rstrip("/"), store.bucket, store.prefix)


def address(endpoint: object) -> str:
    """Host and port of an endpoint, by which it is the same before and after its traffic is encrypted."""
    return urlsplit(str(endpoint)).netloc.lower()


def location(store: Store) -> str:
    """What tells a Store whose fields are all plain from another one; its keys and its region do not count."""
    behind = store.location or address(store.endpoint)
    return "/".join(str(part).strip("/") for part in (behind, store.bucket, store.prefix) if part)


def secret_data(store: Store) -> dict[str, Input[str]]:
    """What a Secret holds with which the Barman Cloud plugin reaches the Store."""
    authority = {} if store.ca_certificate is None else {object_store.CA_CERTIFICATE: store.ca_certificate}
    return {
        object_store.ACCESS_KEY: store.access_key_id,
        object_store.SECRET_KEY: store.secret_access_key,
        object_store.REGION: store.region,
        **authority,
    }


def environment(store: Store) -> dict[str, str]:
    """Environment with which boto3 and Barman reach a Store whose fields are all plain."""
    return {
        "AWS_ACCESS_KEY_ID": str(store.access_key_id),
        "AWS_SECRET_ACCESS_KEY": str(store.secret_access_key),
        "AWS_DEFAULT_REGION": str(store.region),
        **({} if store.ca_certificate is None else {CA_VARIABLE: str(store.ca_certificate)}),
        **CHECKSUMS,
    }
