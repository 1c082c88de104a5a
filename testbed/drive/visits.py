"""A small web application, which tests give to a Pod as a file: it counts visits in PostgreSQL, through psycopg2.

It connects with DATABASE_URL and, a second time, with DB_*; both connections stay open, as in a pool. The
variables may have the prefix that its first argument names. `/` counts a visit through each; `/healthz` says whether
both work.
"""

import http.server
import json
import os
import signal
import sys
import threading
from typing import Any

import psycopg2

PREFIX = sys.argv[1] if len(sys.argv) > 1 else ""
_PARTS = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
_MIGRATION = "CREATE TABLE IF NOT EXISTS visit (at timestamptz NOT NULL DEFAULT now())"
_VISIT = "INSERT INTO visit DEFAULT VALUES; SELECT count(*), current_user, current_database() FROM visit"


class Connection:
    """One connection, used by one request at a time."""

    def __init__(self, *arguments: str, **keywords: str) -> None:
        self._connection = psycopg2.connect(*arguments, **keywords)
        self._connection.autocommit = True
        self._lock = threading.Lock()
        self.row(_MIGRATION + "; SELECT 1")

    def row(self, statement: str) -> Any:
        """The first row of the last statement's result."""
        with self._lock, self._connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()


def connections() -> dict[str, Connection]:
    """A connection by URL and one by its parts."""
    parts = {name: os.environ[f"{PREFIX}DB_{variable}"] for name, variable in _PARTS.items()}
    return {
        "url": Connection(os.environ[f"{PREFIX}DATABASE_URL"]),
        "parts": Connection(sslmode="require", **parts),
    }


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with JSON; a failure of the database is a status of 500."""

    def do_GET(self) -> None:
        statement = "SELECT 1" if self.path == "/healthz" else _VISIT
        try:
            rows = {name: connection.row(statement) for name, connection in CONNECTIONS.items()}
        except psycopg2.Error as failure:
            self._answer(500, {"error": str(failure)})
            return
        self._answer(200, {**rows, "pod": os.environ["HOSTNAME"]})

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet."""


if __name__ == "__main__":
    # The first process of a container gets no signal that it does not ask for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    CONNECTIONS = connections()
    http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
