"""Reads everything that a restored server holds, so that damage shows: every page, row and entry of an index.

Nothing of what is read leaves the server. https://www.postgresql.org/docs/current/amcheck.html,
https://www.postgresql.org/docs/current/pgprewarm.html. What the owners of databases have made does not run as
`postgres`: amcheck evaluates expressions of an index as the owner of its table, in a security-restricted operation.
"""

import dataclasses
from collections.abc import Callable, Collection, Iterator
from typing import Any

from tau.restore_check.script.connection import Connect, late, rows, words
from tau.restore_check.script.failure import CheckFailed, Deadline
from tau.values import wal_position

_TOOLS = ("amcheck", "pg_prewarm")
_DATABASES = "SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname"
_AVAILABLE = "SELECT name FROM pg_available_extensions WHERE name = ANY(%s)"
# Where an owner may make functions, one of theirs may match a call of a tool better than the tool's own.
_ELSEWHERE = "SELECT extname FROM pg_extension WHERE extname = %s AND extnamespace <> 'pg_catalog'::regnamespace"
_INDEX = "SELECT pg_catalog.bt_index_parent_check"
# Damage and other internal errors, a lack of resources, what an operator does to the server, the time-out, its disk.
_NOT_THE_OWNERS = ("XX", "53", "57", "58", "08")
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
    """What was read: the size of all databases in bytes, which tools the image lacks, and where WAL ended."""

    size: int
    missing: tuple[str, ...]
    end: int
    segment_size: int


def everything(connect: Connect, deadline: Deadline, tell: Callable[[str], None]) -> Server:
    """Read all databases; CheckFailed with the first damage that is found."""
    connection = connect("postgres")
    databases = [name for (name,) in rows(connection, _DATABASES)]
    missing = set(_TOOLS) - {name for (name,) in rows(connection, _AVAILABLE, (list(_TOOLS),))}
    for database in databases:
        tell(f"reading database {database}")
        present = [tool for tool in _TOOLS if tool not in missing]
        _database(connect, database, tools=present, deadline=deadline, tell=tell)
    [(size,)] = rows(connection, "SELECT sum(pg_database_size(oid))::bigint FROM pg_database")
    end, segment = _end_of_recovery(connection)
    connection.close()
    return Server(int(size), tuple(sorted(missing)), end, segment)


def _database(
    connect: Connect, database: str, *, tools: list[str], deadline: Deadline, tell: Callable[[str], None]
) -> None:
    connection = connect(database)
    for tool in tools:
        rows(connection, f"CREATE EXTENSION IF NOT EXISTS {tool} SCHEMA pg_catalog")
        if rows(connection, _ELSEWHERE, (tool,)):
            rows(connection, f"ALTER EXTENSION {tool} SET SCHEMA pg_catalog")
        rows(connection, f"ALTER EXTENSION {tool} UPDATE")
    for row in rows(connection, _RELATIONS):
        relation = Relation(*row)
        for statement in statements(relation, tools):
            try:
                damage = rows(connection, statement)
            except Exception as failure:
                if not _is_of_the_owner(failure, statement):
                    raise CheckFailed(_reason(database, relation, failure, deadline)) from failure
                tell(f"the expression of index {relation.name} fails, so it is not compared with its table")
                damage = _alone(connection, database, relation, deadline)
            if damage and statement.startswith("SELECT blkno"):
                block, message = damage[0]
                raise CheckFailed(f"database {database}, {relation.name}, block {block}: {message}")
    connection.close()


def statements(relation: Relation, tools: Collection[str]) -> Iterator[str]:
    """What reads a relation, with the tools that the server has."""
    if "pg_prewarm" in tools:
        yield f"SELECT pg_catalog.pg_prewarm({relation.oid}::regclass, 'buffer')"
    if relation.kind in "rm":
        yield f"COPY (SELECT * FROM ONLY {relation.name}) TO '/dev/null'"
    if "amcheck" in tools and relation.kind in "rmt" and relation.method == "heap":
        yield f"SELECT blkno, msg FROM pg_catalog.verify_heapam({relation.oid}::regclass, true, true) LIMIT 1"
    if "amcheck" in tools and relation.kind == "i" and relation.method == "btree" and relation.valid:
        yield f"{_INDEX}({relation.oid}::regclass, true)"


def _is_of_the_owner(failure: Exception, statement: str) -> bool:
    """Whether a function of the owner, in an expression of an index, is what failed; damage has codes of its own."""
    code = str(getattr(failure, "pgcode", None) or "")
    return statement.startswith(_INDEX) and bool(code) and code[:2] not in _NOT_THE_OWNERS


def _alone(connection: Any, database: str, relation: Relation, deadline: Deadline) -> list[Any]:
    """Check an index by itself, for which no expression is computed."""
    try:
        return rows(connection, f"{_INDEX}({relation.oid}::regclass, false)")
    except Exception as failure:
        raise CheckFailed(_reason(database, relation, failure, deadline)) from failure


def _reason(database: str, relation: Relation, failure: Exception, deadline: Deadline) -> str:
    unfinished = late(failure, deadline)
    if unfinished:
        return f"{unfinished}: reading {relation.name}"
    return f"database {database}, {relation.name}: {words(failure)}"


def _end_of_recovery(connection: Any) -> tuple[int, int]:
    """Where replaying WAL ended, and how large its segments are; the history of the new timeline tells."""
    [(timeline, segment)] = rows(
        connection,
        "SELECT timeline_id, (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size')"
        " FROM pg_control_checkpoint()",
    )
    [(history,)] = rows(connection, "SELECT pg_read_file(%s)", (f"pg_wal/{int(timeline):08X}.history",))
    return end_in(history), int(segment)


def end_in(history: str) -> int:
    """The place in WAL at which the last timeline of a history file began."""
    lines = [line for line in history.splitlines() if line.strip() and not line.startswith("#")]
    position = wal_position.parse(lines[-1].split("\t")[1])
    if position is None:
        raise ValueError(f"the history of the timeline ends with {lines[-1]!r}")
    return position
