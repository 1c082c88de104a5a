"""Reads everything that a restored server holds, so that damage shows: every page, row and entry of an index.

Nothing of what is read leaves the server. https://www.postgresql.org/docs/current/amcheck.html,
https://www.postgresql.org/docs/current/pgprewarm.html
"""

import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import Any

from tau.scripts.restore_check.failure import CheckFailed, Deadline

Connect = Callable[[str], Any]
"""Makes a connection to a database, with autocommit."""

_CANCELLED = "57014"
_SECONDS_TO_GET_IN = 90
_SECONDS_BETWEEN = 2
_TOOLS = ("amcheck", "pg_prewarm")
# A function that somebody put before PostgreSQL's own would run as the superuser.
_ONLY_WHAT_IS_NAMED = "SET search_path = ''"
_DATABASES = "SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname"
_AVAILABLE = "SELECT name FROM pg_available_extensions WHERE name = ANY(%s)"
_SCHEMA = (
    "SELECT quote_ident(nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = %s"
)
_RELATIONS = """
    SELECT c.oid, format('%I.%I', n.nspname, c.relname), c.relkind::text, coalesce(a.amname, ''),
        coalesce(i.indisvalid, false)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_am a ON a.oid = c.relam LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.relkind IN ('r', 'm', 't', 'i', 'S') AND c.relpersistence <> 't'
    ORDER BY c.relkind = 'i', c.oid
"""


@dataclasses.dataclass(frozen=True)
class Relation:
    """A table, index or the like; `kind` is that of pg_class, `method` its access method."""

    oid: int
    name: str
    kind: str
    method: str
    valid: bool


@dataclasses.dataclass(frozen=True)
class Server:
    """What was read: the size of all databases in bytes, which tools the image lacks, and where the log ended."""

    size: int
    missing: tuple[str, ...]
    end: int
    segment_size: int


def connecting(host: str, password: str, deadline: Deadline) -> Connect:
    """Connections as `postgres`; the password is proved to both sides, over TLS."""
    import psycopg2

    def connect(database: str) -> Any:
        milliseconds = int(deadline.seconds * 1000)
        made = psycopg2.connect(
            host=host,
            dbname=database,
            user="postgres",
            password=password,
            sslmode="require",
            channel_binding="require",
            connect_timeout=10,
            application_name="restore-check",
            options=f"-c statement_timeout={milliseconds} -c default_transaction_read_only=off",
        )
        made.autocommit = True
        return made

    return connect


def wait_for_login(connect: Connect) -> None:
    """The operator sets the password a moment after the server is up."""
    until = time.monotonic() + _SECONDS_TO_GET_IN
    while True:
        try:
            connect("postgres").close()
            return
        except CheckFailed:
            raise
        except Exception as refused:
            if time.monotonic() > until:
                raise CheckFailed(f"the restored server does not let the check in: {words(refused)}") from refused
            time.sleep(_SECONDS_BETWEEN)


def everything(connect: Connect, deadline: Deadline, tell: Callable[[str], None]) -> Server:
    """Read all databases; CheckFailed with the first damage that is found."""
    connection = connect("postgres")
    _rows(connection, _ONLY_WHAT_IS_NAMED)
    databases = [name for (name,) in _rows(connection, _DATABASES)]
    missing = set(_TOOLS) - {name for (name,) in _rows(connection, _AVAILABLE, (list(_TOOLS),))}
    for database in databases:
        tell(f"reading database {database}")
        _database(connect, database, tools=[tool for tool in _TOOLS if tool not in missing], deadline=deadline)
    [(size,)] = _rows(connection, "SELECT sum(pg_database_size(oid))::bigint FROM pg_database")
    end, segment = _end_of_recovery(connection)
    connection.close()
    return Server(int(size), tuple(sorted(missing)), end, segment)


