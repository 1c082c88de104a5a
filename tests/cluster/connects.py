"""An application that opens 20 connections a second, and keeps count of those that it did not get.

It connects with the URL that DATABASE_URL holds, or the file that its first argument names, which it reads each time.
The count goes through one connection that is kept from the start, into a table; `/` says how it stands.
"""

import http.server
import json
import os
import pathlib
import signal
import sys
import threading
import time
from typing import Any

import psycopg2

_TABLE = "CREATE TABLE IF NOT EXISTS tally (pod text PRIMARY KEY, good int, bad int, first_failure text)"
_COUNT = (
    "INSERT INTO tally VALUES (%(pod)s, %(good)s, %(bad)s, %(failure)s) ON CONFLICT (pod) DO UPDATE "
    "SET good = EXCLUDED.good, bad = EXCLUDED.bad, first_failure = EXCLUDED.first_failure"
)
_SECONDS_BETWEEN = 0.05


class Tally:
    """What came of the connections so far."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {"pod": os.environ["HOSTNAME"], "good": 0, "bad": 0, "failure": ""}
        self._kept = psycopg2.connect(url())
        self._kept.autocommit = True
        self._lock = threading.Lock()
        with self._kept.cursor() as cursor:
            cursor.execute(_TABLE)

    def try_one(self) -> None:
        """Open a connection, use it, close it."""
        try:
            connection = psycopg2.connect(url(), connect_timeout=5)
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            connection.close()
            self.found["good"] += 1
        except (OSError, psycopg2.Error) as failure:
            self.found["bad"] += 1
            self.found["failure"] = self.found["failure"] or str(failure)

    def write(self) -> None:
        """Put the count into the table."""
        with self._lock, self._kept.cursor() as cursor:
            cursor.execute(_COUNT, self.found)


def url() -> str:
    """With what to connect now."""
    return pathlib.Path(sys.argv[1]).read_text() if len(sys.argv) > 1 else os.environ["DATABASE_URL"]


def go_on(tally: Tally) -> None:
    """Connect and count, without end."""
    due = time.monotonic()
    while True:
        tally.try_one()
        if tally.found["good"] % 10 == 0:
            tally.write()
        due = max(due + _SECONDS_BETWEEN, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the count."""

    def do_GET(self) -> None:
        text = json.dumps(TALLY.found).encode()
        self.send_response(200 if TALLY.found["good"] else 500)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet."""


def leave(*_: Any) -> None:
    """Write the last count."""
    TALLY.write()
    os._exit(0)


if __name__ == "__main__":
    TALLY = Tally()
    signal.signal(signal.SIGTERM, leave)
    threading.Thread(target=go_on, args=(TALLY,), daemon=True).start()
    http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
