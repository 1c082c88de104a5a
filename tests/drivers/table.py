"""The table of docs/drivers.md: what each driver makes of the variables that tau injects."""

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass

from tests.drivers.clients import Client

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "drivers.md"
_HEAD = (
    "| language | driver | reads | connects with TLS | refuses another CA | refuses another name |",
    "| --- | --- | --- | --- | --- | --- |",
)


@dataclass(frozen=True)
class Outcome:
    """What one client did as tau injects it, with the certificate of another CA, and by another name of the server."""

    encrypted: bool
    verifies_ca: bool
    verifies_name: bool


def rendered(outcomes: Mapping[Client, Outcome | str]) -> list[str]:
    """The lines of the table; a client that does not connect has the reason in place of an outcome."""
    return [*_HEAD, *(_row(client, outcome) for client, outcome in outcomes.items())]


def _row(client: Client, outcome: Outcome | str) -> str:
    cells = [client.language, client.label, client.reads]
    if isinstance(outcome, str):
        return "| " + " | ".join([*cells, "no", "", ""]) + " |"
    answers = (outcome.encrypted, outcome.verifies_ca, outcome.verifies_name)
    return "| " + " | ".join([*cells, *("yes" if answer else "no" for answer in answers)]) + " |"


def in_document() -> list[str]:
    """The lines of the table as they are now."""
    lines = DOCUMENT.read_text().splitlines()
    start = lines.index(_HEAD[0])
    return [line for line in lines[start:] if line.startswith("|")]


def write(lines: list[str]) -> None:
    """Replace the table."""
    text = DOCUMENT.read_text()
    DOCUMENT.write_text(text.replace("\n".join(in_document()), "\n".join(lines)))
