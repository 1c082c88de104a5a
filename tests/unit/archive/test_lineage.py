"""`tau.archive.lineage`: a restore does not choose between two servers by itself."""

from typing import Any

import pytest

from tau import errors
from tau.archive import choice as archive_choice
from tau.types.postgres import Restore
from tests.unit.archive import archive_reports as reports

SAME, OTHER = "7000000000000000001", "7000000000000000002"


def generation(name: str, first: int, last: int, system_id: str = SAME) -> dict[str, Any]:
    """A generation that was written from one minute to another, with a base backup at its begin."""
    backup = reports.backup(first, until=(last, last), system_id=system_id)
    return reports.generation(name, backup, last=(last, last), first=first)


def chosen(*generations: dict[str, Any], **restore: Any) -> str:
    """The generation that is restored."""
    found = archive_choice.candidates(reports.report(*generations), Restore(**restore), "main", "15")
    return found[0].generation.server_name


FORK = generation("main-15-1", 10, 60), generation("main-15-2", 30, 80)
ENCLOSED = generation("main-15-1", 10, 90), generation("main-15-2", 30, 40)
ONE_AFTER_THE_OTHER = generation("main-15-1", 10, 30), generation("main-15-2", 30, 80)


@pytest.mark.parametrize("generations", [FORK, ENCLOSED])
@pytest.mark.parametrize("restore", [{}, {"target_time": reports.text(35)}, {"target_lsn": "0/26000000"}])
def test_a_fork_is_refused_with_both_and_what_to_write(generations: Any, restore: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidInputs) as refused:
        chosen(*generations, **restore)
    (problem,) = refused.value.problems
    for words in (
        "main-15-1 (1 base backup",
        "main-15-2 (1 base backup",
        f"at the same time since {reports.text(30)}, by two servers that continue from the same data",
        "set `serverName: main-15-1` or `serverName: main-15-2` under `restore`",
    ):
        assert words in problem.reason


def test_two_servers_of_one_name_are_refused_too() -> None:
    with pytest.raises(errors.InvalidInputs, match="by two servers of one name"):
        chosen(generation("main-15-1", 10, 60), generation("main-15-2", 30, 80, OTHER))


@pytest.mark.parametrize(
    ("generations", "restore", "expected"),
    [
        (ONE_AFTER_THE_OTHER, {}, "main-15-2"),
        (FORK, {"server_name": "main-15-1"}, "main-15-1"),
        (FORK, {"server_name": "main-15-2"}, "main-15-2"),
        (FORK, {"backup_id": "20261123T000010"}, "main-15-1"),
        (FORK, {"target_time": reports.text(20)}, "main-15-1"),
        ((*FORK, generation("main-15-3", 90, 99)), {}, "main-15-3"),
    ],
    ids=["in turn", "the one", "the other", "a base backup", "a moment before the fork", "a later one"],
)
def test_what_is_clear_is_restored(generations: Any, restore: dict[str, Any], expected: str) -> None:
    assert chosen(*generations, **restore) == expected
