"""One query with the Python driver that the argument names: by DATABASE_URL, or by DB_* where it ends in "-parts"."""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Any

QUERY = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
URL = os.environ["DATABASE_URL"]
HOST, PORT, NAME, USER, PASSWORD = (os.environ[f"DB_{part}"] for part in ("HOST", "PORT", "NAME", "USER", "PASSWORD"))


def psycopg(*arguments: Any, **options: Any) -> Any:
    import psycopg

    return psycopg.connect(*arguments, **options).execute(QUERY).fetchone()


def psycopg2() -> Any:
    import psycopg2

    cursor = psycopg2.connect(URL).cursor()
    cursor.execute(QUERY)
    return cursor.fetchone()


def asyncpg(*arguments: Any, **options: Any) -> Any:
    import asyncpg

    async def row() -> Any:
        return tuple(await (await asyncpg.connect(*arguments, **options)).fetchrow(QUERY))

    return asyncio.run(row())


def sqlalchemy(url: Any) -> Any:
    from sqlalchemy import create_engine, text

    with create_engine(url).connect() as connection:
        return connection.execute(text(QUERY)).one()


def sqlalchemy_asyncpg(url: Any) -> Any:
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    async def row() -> Any:
        async with create_async_engine(url).connect() as connection:
            return (await connection.execute(text(QUERY))).one()

    return asyncio.run(row())


def with_sqlalchemy(connect: Callable[[Any], Any], driver: str) -> Any:
    from sqlalchemy import URL as Address

    address = Address.create(f"postgresql+{driver}", USER, PASSWORD, HOST, int(PORT), NAME)
    return connect(address)


def django(database: dict[str, Any]) -> Any:
    from django.conf import settings
    from django.db import connection

    settings.configure(DATABASES={"default": database})
    with connection.cursor() as cursor:
        cursor.execute(QUERY)
        return cursor.fetchone()


def django_by_url() -> Any:
    import dj_database_url

    return django(dict(dj_database_url.config()))


PARTS = {"host": HOST, "port": PORT, "user": USER, "password": PASSWORD}
DJANGO = {"HOST": HOST, "PORT": PORT, "USER": USER, "PASSWORD": PASSWORD, "NAME": NAME}
CLIENTS: dict[str, Callable[[], Any]] = {
    "psycopg": lambda: psycopg(URL),
    "psycopg-parts": lambda: psycopg(dbname=NAME, **PARTS),
    "psycopg2": psycopg2,
    "asyncpg": lambda: asyncpg(URL),
    "asyncpg-parts": lambda: asyncpg(database=NAME, **PARTS),
    "sqlalchemy": lambda: sqlalchemy(URL.replace("postgresql://", "postgresql+psycopg://")),
    "sqlalchemy-asyncpg": lambda: sqlalchemy_asyncpg(URL.replace("postgresql://", "postgresql+asyncpg://")),
    "sqlalchemy-asyncpg-parts": lambda: with_sqlalchemy(sqlalchemy_asyncpg, "asyncpg"),
    "django": django_by_url,
    "django-parts": lambda: django({"ENGINE": "django.db.backends.postgresql", **DJANGO}),
}

if __name__ == "__main__":
    try:
        ssl, version = CLIENTS[sys.argv[1]]()
    except Exception as failure:
        sys.exit(f"{type(failure).__name__}: {failure}")
    print(str(ssl).lower(), version)
