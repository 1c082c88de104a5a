"""docs/drivers.md: its table has every client of the matrix, with the version that the lock files name."""

from tests.drivers import clients, table


def test_the_table_has_each_client_with_the_version_of_its_lock_file() -> None:
    wanted = [f"| {client.language} | {client.label} | {client.reads} |" for client in clients.everything()]
    rows = table.in_document()[2:]
    found = [row for row, start in zip(rows, wanted, strict=False) if row.startswith(start)]
    assert (len(rows), len(found)) == (len(wanted), len(wanted)), "run `make drivers`"


def test_every_client_connects_by_one_way_at_least() -> None:
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.in_document()[2:]]
    assert {row[1] for row in rows} == {row[1] for row in rows if row[3] == "yes"}