def _database(connect: Connect, database: str, *, tools: list[str], deadline: Deadline) -> None:
    connection = connect(database)
    _rows(connection, _ONLY_WHAT_IS_NAMED)
    schemas: dict[str, str] = {}
    for tool in tools:
        _rows(connection, f"CREATE EXTENSION IF NOT EXISTS {tool} SCHEMA pg_catalog")
        _rows(connection, f"ALTER EXTENSION {tool} UPDATE")
        [(schemas[tool],)] = _rows(connection, _SCHEMA, (tool,))
    for row in _rows(connection, _RELATIONS):
        relation = Relation(*row)
        for statement in statements(relation, schemas):
            try:
                damage = _rows(connection, statement)
            except Exception as failure:
                raise CheckFailed(_found(database, relation, failure, deadline)) from failure
            if damage and statement.startswith("SELECT blkno"):
                block, message = damage[0]
                raise CheckFailed(f"database {database}, {relation.name}, block {block}: {message}")
    connection.close()


def statements(relation: Relation, schemas: dict[str, str]) -> Iterator[str]:
    """What reads a relation; `schemas` says where each tool is that the server has."""
    amcheck, prewarm = schemas.get("amcheck"), schemas.get("pg_prewarm")
    if prewarm:
        yield f"SELECT {prewarm}.pg_prewarm({relation.oid}::regclass, 'buffer')"
    if relation.kind in "rm":
        yield f"COPY (SELECT * FROM ONLY {relation.name}) TO '/dev/null'"
    if amcheck and relation.kind in "rmt" and relation.method == "heap":
        yield f"SELECT blkno, msg FROM {amcheck}.verify_heapam({relation.oid}::regclass, true, true) LIMIT 1"
    if amcheck and relation.kind == "i" and relation.method == "btree" and relation.valid:
        yield f"SELECT {amcheck}.bt_index_parent_check({relation.oid}::regclass, true)"


def query(connect: Connect, database: str, text: str, deadline: Deadline) -> None:
    """Run the user's query, which has to return a row."""
    try:
        connection = connect(database)
        with connection.cursor() as cursor:
            cursor.execute(text)
            row = cursor.fetchone() if cursor.description else None
        connection.close()
    except CheckFailed:
        raise
    except Exception as failure:
        late = _late(failure, deadline)
        raise CheckFailed(f"the query in database {database}: {late or words(failure)}") from failure
    if row is None:
        raise CheckFailed(f"the query in database {database} returned no row")


def words(failure: BaseException) -> str:
    """The server's own message, in one line."""
    diagnosis = getattr(failure, "diag", None)
    return " ".join((getattr(diagnosis, "message_primary", None) or str(failure)).split())


def _found(database: str, relation: Relation, failure: Exception, deadline: Deadline) -> str:
    late = _late(failure, deadline)
    return f"{late}: reading {relation.name}" if late else f"database {database}, {relation.name}: {words(failure)}"


def _late(failure: BaseException, deadline: Deadline) -> str | None:
    cancelled = getattr(failure, "pgcode", None) == _CANCELLED
    return f"not finished within {deadline.minutes} minutes" if cancelled else None


def _end_of_recovery(connection: Any) -> tuple[int, int]:
    """Where replaying the log ended, and how large its segments are; the history of the new timeline tells."""
    [(timeline, segment)] = _rows(
        connection,
        "SELECT timeline_id, (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size')"
        " FROM pg_control_checkpoint()",
    )
    [(history,)] = _rows(connection, "SELECT pg_read_file(%s)", (f"pg_wal/{int(timeline):08X}.history",))
    return end_in(history), int(segment)


def end_in(history: str) -> int:
    """The place in the log at which the last timeline of a history file began."""
    lines = [line for line in history.splitlines() if line.strip() and not line.startswith("#")]
    high, _, low = lines[-1].split("\t")[1].partition("/")
    return int(high, 16) << 32 | int(low, 16)


def _rows(connection: Any, statement: str, values: tuple[Any, ...] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []
