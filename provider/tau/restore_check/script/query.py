"""Runs the user's query in a restored database: as its owner, and read only.

What the query calls may be the owner's, such as a function in a view. `SET ROLE` in a session of `postgres` would be no
fence, as that function may `RESET ROLE`; so a role of this run logs in, which is nothing but a member of the owner.
"""

from typing import Any

from tau.restore_check.script.connection import Connect, Restored, late, rows, words
from tau.restore_check.script.failure import CheckFailed, Deadline

# The password is that of `postgres`, as it is stored: no second one has to be made, and none is in a statement. Who may
# do anything is not joined, so a superuser's database is read with the right to read all data.
_MAKE = """
    SELECT format('CREATE ROLE %%I LOGIN PASSWORD %%L IN ROLE %%I', %(reader)s, superuser.rolpassword, joined),
        format('ALTER ROLE %%I SET role = %%L', %(reader)s, joined),
        format('GRANT CONNECT ON DATABASE %%I TO %%I', datname, %(reader)s)
    FROM pg_database JOIN pg_authid AS owner ON owner.oid = datdba
    CROSS JOIN LATERAL (SELECT CASE WHEN owner.rolsuper THEN 'pg_read_all_data' ELSE owner.rolname END AS joined) AS _
    JOIN pg_authid AS superuser ON superuser.rolname = 'postgres'
    WHERE datname = %(database)s
"""
_UNLOGGED = "SET log_statement = none"


def run(server: Restored, database: str, text: str, deadline: Deadline) -> None:
    """Run the user's query, which has to return a row."""
    try:
        make_reader(server.superuser, server.reader, database)
        row = _first(server.reading(database), text)
    except CheckFailed:
        raise
    except Exception as failure:
        unfinished = late(failure, deadline)
        raise CheckFailed(f"the query in database {database}: {unfinished or words(failure)}") from failure
    if row is None:
        raise CheckFailed(f"the query in database {database} returned no row")


def make_reader(connect: Connect, reader: str, database: str) -> None:
    """Make the role that the query runs as."""
    connection = connect("postgres")
    statements = rows(connection, _MAKE, {"reader": reader, "database": database})
    if not statements:
        raise CheckFailed(f"the query in database {database}: there is no such database")
    for statement in (_UNLOGGED, *statements[0]):
        rows(connection, statement)
    connection.close()


def _first(connection: Any, text: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(text)
        row = cursor.fetchone() if cursor.description else None
    connection.close()
    return row
