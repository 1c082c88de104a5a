"""How scripts come to the store: patiently at first, as the packet filter may be later than they are."""

import pathlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest

from tau.archive.script import store as archive_store


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


def test_a_store_is_verified_by_the_certificate_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(archive_store.CA_VARIABLE, "a certificate")
    found = archive_store.authorities()
    assert found
    assert pathlib.Path(found).read_text() == "a certificate"


@pytest.mark.parametrize("given", [None, ""])
def test_without_one_it_is_verified_by_the_public_ones(monkeypatch: pytest.MonkeyPatch, given: str | None) -> None:
    monkeypatch.delenv(archive_store.CA_VARIABLE, raising=False)
    if given is not None:
        monkeypatch.setenv(archive_store.CA_VARIABLE, given)
    # To boto3, False would be no verification.
    assert archive_store.authorities() is None


def test_a_store_that_cannot_be_verified_is_told() -> None:
    class SSLError(Exception):
        kwargs: ClassVar = {"error": "[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate"}

    told = archive_store.sentence(SSLError(), {"endpoint": "https://nas:9000", "bucket": "b"})
    assert told.startswith("the store https://nas:9000 cannot be verified; check its `endpoint` and `caCertificate`")
    assert "unable to get local issuer certificate" in told
