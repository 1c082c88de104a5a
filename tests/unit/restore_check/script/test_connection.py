"""`tau.restore_check.script.connection`: who connects how, and the wait until the server lets them."""

import sys
import types
from typing import Any

import pytest

from tau.restore_check.script import connection
from tau.restore_check.script.failure import CheckFailed, Deadline
from tests.unit.restore_check.script.fake_server import Failure, FakeServer


def test_the_password_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = iter([Failure("password authentication failed")] * 2)
    monkeypatch.setattr("time.sleep", lambda _: None)

    def connect(database: str) -> Any:
        for failure in tries:
            raise failure
        return FakeServer({})

    connection.wait_for_login(connect)


def test_a_server_that_does_not_let_the_check_in_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 50))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    monkeypatch.setattr("time.sleep", lambda _: None)

    def connect(database: str) -> Any:
        raise Failure("no encryption")

    with pytest.raises(CheckFailed, match="does not let the check in: no encryption"):
        connection.wait_for_login(connect)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What a FAKE of psycopg2 was called with."""
    calls: list[dict[str, str]] = []

    def connect(**given: str) -> Any:
        calls.append(given)
        return types.SimpleNamespace()

    monkeypatch.setitem(sys.modules, "psycopg2", types.SimpleNamespace(connect=connect))
    return calls


def test_what_a_database_sets_does_not_count_for_the_superuser(connected: list[dict[str, str]]) -> None:
    restored = connection.Restored("main-rw", "hidden", "weekly-abc12", Deadline(1))
    restored.superuser("shop")
    (made,) = connected
    assert (made["user"], made["dbname"], made["channel_binding"]) == ("postgres", "shop", "require")
    options = made["options"].split(" ")
    assert {"search_path=", "role=none", "default_transaction_read_only=off"} <= set(options)
    (timeout,) = [one.partition("=")[2] for one in options if one.startswith("statement_timeout=")]
    assert 0 < int(timeout) <= 60_000


def test_who_reads_changes_nothing_and_has_the_path_of_the_database(connected: list[dict[str, str]]) -> None:
    restored = connection.Restored("main-rw", "hidden", "weekly-abc12", Deadline(1))
    restored.reading("shop")
    (made,) = connected
    assert (made["user"], made["dbname"], made["password"]) == ("weekly-abc12", "shop", "hidden")
    assert "-c default_transaction_read_only=on" in made["options"]
    assert "statement_timeout=" in made["options"]
    assert "search_path" not in made["options"]
    assert "hidden" not in repr(restored)
