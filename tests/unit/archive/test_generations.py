"""Names of generations, moments and positions, and what a report says can be restored."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau.archive import generations as archives
from tau.values import timestamp
from tests.unit.archive.archive_reports import at, backup, generation, report

INSTANCES = st.from_regex(r"[a-z]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)


@given(INSTANCES, st.integers(14, 18), st.integers(1, 999))
def test_a_name_tells_its_instance_and_major_version(instance: str, major: int, number: int) -> None:
    name = archives.name(instance, str(major), number)
    assert (archives.instance_of(name), archives.major_of(name)) == (instance, str(major))


@given(INSTANCES, st.sets(st.integers(1, 30)), st.lists(INSTANCES))
def test_the_next_generation_is_behind_all_of_its_major_version(
    instance: str, taken: set[int], others: list[str]
) -> None:
    folders = [archives.name(instance, "15", number) for number in taken]
    folders += [f"{instance}-14-77", f"{instance}-x-15-88", f"{instance}-15-0", instance, *others]
    found = archives.next_name(instance, "15", folders)
    assert found == archives.name(instance, "15", max(taken, default=0) + 1)
    assert found not in folders


@pytest.mark.parametrize("folder", ["main", "main-15", "main-15-0", "main-15-1-", "-15-1", "main-15-01x"])
def test_other_folders_are_no_generations(folder: str) -> None:
    assert archives.instance_of(folder) is None


ZONES = st.builds(lambda hours: datetime.timezone(datetime.timedelta(hours=hours)), st.integers(-12, 14))


@given(st.datetimes(datetime.datetime(1970, 1, 3), datetime.datetime(2999, 1, 1), timezones=ZONES))
def test_a_moment_is_read_as_it_was_shown(when: datetime.datetime) -> None:
    assert timestamp.parse(archives.shown(when)) == when


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ([], "there is none at all"),
        (["postgres-shop", "x"], "did you mean 'postgres-shop'?"),
        (["a", "b"], "there is 'a', 'b'"),
        ([str(number) for number in range(12)], "'9' and 2 more"),
    ],
)
def test_a_wrong_name_is_told_with_what_there_is(known: list[str], words: str) -> None:
    assert archives.similar("postgres-shopp", known).endswith(words)


def test_what_a_generation_holds_is_told_with_its_window() -> None:
    whole = generation("main-15-1", backup(3, until=(9, 60)), backup(5, until=(9, 60)), last=(9, 60))
    (found,) = report(whole).generations
    assert found.described() == (
        "main-15-1 (2 base backups, restorable from 2026-11-23T03:03:00Z to 2026-11-23T04:00:00Z)"
    )
    (found,) = report(generation("main-15-1", last=(9, 60))).generations
    assert found.described() == "main-15-1 (no base backup that can be restored)"
    assert (found.first_moment, found.last_moment) == (None, None)


def test_a_generation_that_cannot_be_restored_says_what_is_missing() -> None:
    broken = backup(3, until=(9, 60)) | {"problem": "data.tar is missing"}
    (found,) = report(generation("main-15-1", broken, backup(5, until=None), last=(9, 60))).generations
    assert found.described() == (
        "main-15-1 (no base backup that can be restored: 20261123T000003: data.tar is missing, 20261123T000005: the "
        "WAL written during it has not reached the store: segment 000000010000000000000005 is not there)"
    )


@pytest.mark.parametrize(
    ("status", "until", "restorable"),
    [
        ("DONE", (4, 4), True),
        ("DONE", (3, 3), True),
        ("DONE", (2, 2), False),
        ("DONE", None, False),
        ("FAILED", (4, 4), False),
        ("UNFINISHED", (4, 4), False),
    ],
)
def test_a_base_backup_needs_the_wal_of_its_own_time(
    status: str, until: tuple[int, float] | None, restorable: bool
) -> None:
    (found,) = report(generation("main-15-1", backup(3, until=until, status=status), last=(4, 4))).generations
    assert bool(found.restorable) == restorable


def test_generations_come_in_the_order_in_which_they_were_written() -> None:
    later = [
        generation("main-15-10", last=(1, 5)),
        generation("main-15-9", last=(1, 4)),
        generation("main-16-1", last=None),
    ]
    found = report(*later, folders=("other-15-1", "lost+found"))
    assert [one.server_name for one in found.of("main")] == ["main-16-1", "main-15-9", "main-15-10"]
    assert found.instances() == ["main", "other"]
    assert found.now == at(1000)
