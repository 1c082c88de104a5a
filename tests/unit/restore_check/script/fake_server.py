"""A stand-in for a restored PostgreSQL server, and for errors of psycopg2."""

from collections.abc import Sequence
from typing import Any


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
