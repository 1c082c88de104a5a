"""`tau.store.s3`: what a Store must look like, and what is made of it."""

import dataclasses
from typing import Any

import pytest

from tau import errors, fields
from tau.archive.script import store as archive_store
from tau.credentials import certificate_pair
from tau.store import s3
from tau.types.postgres import Store

NAS = Store(
    endpoint="http://backups.default.svc:7070",
    bucket="postgres",
    access_key_id=fields.Secret(handle=None, value="id"),
    secret_access_key=fields.Secret(handle=None, value="must-stay-hidden"),
)


def hidden(value: object) -> fields.Secret:
    """A secret as it arrives."""
    return fields.Secret(handle=None, value=value)


def test_all_but_the_keys_is_opened_where_it_is_known() -> None:
    unknown = fields.Deferred(handle=None)
    given = dataclasses.replace(NAS, endpoint=hidden(NAS.endpoint), bucket=hidden("postgres"), region=unknown)
    opened = s3.public(given)
    assert (opened.endpoint, opened.bucket, opened.prefix) == (NAS.endpoint, "postgres", None)
    assert opened.region is unknown
    assert opened.access_key_id is given.access_key_id
    assert opened.secret_access_key is given.secret_access_key


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"access_key_id": "other", "secret_access_key": "another", "region": "eu-1"}, True),
        ({"endpoint": "https://Backups.default.svc:7070/"}, True),
        ({"endpoint": "http://renamed.default.svc:7070"}, False),
        ({"bucket": "elsewhere"}, False),
        ({"prefix": "home"}, False),
        ({"location": "nfs://nas.local/volume1/backups"}, False),
    ],
)
def test_a_store_is_the_same_where_its_keys_are_others_and_not_where_it_lies_elsewhere(
    change: dict[str, Any], same: bool
) -> None:
    assert (s3.location(dataclasses.replace(NAS, **change)) == s3.location(NAS)) is same


def test_behind_another_endpoint_the_same_location_is_the_same_store() -> None:
    known = dataclasses.replace(NAS, location="nfs://nas.local/volume1/backups")
    renamed = dataclasses.replace(known, endpoint="https://renamed.default.svc:7070")
    assert s3.location(known) == s3.location(renamed) == "nfs://nas.local/volume1/backups/postgres"


def test_a_good_store_has_no_problems() -> None:
    problems = errors.Problems()
    s3.check("s3", dataclasses.replace(NAS, prefix="home/postgres"), problems)
    s3.check("s3", dataclasses.replace(NAS, endpoint="https://s3.example.com"), problems)
    assert list(problems) == []


@pytest.mark.parametrize(
    ("field", "path", "value"),
    [
        ("endpoint", "s3.endpoint", "s3.example.com"),
        ("endpoint", "s3.endpoint", "ftp://s3.example.com"),
        ("endpoint", "s3.endpoint", "http://me:word@s3.example.com"),
        ("endpoint", "s3.endpoint", "http://s3.example.com:port"),
        ("bucket", "s3.bucket", "Postgres"),
        ("bucket", "s3.bucket", "a"),
        ("prefix", "s3.prefix", "/home"),
        ("prefix", "s3.prefix", "home/"),
        ("prefix", "s3.prefix", "../home"),
        ("region", "s3.region", ""),
        ("access_key_id", "s3.accessKeyId", hidden("")),
        ("secret_access_key", "s3.secretAccessKey", hidden("two words")),
    ],
)
def test_what_is_wrong_is_told_by_its_path_and_never_a_key(field: str, path: str, value: Any) -> None:
    problems = errors.Problems()
    s3.check("s3", dataclasses.replace(NAS, **{field: value}), problems)
    (problem,) = problems
    assert problem.path == path
    assert "two words" not in problem.reason


@pytest.mark.parametrize(("prefix", "expected"), [(None, "s3://postgres"), ("home/pg", "s3://postgres/home/pg")])
def test_archives_lie_below_the_prefix(prefix: str | None, expected: str) -> None:
    assert s3.destination(dataclasses.replace(NAS, prefix=prefix)) == expected


def test_keys_reach_the_plugin_by_a_secret_and_scripts_by_their_environment() -> None:
    assert s3.secret_data(NAS) == {
        "ACCESS_KEY_ID": NAS.access_key_id,
        "ACCESS_SECRET_KEY": NAS.secret_access_key,
        "REGION": "us-east-1",
    }
    plain = dataclasses.replace(NAS, access_key_id="id", secret_access_key="key")
    assert s3.environment(plain)["AWS_SECRET_ACCESS_KEY"] == "key"
    assert s3.environment(plain)["AWS_REQUEST_CHECKSUM_CALCULATION"] == "when_required"


CERTIFICATE = certificate_pair.issue("nas", ["nas.local"], 30).certificate
ON_TLS = dataclasses.replace(NAS, endpoint="https://nas.local:9000", ca_certificate=CERTIFICATE)


@pytest.mark.parametrize("value", [CERTIFICATE, hidden(CERTIFICATE), CERTIFICATE * 2, fields.Deferred(handle=None)])
def test_certificates_of_authorities_are_pem(value: Any) -> None:
    problems = errors.Problems()
    s3.check("s3", dataclasses.replace(ON_TLS, ca_certificate=value), problems)
    assert list(problems) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ca_certificate": ""}, "is not a certificate; use PEM"),
        ({"ca_certificate": "/etc/ssl/ca.pem"}, "is not a certificate; use PEM"),
        ({"ca_certificate": hidden("must-stay-hidden")}, "is not a certificate; use PEM"),
        ({"endpoint": "http://nas.local:9000"}, "write an `https` one, or remove `caCertificate`"),
    ],
)
def test_what_is_no_certificate_or_verifies_nothing_is_told(given: dict[str, Any], expected: str) -> None:
    problems = errors.Problems()
    s3.check("s3", dataclasses.replace(ON_TLS, **given), problems)
    (problem,) = problems
    assert problem.path == "s3.caCertificate"
    assert expected in problem.reason
    assert "must-stay-hidden" not in problem.reason


def test_certificates_reach_the_plugin_and_the_scripts_and_are_no_secret() -> None:
    assert s3.public(dataclasses.replace(ON_TLS, ca_certificate=hidden("pem"))).ca_certificate == "pem"
    assert s3.secret_data(ON_TLS)["ca.crt"] == CERTIFICATE
    assert s3.environment(ON_TLS)[archive_store.CA_VARIABLE] == CERTIFICATE
    assert archive_store.CA_VARIABLE not in s3.environment(NAS)


@pytest.mark.parametrize("endpoint", ["https://nas.local:9000", "http://NAS.local:9000/", "http://nas.local:9000"])
def test_an_endpoint_is_the_same_address_over_tls(endpoint: str) -> None:
    assert s3.address(endpoint) == "nas.local:9000"
