"""How an application connects to a database: URL, Secret and environment.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS for the URL and its encoding.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tau.fields import Input, lift

SSL_MODE = "require"
"""What a URL asks for: libraries understand no other mode alike, and some refuse every further parameter."""
VERIFIED_SSL_MODE = "verify-full"
CA_FOLDER = "/etc/tau/database-ca"
CA_FILE = "ca.crt"
CA_PATH = f"{CA_FOLDER}/{CA_FILE}"
"""Where the container of an application finds the CA's certificate of its databases."""

_ENVIRONMENT = {
    "DATABASE_URL": "url",
    "DB_HOST": "host",
    "DB_PORT": "port",
    "DB_NAME": "database",
    "DB_USER": "username",
    "DB_PASSWORD": "password",
}


def url(*, host: str, port: int, database: str, username: str, password: str) -> str:
    """A URL that libpq and every library with its syntax understands."""
    user, secret, name = (quote(part, safe="") for part in (username, password, database))
    return f"postgresql://{user}:{secret}@{host}:{port}/{name}?sslmode={SSL_MODE}"


def jdbc_url(*, host: str, port: int, database: str, username: str, password: str) -> str:
    """A URL for PostgreSQL's JDBC driver."""
    user, secret, name = (quote(part, safe="") for part in (username, password, database))
    return f"jdbc:postgresql://{host}:{port}/{name}?user={user}&password={secret}&sslmode={SSL_MODE}"


def verified_jdbc_url(host: str, port: int, database: str) -> str:
    """The same without credentials, for the container of an application, as this driver reads no environment."""
    place = f"{host}:{port}/{quote(database, safe='')}"
    return f"jdbc:postgresql://{place}?sslmode={VERIFIED_SSL_MODE}&sslrootcert={CA_PATH}"


def secret_data(
    *,
    host: Input[str],
    port: int,
    database: Input[str],
    username: Input[str],
    password: Input[str],
    ca_certificate: Input[str],
) -> dict[str, Input[str]]:
    """Everything that a client may want, under the names that clients look for."""

    def built(render: Any) -> Input[str]:
        def call(at: str, db: str, user: str, secret: str) -> str:
            return str(render(host=at, port=port, database=db, username=user, password=secret))

        return lift(call, host, database, username, password)

    return {
        "url": built(url),
        "jdbc-url": built(jdbc_url),
        "host": host,
        "port": str(port),
        "database": database,
        "username": username,
        "password": password,
        "PGHOST": host,
        "PGPORT": str(port),
        "PGDATABASE": database,
        "PGUSER": username,
        "PGPASSWORD": password,
        "PGSSLMODE": SSL_MODE,
        CA_FILE: ca_certificate,
    }


def environment(secret_name: Input[str], prefix: str = "") -> list[Mapping[str, Any]]:
    """`env` entries of a container, named with a prefix; each refers to the Secret, none holds a value."""
    return [
        {"name": prefix + variable, "valueFrom": {"secretKeyRef": {"name": secret_name, "key": key}}}
        for variable, key in _ENVIRONMENT.items()
    ]
