"""A table in which every row counts: one checksum tells whether a restore brought back exactly those of a moment."""

import dataclasses
import datetime
import time

from testbed.drive import kubernetes, waiting
from testbed.drive.share import Generation

_NOW = """SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
_CHECKSUM = "SELECT count(*) || ' ' || coalesce(md5(string_agg(id || text, ',' ORDER BY id)), '') FROM ledger"


@dataclasses.dataclass(frozen=True)
class Ledger:
    """The table in one database, used as the application would, with its URL."""

    client: kubernetes.Client
    url: str

    def create(self) -> None:
        """Make the empty table."""
        self.client.sql(self.url, "CREATE TABLE ledger (id bigint GENERATED ALWAYS AS IDENTITY, text text NOT NULL)")

    def write(self, rows: int = 500) -> str:
        """Add rows; the checksum of all."""
        self.client.sql(
            self.url, f"INSERT INTO ledger (text) SELECT md5(random()::text) FROM generate_series(1, {rows})"
        )
        return self.checksum()

    def forget_half(self) -> str:
        """The mistake: a DELETE with the wrong condition; the checksum of what is left."""
        self.client.sql(self.url, "DELETE FROM ledger WHERE id % 2 = 0")
        return self.checksum()

    def again(self) -> "Ledger":
        """The same once its server, which went away, lets its clients in: the Cluster is told to be Ready before."""
        waiting.until("the return of the server", lambda: self.client.try_sql(self.url, "SELECT 1").code == 0)
        return self

    def checksum(self) -> str:
        """How many rows there are, and a hash over all of them."""
        return self.client.sql(self.url, _CHECKSUM)


def now(server: kubernetes.Server) -> datetime.datetime:
    """The server's time, by which its log is dated; what is archived after this reaches it.

    A store dates its files by whole seconds, so that of a segment archived within the same second would be too early.
    """
    moment = datetime.datetime.fromisoformat(server.sql(_NOW)[0])
    time.sleep(1)
    return moment


def archive(server: kubernetes.Server, generation: Generation) -> str:
    """End the segment of the log that is being written, and wait for it on the share; its name."""
    segment = server.sql("SELECT pg_walfile_name(pg_switch_wal())")[0]
    waiting.until(f"the archiving of {segment}", lambda: segment in generation.segments())
    return segment


def number(segment: str) -> int:
    """The place of a segment in its timeline; of those of 16 MB there are 256 in each of its logs."""
    return int(segment[8:16], 16) * 256 + int(segment[16:24], 16)
