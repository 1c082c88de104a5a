"""`tau.restore_check.script.verification`: what is read of each relation, and what damage sounds like."""

from collections.abc import Callable
from typing import Any

import pytest

from tau.restore_check.script import verification
from tau.restore_check.script.failure import CheckFailed, Deadline
from tau.restore_check.script.verification import Relation
from tests.unit.restore_check.script.fake_server import Failure, FakeServer, TooLate

TOOLS = ("amcheck", "pg_prewarm")
HISTORY = "1\t0/3000000\tno recovery target specified\n\n2\t1/A000028\tbefore 2026-11-23\n"
PAGES = "SELECT pg_catalog.pg_prewarm(7::regclass, 'buffer')"
ROWS = "COPY (SELECT * FROM ONLY public.item) TO '/dev/null'"
HEAP = "SELECT blkno, msg FROM pg_catalog.verify_heapam(7::regclass, true, true) LIMIT 1"
INDEX = "SELECT pg_catalog.bt_index_parent_check(7::regclass, true)"


def _server(**more: Any) -> FakeServer:
    answers = {
        "SELECT datname": [("postgres",), ("shop",)],
        "SELECT name FROM pg_available": [("amcheck",), ("pg_prewarm",)],
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
    assert list(verification.statements(relation, TOOLS)) == wanted


def test_rows_are_read_even_where_the_image_has_no_tools() -> None:
    assert list(verification.statements(Relation(7, "public.item", "r", "heap", False), ())) == [ROWS]


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


class Raised(Failure):
    """A FAKE of what a function in an expression raises."""

    pgcode = "P0001"


def _index(**answers: Any) -> FakeServer:
    return _server(first=answers, **{"SELECT c.oid": [(7, "public.item_key", "i", "btree", True)]})


def test_an_index_whose_expression_fails_is_checked_without_computing_it() -> None:
    server, told = _index(**{INDEX: Raised("never")}), list[str]()
    _read(server, told.append)
    assert INDEX.replace("true", "false") in server.statements
    assert "the expression of index public.item_key fails, so it is not compared with its table" in told


def test_damage_of_an_index_fails_the_check_whether_its_expression_fails_or_not() -> None:
    damage = Failure("item order invariant violated")
    for server in (
        _index(**{INDEX: damage}),
        _index(**{INDEX: Raised("never"), INDEX.replace("true", "false"): damage}),
    ):
        with pytest.raises(CheckFailed, match=r"public\.item_key: item order invariant violated"):
            _read(server)


def test_what_fails_while_a_table_is_read_is_never_the_owners() -> None:
    with pytest.raises(CheckFailed, match=r"public\.item: never"):
        _read(_server(first={"COPY": Raised("never")}))


def test_a_reading_that_takes_too_long_is_told_as_that() -> None:
    with pytest.raises(CheckFailed, match=r"not finished within 120 minutes: reading public\.item"):
        _read(_server(first={"COPY": TooLate("canceling statement due to statement timeout")}))


def test_a_tool_lies_where_no_owner_can_make_a_function_that_matches_better() -> None:
    server = _server(**{"SELECT extname": [("amcheck",)]})
    _read(server)
    create, update = "CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA pg_catalog", "ALTER EXTENSION amcheck UPDATE"
    moved = server.statements.index("ALTER EXTENSION amcheck SET SCHEMA pg_catalog")
    assert server.statements.index(create) < moved < server.statements.index(update)
    elsewhere = _server()
    _read(elsewhere)
    assert not [one for one in elsewhere.statements if "SET SCHEMA" in one]


@pytest.mark.parametrize(("line", "end"), [("1\t0/4000000\tno", 0x4000000), ("1\tA/28\tno", 0xA00000028)])
def test_the_last_line_of_a_history_tells_where_recovery_ended(line: str, end: int) -> None:
    assert verification.end_in(f"# a comment\n1\t0/1\tx\n{line}\n") == end
