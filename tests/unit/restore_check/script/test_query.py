"""`tau.restore_check.script.query`: who runs the user's query, and what comes of it."""

from typing import Any, cast

import pytest

from tau.restore_check.script import query
from tau.restore_check.script.connection import Restored
from tau.restore_check.script.failure import CheckFailed, Deadline
from tests.unit.restore_check.script.fake_server import Failure, FakeServer, TooLate

MAKE = ('CREATE ROLE "weekly-abc12"', 'ALTER ROLE "weekly-abc12"', "GRANT CONNECT ON DATABASE shop")
QUERY = "SELECT 1 FROM item"


class FakeRestored:
    """A FAKE of a restored server, whose two roles are told apart."""

    reader = "weekly-abc12"

    def __init__(self, answers: dict[str, Any], *, made: Any = (MAKE,)) -> None:
        self.as_postgres = FakeServer({"SELECT format('CREATE ROLE": list(made)})
        self.as_reader = FakeServer(answers)
        self.superuser, self.reading = self.as_postgres.connect, self.as_reader.connect


def _run(server: FakeRestored) -> None:
    query.run(cast(Restored, server), "shop", QUERY, Deadline(120))


def test_the_query_has_to_return_a_row() -> None:
    _run(FakeRestored({QUERY: [(1,)]}))
    with pytest.raises(CheckFailed, match="the query in database shop returned no row"):
        _run(FakeRestored({}))


def test_the_superuser_makes_a_role_for_the_query_and_never_runs_it() -> None:
    server = FakeRestored({QUERY: [(1,)]})
    _run(server)
    assert server.as_reader.statements == ["-- shop", QUERY]
    database, _, *made = server.as_postgres.statements
    assert database == "-- postgres"
    assert made == ["SET log_statement = none", *MAKE]


def test_a_database_that_is_not_there_is_told() -> None:
    with pytest.raises(CheckFailed, match="the query in database shop: there is no such database"):
        _run(FakeRestored({}, made=()))


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (
            Failure('relation "item" does not exist\nLINE 1'),
            'the query in database shop: relation "item" does not exist',
        ),
        (TooLate("canceling"), "the query in database shop: not finished within 120 minutes"),
    ],
)
def test_a_query_that_fails_is_told_in_the_servers_words(failure: Exception, says: str) -> None:
    with pytest.raises(CheckFailed, match=says):
        _run(FakeRestored({"SELECT": failure}))
