"""`tau.scripts.restore_check.verification`: what is read of each relation, and what damage sounds like."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tau.scripts.restore_check import verification
from tau.scripts.restore_check.failure import CheckFailed, Deadline
from tau.scripts.restore_check.verification import Relation

SCHEMAS = {"amcheck": "pg_catalog", "pg_prewarm": '"Tools"'}
HISTORY = "1\t0/3000000\tno recovery target specified\n\n2\t1/A000028\tbefore 2026-11-23\n"
PAGES = "SELECT \"Tools\".pg_prewarm(7::regclass, 'buffer')"
ROWS = "COPY (SELECT * FROM ONLY public.item) TO '/dev/null'"
HEAP = "SELECT blkno, msg FROM pg_catalog.verify_heapam(7::regclass, true, true) LIMIT 1"
INDEX = "SELECT pg_catalog.bt_index_parent_check(7::regclass, true)"


class FakeServer:
    """A FAKE of a PostgreSQL server: answers by what a statement begins with, errors where one is raised."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.statements: list[str] = []
        self._answers = answers

    def connect(self, database: str) -> Any:
        self.statements.append(f"-- {database}")
        return self

    def cursor(self) -> Any:
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass

    def execute(self, statement: str, values: object = None) -> None:
        self.statements.append(statement)
        found = [rows for begins, rows in self._answers.items() if statement.strip().startswith(begins)]
        self._rows = found[0] if found else []
        if isinstance(self._rows, Exception):
            raise self._rows

    @property
    def description(self) -> Any:
        return True

    def fetchall(self) -> Sequence[Any]:
        rows: Sequence[Any] = self._rows
        return rows

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None


class Failure(Exception):
    """A FAKE of an error of psycopg2."""

    pgcode = "XX001"


class TooLate(Failure):
    """A FAKE of a statement that ran into its time limit."""

    pgcode = "57014"


def _server(**more: Any) -> FakeServer:
    answers = {
        "SELECT datname": [("postgres",), ("shop",)],
        "SELECT name FROM pg_available": [("amcheck",), ("pg_prewarm",)],
        "SELECT quote_ident": [("pg_catalog",)],
        "SELECT c.oid": [(7, "public.item", "r", "heap", False)],
        "SELECT sum": [(1000,)],
        "SELECT timeline_id": [(3, 16 * 1024**2)],
        "SELECT pg_read_file": [(HISTORY,)],
    }
    return FakeServer(more.pop("first", {}) | answers | more)


def _read(server: FakeServer, tell: Callable[[str], None] = print) -> verification.Server:
    return verification.everything(server.connect, Deadline(120), tell)


@pytest.mark.parametrize(
    ("kind", "method", "valid", "wanted"),
    [
        ("r", "heap", False, [PAGES, ROWS, HEAP]),
        ("m", "heap", False, [PAGES, ROWS, HEAP]),
        ("t", "heap", False, [PAGES, HEAP]),
        ("r", "columnar", False, [PAGES, ROWS]),
        ("i", "btree", True, [PAGES, INDEX]),
        ("i", "btree", False, [PAGES]),
        ("i", "gin", True, [PAGES]),
        ("S", "", False, [PAGES]),
    ],
)
def test_every_relation_is_read_as_its_kind_allows(kind: str, method: str, valid: bool, wanted: list[str]) -> None:
    relation = Relation(7, "public.item", kind, method, valid)
    assert list(verification.statements(relation, SCHEMAS)) == wanted


def test_rows_are_read_even_where_the_image_has_no_tools() -> None:
    assert list(verification.statements(Relation(7, "public.item", "r", "heap", False), {})) == [ROWS]


def test_all_databases_are_read() -> None:
    server, told = _server(), list[str]()
    found = _read(server, told.append)
    assert found == verification.Server(size=1000, missing=(), end=0x10A000028, segment_size=16 * 1024**2)
    assert told == ["reading database postgres", "reading database shop"]
    shop = server.statements[server.statements.index("-- shop") :]
    assert sum(statement.startswith("COPY") for statement in shop) == 1


def test_a_tool_that_the_image_lacks_is_told() -> None:
    found = _read(_server(**{"SELECT name FROM pg_available": [("pg_prewarm",)]}))
    assert found.missing == ("amcheck",)


def test_a_damaged_page_is_told_with_its_table() -> None:
    damage = Failure("invalid page in block 3 of relation base/5/16384\n")
    with pytest.raises(CheckFailed) as failed:
        _read(_server(first={"SELECT pg_catalog.pg_prewarm": damage}))
    assert str(failed.value) == ("database postgres, public.item: invalid page in block 3 of relation base/5/16384")


def test_a_damaged_row_is_told_with_its_block() -> None:
    with pytest.raises(CheckFailed, match=r"database postgres, public\.item, block 3: xmin is in the future"):
        _read(_server(first={"SELECT blkno": [(3, "xmin is in the future")]}))


def test_a_reading_that_takes_too_long_is_told_as_that() -> None:
    with pytest.raises(CheckFailed, match=r"not finished within 120 minutes: reading public\.item"):
        _read(_server(first={"COPY": TooLate("canceling statement due to statement timeout")}))


def _query(server: FakeServer) -> None:
    verification.query(server.connect, "shop", "SELECT 1 FROM item", Deadline(120))


def test_the_query_has_to_return_a_row() -> None:
    server = FakeServer({"SELECT 1 FROM item": [(1,)]})
    _query(server)
    assert server.statements == ["-- shop", "SELECT 1 FROM item"]
    with pytest.raises(CheckFailed, match="the query in database shop returned no row"):
        _query(FakeServer({}))


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
        _query(FakeServer({"SELECT": failure}))


def test_the_password_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = iter([Failure("password authentication failed")] * 2)
    monkeypatch.setattr("time.sleep", lambda _: None)

    def connect(database: str) -> Any:
        for failure in tries:
            raise failure
        return FakeServer({})

    verification.wait_for_login(connect)


def test_a_server_that_does_not_let_the_check_in_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 50))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    monkeypatch.setattr("time.sleep", lambda _: None)

    def connect(database: str) -> Any:
        raise Failure("no encryption")

    with pytest.raises(CheckFailed, match="does not let the check in: no encryption"):
        verification.wait_for_login(connect)


@pytest.mark.parametrize(("line", "end"), [("1\t0/4000000\tno", 0x4000000), ("1\tA/28\tno", 0xA00000028)])
def test_the_last_line_of_a_history_tells_where_recovery_ended(line: str, end: int) -> None:
    assert verification.end_in(f"# a comment\n1\t0/1\tx\n{line}\n") == end
