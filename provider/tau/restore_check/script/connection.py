"""Connections to the restored server, and what it says on them."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

from tau.resource.script import superuser_session
from tau.restore_check.script.failure import CheckFailed, Deadline

Connect = Callable[[str], Any]
"""Connects to a database, with autocommit."""

_CANCELLED = "57014"
_SECONDS_TO_GET_IN = 90
_SECONDS_BETWEEN = 2


@dataclasses.dataclass(frozen=True, repr=False)
class Restored:
    """The restored server, as `postgres` and as `reader`, who is made for the query; both have the same password."""

    host: str
    password: str
    reader: str
    deadline: Deadline

    def superuser(self, database: str) -> Any:
        """A connection of `postgres`, for what only it may read."""
        return self._connection("postgres", database, superuser_session.options(statement_timeout=self._milliseconds))

    def reading(self, database: str) -> Any:
        """A connection of the reader, which changes nothing."""
        options = f"-c default_transaction_read_only=on -c statement_timeout={self._milliseconds}"
        return self._connection(self.reader, database, options)

    @property
    def _milliseconds(self) -> str:
        return str(int(self.deadline.seconds * 1000))

    def _connection(self, user: str, database: str, options: str) -> Any:
        """Password and server prove themselves to each other, over TLS."""
        import psycopg2

        made = psycopg2.connect(
            host=self.host,
            dbname=database,
            user=user,
            password=self.password,
            sslmode="require",
            channel_binding="require",
            connect_timeout=10,
            application_name="restore-check",
            options=options,
        )
        made.autocommit = True
        return made


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


def rows(connection: Any, statement: str, values: object = None) -> list[Any]:
    """What a statement returns; nothing for one that returns no rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def words(failure: BaseException) -> str:
    """The server's own message, in one line."""
    diagnosis = getattr(failure, "diag", None)
    return " ".join((getattr(diagnosis, "message_primary", None) or str(failure)).split())


def late(failure: BaseException, deadline: Deadline) -> str | None:
    """That the time was up, where that is why a statement failed."""
    cancelled = getattr(failure, "pgcode", None) == _CANCELLED
    return f"not finished within {deadline.minutes} minutes" if cancelled else None
