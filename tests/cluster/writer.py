"""A client that writes rows all the time, over a connection each: what was lost, and how long it had to wait."""

import dataclasses
import itertools

from testbed.drive import kubernetes, waiting

_SCRIPT = """
n=0
while [ ! -e /tmp/stop ]; do
  n=$((n + 1))
  psql "$URL" -XqAtc "INSERT INTO steady VALUES ($n)" 2>> /tmp/refused && echo "$(date +%s.%N) $n" >> /tmp/written
  sleep 0.2
done
"""


@dataclasses.dataclass(frozen=True)
class Row:
    """A row whose writing the server has confirmed, and when it had."""

    at: float
    number: int


@dataclasses.dataclass(frozen=True)
class Writer:
    """Runs in a client's Pod until it is stopped."""

    client: kubernetes.Client
    url: str

    def start(self) -> None:
        """Make the table, and write into it from now on."""
        self.client.sql(self.url, "CREATE TABLE steady (number bigint)")
        begun = self.client.shell(
            f"rm -f /tmp/stop; export URL='{self.url}' PGCONNECT_TIMEOUT=2; "
            f"nohup sh -c '{_SCRIPT}' > /dev/null 2>&1 & sleep 1; test -s /tmp/written"
        )
        assert begun.code == 0, begun.output

    def stop(self) -> None:
        """Write no more."""
        self.client.shell("touch /tmp/stop; sleep 3")

    def rows(self) -> list[Row]:
        """What was confirmed so far, oldest first."""
        lines = self.client.shell("cat /tmp/written").output.splitlines()
        return [Row(float(line.split()[0]), int(line.split()[1])) for line in lines]

    def mark(self) -> int:
        """How many rows there are, to measure from."""
        return len(self.rows())

    def wait(self) -> None:
        """Wait until the server has confirmed another row."""
        before = self.mark()
        waiting.until("another row", lambda: self.mark() > before)

    def longest_wait(self, since: int) -> float:
        """Seconds of the longest time without a confirmed row since a mark."""
        times = [row.at for row in self.rows()[max(since - 1, 0) :]]
        return max((later - earlier for earlier, later in itertools.pairwise(times)), default=float("inf"))

    def lost(self) -> set[int]:
        """The rows that were confirmed, and are not in the table."""
        found = self.client.sql(self.url, "SELECT number FROM steady").split()
        return {row.number for row in self.rows()} - set(map(int, found))
