"""`tau.database.connection`: what applications connect with means the same to every client."""

import string
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg.conninfo
import pytest
import sqlalchemy
from hypothesis import example, given
from hypothesis import strategies as st

from tau import fields
from tau.database import connection
from tests.unit import arguments
from tests.unit.evaluation import evaluated

PRINTABLE_ASCII = "".join(chr(number) for number in range(32, 127))
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=63)
PARTS: dict[str, Any] = {"host": "main-rw.apps.svc", "port": 5432}


def by_urllib(url: str) -> tuple[Any, ...]:
    parts = urlsplit(url)
    assert parts.username is not None
    assert parts.password is not None
    return parts.hostname, parts.port, unquote(parts.path[1:]), unquote(parts.username), unquote(parts.password)


def by_libpq(url: str) -> tuple[Any, ...]:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    assert parts["sslmode"] == "require"
    return parts["host"], int(parts["port"] or 0), parts["dbname"], parts["user"], parts["password"]


def by_sqlalchemy(url: str) -> tuple[Any, ...]:
    parts = sqlalchemy.make_url(url)
    assert parts.query["sslmode"] == "require"
    return parts.host, parts.port, parts.database, parts.username, parts.password


@pytest.mark.parametrize("read", [by_urllib, by_libpq, by_sqlalchemy])
@given(password=arguments.PASSWORDS, database=NAMES, username=NAMES)
@example(password=PRINTABLE_ASCII, database="shop", username="shop")
@example(password="%2F+ %", database="a/b?c#d", username="a:b@c")
def test_the_url_gives_every_client_what_was_put_in(read: Any, password: str, database: str, username: str) -> None:
    url = connection.url(**PARTS, database=database, username=username, password=password)
    assert read(url) == (PARTS["host"], PARTS["port"], database, username, password)


@pytest.mark.parametrize("character", PRINTABLE_ASCII)
def test_a_password_may_hold_any_printable_character(character: str) -> None:
    for password in (character, f"a{character}b", character * 3):
        url = connection.url(**PARTS, database="d", username="u", password=password)
        assert [read(url)[-1] for read in (by_urllib, by_libpq, by_sqlalchemy)] == [password] * 3
        assert set(url) <= set(string.ascii_letters + string.digits + "-._~:/?#[]@!$&'()*+,;=%")


@given(password=arguments.PASSWORDS, database=NAMES, username=NAMES)
@example(password=PRINTABLE_ASCII, database="shop", username="shop")
def test_the_jdbc_url_gives_back_what_was_put_in(password: str, database: str, username: str) -> None:
    url = connection.jdbc_url(**PARTS, database=database, username=username, password=password)
    parts = urlsplit(url.removeprefix("jdbc:"))
    assert (parts.hostname, parts.port, unquote(parts.path[1:])) == (PARTS["host"], PARTS["port"], database)
    query = parse_qs(parts.query, strict_parsing=True)
    assert query == {"user": [username], "password": [password], "sslmode": ["require"]}


def test_a_container_gets_a_jdbc_url_without_credentials() -> None:
    url = connection.verified_jdbc_url("main-rw.apps.svc", 5432, "a/b?c$(D)")
    parts = urlsplit(url.removeprefix("jdbc:"))
    assert (parts.hostname, parts.port, unquote(parts.path[1:])) == ("main-rw.apps.svc", 5432, "a/b?c$(D)")
    assert parse_qs(parts.query) == {"sslmode": ["verify-full"], "sslrootcert": ["/etc/tau/database-ca/ca.crt"]}
    assert "$" not in url


def data(**changed: Any) -> dict[str, Any]:
    """Data of a connection Secret."""
    given_values: dict[str, Any] = {"database": "d", "username": "u", "password": "p/w", "ca_certificate": "PEM"}
    return connection.secret_data(**PARTS, **(given_values | changed))


def test_the_secret_speaks_to_libpq_jdbc_and_applications() -> None:
    assert data() == {
        "url": "postgresql://u:p%2Fw@main-rw.apps.svc:5432/d?sslmode=require",
        "jdbc-url": "jdbc:postgresql://main-rw.apps.svc:5432/d?user=u&password=p%2Fw&sslmode=require",
        "host": "main-rw.apps.svc",
        "port": "5432",
        "database": "d",
        "username": "u",
        "password": "p/w",
        "PGHOST": "main-rw.apps.svc",
        "PGPORT": "5432",
        "PGDATABASE": "d",
        "PGUSER": "u",
        "PGPASSWORD": "p/w",
        "PGSSLMODE": "require",
        "ca.crt": "PEM",
    }


def test_a_password_that_is_known_later_gives_the_same_secret() -> None:
    later = data(password=fields.Deferred(handle="p/w"))
    assert isinstance(later["url"], fields.Computed)
    assert evaluated(later) == data()


def test_environment_entries_refer_to_the_secret_and_hold_no_value() -> None:
    entries = connection.environment("shop-connection")
    assert [entry["name"] for entry in entries] == [
        "DATABASE_URL",
        "DB_HOST",
        "DB_PORT",
        "DB_NAME",
        "DB_USER",
        "DB_PASSWORD",
    ]
    for entry in entries:
        assert set(entry) == {"name", "valueFrom"}
        assert entry["valueFrom"]["secretKeyRef"]["name"] == "shop-connection"
        assert entry["valueFrom"]["secretKeyRef"]["key"] in data()
