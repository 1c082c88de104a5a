"""How scripts come to the store: patiently at first, as the packet filter may be later than they are."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tau.scripts import archive_store


@pytest.fixture
def closed() -> Iterator[socket.socket]:
    """A socket with an address at which nobody listens yet."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        yield found


def _endpoint(of: socket.socket) -> str:
    return f"http://127.0.0.1:{of.getsockname()[1]}"


def test_a_store_that_admits_a_moment_later_is_waited_for(closed: socket.socket) -> None:
    timer = threading.Timer(0.5, closed.listen)
    timer.start()
    archive_store.await_admission(_endpoint(closed), seconds=20)
    assert timer.finished.is_set()


@pytest.mark.parametrize(("endpoint", "seconds"), [(None, 0.5), ("http://no.such.host.invalid:7070", 20)])
def test_a_store_that_stays_away_is_left_for_the_client_to_tell(
    closed: socket.socket, endpoint: str | None, seconds: float
) -> None:
    begin = time.monotonic()
    archive_store.await_admission(endpoint or _endpoint(closed), seconds=seconds)
    assert time.monotonic() - begin < 15
