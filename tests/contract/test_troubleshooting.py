"""docs/troubleshooting.md: every message that it quotes as one of tau's is one that tau writes."""

import ast
import re
from collections.abc import Iterator

import pytest

from tau.monitoring import alerts
from tests.contract import go_modules

PAGE = (go_modules.ROOT / "docs/troubleshooting.md").read_text()
SOURCES = sorted((go_modules.ROOT / "provider/tau").rglob("*.py"))
QUOTED = re.findall(r"^> (.+)$", PAGE, re.MULTILINE)
GAP = "…"


def texts() -> Iterator[str]:
    """Every text in the code, with a gap for each value in it."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(str(one.value) if isinstance(one, ast.Constant) else GAP for one in node.values)


@pytest.fixture(scope="module")
def written() -> list[str]:
    """Every text in the code."""
    return list(texts())


@pytest.mark.parametrize("message", QUOTED)
def test_a_quoted_message_is_in_the_code(message: str, written: list[str]) -> None:
    parts = [part.strip(" ,:;(") for part in message.split(GAP)]
    pattern = re.compile(".*".join(re.escape(part) for part in parts if part), re.DOTALL)
    assert any(pattern.search(text) for text in written), message


def test_something_is_quoted() -> None:
    assert len(QUOTED) > 20


def test_every_alert_that_is_named_there_is_one() -> None:
    watched = alerts.Watched(
        cluster="c",
        namespace="n",
        instances=3,
        restore_check="r",
        down_after="5m",
        archive_max_delay="15m",
        backup_max_age="26h",
        restore_check_max_age="8d",
        volume_max_used=80,
    )
    known = {one["alert"] for one in alerts.rules(watched, backed_up=True)}
    assert set(re.findall(r"TauPostgres\w+", PAGE)) <= known


def test_every_symptom_has_a_command() -> None:
    silent = [
        part.partition("\n")[0]
        for part in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
        if "$ " not in part and "](" not in part
    ]
    assert silent == []
