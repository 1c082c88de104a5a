"""Collects the statistics of every database after `pg_upgrade`, as `postgres` and in databases of others.

For that, PostgreSQL computes the expressions of indexes and of extended statistics, as the owner of the table. A
function of the owner that raises, or does not return, stops `vacuumdb`, and no database after that one is analyzed.
Then each table is analyzed by itself.
"""

import json
from typing import Any

from tau import errors

NOT_ANALYZED = "not analyzed "
"""Start of a line about a table without all of its statistics: JSON of database, table and reason."""

_LONGEST_REASON = 200
_NAMED = 10

# Other kinds of relations have no rows of their own. Without a list of columns ANALYZE computes expressions, with one
# it does not, and what queries need most is there.
_TABLES = """\
SELECT oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'm') AND relpersistence <> 't' ORDER BY oid
"""
_COLUMNS = """\
SELECT pg_catalog.string_agg(pg_catalog.quote_ident(attname), ', ' ORDER BY attnum) FROM pg_catalog.pg_attribute
    WHERE attrelid = failed.oid AND attnum > 0 AND NOT attisdropped
"""
# `others` are all but the first two.
_EVERYTHING = "query_canceled OR assert_failure OR others"
_ALONE = f"""\
CREATE TEMPORARY TABLE tau_failed (oid pg_catalog.oid, reason pg_catalog.text);
SELECT pg_catalog.format('DO %L', pg_catalog.format(
  'BEGIN ANALYZE %s; EXCEPTION WHEN {_EVERYTHING} THEN INSERT INTO pg_temp.tau_failed VALUES (%s, SQLERRM); END',
  listed.oid::pg_catalog.regclass, listed.oid)) FROM ({_TABLES.strip()}) AS listed
\\gexec
SELECT pg_catalog.format('DO %L', pg_catalog.format(
  'BEGIN ANALYZE %s (%s); EXCEPTION WHEN {_EVERYTHING} THEN NULL; END',
  failed.oid::pg_catalog.regclass, ({_COLUMNS.strip()}))) FROM pg_temp.tau_failed AS failed
\\gexec
SELECT '{NOT_ANALYZED}' || pg_catalog.json_build_array(pg_catalog.current_database(),
  oid::pg_catalog.regclass::pg_catalog.text, pg_catalog."left"(reason, {_LONGEST_REASON}))
  FROM pg_temp.tau_failed AS failed WHERE EXISTS (SELECT FROM pg_catalog.pg_class WHERE pg_class.oid = failed.oid)
  ORDER BY oid;
"""


def script(*, seconds: int, missing_only: bool) -> str:
    """Shell script that collects statistics; an expression has so many seconds until its table counts as failed."""
    only = " --missing-stats-only" if missing_only else ""
    return f"""\
set -eu
export PGOPTIONS="$PGOPTIONS -c statement_timeout={seconds}s -c client_min_messages=error"
vacuumdb --all --analyze-in-stages --quiet{only} && exit 0
ask() {{ psql -XAtq -v ON_ERROR_STOP=1 "$@"; }}
oids=$(ask -d postgres -c 'SELECT oid FROM pg_catalog.pg_database WHERE datallowconn ORDER BY datname')
for oid in $oids; do
  name=$(ask -d postgres -c "SELECT datname::pg_catalog.text || '.' FROM pg_catalog.pg_database WHERE oid = $oid")
  PGDATABASE="${{name%.}}" ask <<'SQL'
{_ALONE.rstrip()}
SQL
done
"""


def failed(written: str) -> list[str]:
    """The tables without all of their statistics, with the reasons, of what the script has written."""
    lines = [line for line in written.splitlines() if line.startswith(NOT_ANALYZED)]
    return [_shown(line.removeprefix(NOT_ANALYZED)) for line in lines]


def warning(subject: str, tables: list[str]) -> str:
    """What the user is told about those tables."""
    more = f"; and {len(tables) - _NAMED} more" if len(tables) > _NAMED else ""
    return (
        f"{subject} is upgraded, but these tables lack statistics, which makes queries slow, as PostgreSQL could not "
        f"compute an expression of an index or of extended statistics: {'; '.join(tables[:_NAMED])}{more}. Correct the "
        "function that it calls, then run ANALYZE on the table"
    )


def _shown(text: str) -> str:
    try:
        row: Any = json.loads(text)
        database, table, reason = row
    except (ValueError, TypeError):
        raise errors.ClusterError(f"the collection of statistics wrote {text[:100]!r}") from None
    return _printable(f"{table} in database {database} ({reason})")


def _printable(text: str) -> str:
    """One line without control characters, as names and reasons are of an owner's making."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
