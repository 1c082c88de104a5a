"""What a new server begins with: the base backup and target that were asked for, or one clear refusal."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau import errors
from tau.archive import choice as archive_choice
from tau.archive.choice import EMPTY, Candidate
from tau.types.postgres import Restore
from tests.unit.archive.archive_reports import SEGMENT, at, backup, generation, report, text, wal

OLD = generation("main-15-1", backup(3, until=(9, 60)), backup(5, until=(9, 60)), last=(9, 60))
NEW = generation("main-15-2", backup(70, until=(90, 120)), backup(80, until=(90, 120)), last=(90, 120))
STORE = report(OLD, NEW)
FOUND = {"found": True, "complete": True, "points": [], "lsn": 81 * SEGMENT}
MISSING = {"found": False, "complete": True, "points": ["before"]}
TIMED_OUT = {"found": False, "complete": False, "points": []}


def candidates(restore: Restore, store: Any = STORE, major: str = "15") -> list[Candidate]:
    return archive_choice.candidates(store, restore, str(restore.from_ or "main"), major)


def identifier(minute: int) -> str:
    return f"20261123T{minute:06}"


@pytest.mark.parametrize(
    ("restore", "expected"),
    [
        (Restore(), [("main-15-2", 80)]),
        (Restore(server_name="main-15-1"), [("main-15-1", 5)]),
        (Restore(target_time=text(100)), [("main-15-2", 80)]),
        (Restore(target_time=text(80)), [("main-15-2", 80)]),
        (Restore(target_time=text(79.9)), [("main-15-2", 70)]),
        (Restore(target_time=text(60)), [("main-15-1", 5)]),
        (Restore(target_time="2026-11-23T04:04:00+01:00"), [("main-15-1", 3)]),
        (Restore(target_lsn=f"0/{80 * SEGMENT + 256:X}"), [("main-15-2", 80)]),
        (Restore(target_lsn=f"0/{80 * SEGMENT + 255:X}"), [("main-15-2", 70)]),
        (Restore(target_lsn=f"0/{10 * SEGMENT - 1:X}"), [("main-15-1", 5)]),
        (Restore(target_name="before"), [("main-15-2", 70), ("main-15-1", 3)]),
        (Restore(backup_id=identifier(3)), [("main-15-1", 3)]),
        (Restore(backup_id=identifier(70), target_name="before"), [("main-15-2", 70)]),
        (Restore(backup_id=identifier(3), target_time=text(50)), [("main-15-1", 3)]),
    ],
)
def test_the_nearest_base_backup_is_chosen(restore: Restore, expected: list[tuple[str, int]]) -> None:
    found = [(one.generation.server_name, one.backup.backup_id) for one in candidates(restore)]
    assert found == [(name, identifier(minute)) for name, minute in expected]


@pytest.mark.parametrize(
    ("restore", "words"),
    [
        (
            Restore(target_time=text(2)),
            "restore.targetTime: '2026-11-23T03:02:00Z' is before the first moment that can "
            f"be restored, 2026-11-23T03:03:00Z, when base backup {identifier(3)} of main-15-1 ended",
        ),
        (
            Restore(target_time=text(121)),
            "is after the last moment that is archived, 2026-11-23T05:00:00Z; what was "
            "written since is archived within 5 minutes",
        ),
        (
            Restore(target_time=text(1001)),
            "is in the future; the last moment that can be restored is 2026-11-23T05:00:00Z",
        ),
        (Restore(target_time=text(65)), "lies between the moments that can be restored: main-15-1 (2 base"),
        (Restore(target_time="2026-11-23T03:30:00"), "is not a moment with a time zone"),
        (
            Restore(target_time=text(75), backup_id=identifier(80)),
            f"when base backup {identifier(80)} of main-15-2 ended",
        ),
        (
            Restore(target_lsn="0/28"),
            "restore.targetLsn: '0/28' is not in the archived WAL, which can be restored here: "
            "main-15-2 from 0/50000100 to 0/5B000000; ",
        ),
        (Restore(target_lsn="what"), "is not an LSN"),
        (
            Restore(backup_id="20200101T000000"),
            "restore.backupId: '20200101T000000' is not a base backup of main-15-1, "
            f"main-15-2; there is {identifier(3)} (2026-11-23T03:03:00Z), ",
        ),
        (
            Restore(server_name="main-15-7"),
            "restore.serverName: 'main-15-7' is not in the store; did you mean 'main-15-",
        ),
        (Restore(from_="maim"), "restore.from: the store holds no archive of an Instance 'maim'; did you mean 'main'?"),
    ],
)
def test_what_cannot_be_restored_is_refused_with_what_can(restore: Restore, words: str) -> None:
    with pytest.raises(errors.InvalidInputs, match=re.escape(words)):
        candidates(restore)


@pytest.mark.parametrize(
    ("generations", "restore", "words"),
    [
        ([], Restore(), "restore: the store holds no archive of an Instance 'main'; there is none at all"),
        ([generation("main-15-1", last=(9, 60))], Restore(), "nothing can be restored: main-15-1 (no base backup"),
        (
            [OLD, generation("main-15-2", last=(70, 120))],
            Restore(),
            "the newest generation main-15-2 has no base backup "
            "that can be restored; to start from the state before it, set `serverName: main-15-1` under `restore`",
        ),
        (
            [generation("main-15-1", backup(3, until=(5, 50)), last=(9, 60))],
            Restore(),
            f"the WAL of main-15-1 ends after segment {wal(5)}, because segment {wal(6)} is not there; what came "
            "after it cannot be restored. To restore what came before, set `targetTime: 2026-11-23T03:50:00Z`",
        ),
        (
            [generation("main-15-1", backup(3, until=(5, 50)), last=(9, 60))],
            Restore(target_time=text(55)),
            f"cannot be reached: the WAL of main-15-1 ends after segment {wal(5)}, because segment {wal(6)} is not "
            "there; the last moment",
        ),
        (
            [generation("main-15-1", backup(3, until=(9, 60)), backup(8, until=None), last=(9, 60))],
            Restore(backup_id=identifier(8)),
            "of main-15-1 cannot be restored: the WAL written during it has not reached the store: "
            f"segment {wal(8)} is not there",
        ),
        (
            [generation("main-15-1", backup(3, until=(9, 60), status="FAILED"), last=(9, 60))],
            Restore(backup_id=identifier(3)),
            "of main-15-1 cannot be restored: it is not complete (FAILED)",
        ),
    ],
)
def test_nothing_is_left_out_in_silence(generations: list[Any], restore: Restore, words: str) -> None:
    with pytest.raises(errors.InvalidInputs, match=re.escape(words)):
        candidates(restore, report(*generations))


def test_a_gap_before_the_newest_base_backup_is_no_harm() -> None:
    whole = generation("main-15-1", backup(3, until=(5, 50)), backup(8, until=(9, 60)), last=(9, 60))
    assert candidates(Restore(), report(whole))[0].backup.backup_id == identifier(8)


@pytest.mark.parametrize("restore", [Restore(), Restore(target_time=text(100)), Restore(target_name="before")])
def test_another_major_version_is_restored_first_and_upgraded_afterwards(restore: Restore) -> None:
    words = (
        "version: '17' is not the version of the archive main-15-2, which is 15; set `version: \"15\"`, restore, and"
    )
    with pytest.raises(errors.InvalidInputs, match=re.escape(words)):
        candidates(restore, major="17")


def test_a_restore_point_is_looked_for_in_generations_of_the_same_major_version() -> None:
    upgraded = generation("main-17-1", backup(130, until=(140, 200), version="17"), last=(140, 200))
    found = candidates(Restore(target_name="before"), report(OLD, NEW, upgraded))
    assert [one.generation.server_name for one in found] == ["main-15-2", "main-15-1"]


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.integers(0, 50), st.booleans()), min_size=1, unique_by=lambda one: one[0]
    ),
    st.integers(1, 60),
)
def test_a_moment_is_restored_from_the_newest_base_backup_that_reaches_it(
    parts: list[tuple[int, int, bool]], minute: int
) -> None:
    backups = [
        backup(ended, until=(ended + 1, ended + length), status="DONE" if done else "FAILED")
        for ended, length, done in parts
    ]
    fitting = [ended for ended, length, done in parts if done and ended <= minute <= ended + length]
    store = report(generation("main-15-1", *backups, last=(99, 99)), now=70)
    if fitting:
        (found,) = candidates(Restore(target_time=text(minute)), store)
        assert found.backup.backup_id == identifier(max(fitting))
    else:
        with pytest.raises(errors.InvalidInputs):
            candidates(Restore(target_time=text(minute)), store)


def test_the_log_is_asked_only_where_the_report_cannot_tell() -> None:
    where = {"serverName": "main-15-2", "segmentBytes": SEGMENT}
    asked = [candidates(one)[0].question for one in (
        Restore(), Restore(target_time=text(100)), Restore(target_lsn=f"0/{81 * SEGMENT:X}"), Restore(target_name="b")
    )]  # fmt: skip
    assert asked == [
        None,
        {**where, "from": wal(80), "time": at(100).isoformat()},
        {**where, "from": wal(80), "lsn": 81 * SEGMENT},
        {**where, "from": wal(70), "point": "b"},
    ]


@pytest.mark.parametrize(
    ("restore", "answer", "recovery", "words"),
    [
        (Restore(), None, {"backupId": identifier(80)}, "to the latest state, of 2026-11-23T05:00:00Z"),
        (Restore(target_time=text(100)), FOUND, {"targetTime": "2026-11-23T04:40:00Z"}, "to 2026-11-23T04:40:00Z"),
        (
            Restore(target_time=text(100)),
            MISSING,
            {},
            "to the latest state, which is that of 2026-11-23T04:40:00Z, as no",
        ),
        (Restore(target_time=text(100)), TIMED_OUT, {"targetTime": "2026-11-23T04:40:00Z"}, "was not checked"),
        (Restore(target_lsn="0/52000000"), FOUND, {"targetLsn": "0/52000000"}, "to 0/52000000"),
        (Restore(target_lsn="0/52000000"), TIMED_OUT, {"targetLsn": "0/52000000"}, "was not checked"),
        (Restore(target_name="b"), FOUND, {"targetName": "b", "backupId": identifier(80)}, "to restore point 'b'"),
        (
            Restore(target_name="b", backup_id=identifier(70)),
            FOUND,
            {"targetName": "b", "backupId": identifier(70)},
            "'b'",
        ),
        (Restore(target_name="b"), TIMED_OUT, {"targetName": "b", "backupId": identifier(70)}, "was not checked"),
    ],
)
def test_the_answer_of_the_log_concludes_the_choice(
    restore: Restore, answer: Any, recovery: dict[str, str], words: str
) -> None:
    found = archive_choice.conclude(candidates(restore)[0], answer, restore)
    assert found
    assert found.recovery == {**EMPTY, "serverName": "main-15-2", "backupId": identifier(80), **recovery}
    assert words in found.message


def test_a_position_behind_the_last_record_is_refused() -> None:
    restore = Restore(target_lsn=f"0/{91 * SEGMENT - 1:X}")
    with pytest.raises(errors.InvalidInputs, match="is not in the archived WAL"):
        archive_choice.conclude(candidates(restore)[0], MISSING, restore)


def test_a_restore_point_that_was_never_made_is_refused_with_those_that_were() -> None:
    restore = Restore(target_name="before2")
    found = candidates(restore)
    assert archive_choice.conclude(found[0], MISSING, restore) is None
    refusal = str(archive_choice.no_point(found, ["before", "else"], restore))
    assert refusal.startswith("restore.targetName: 'before2' is not a restore point in main-15-2 (2 base backups, ")
    assert refusal.endswith("; did you mean 'before'?")


@pytest.mark.parametrize(
    ("on_existing", "restore", "own", "begins"),
    [
        ("fail", None, [], None),
        ("restore", None, [], None),
        ("restore", None, [OLD], Restore()),
        ("newGeneration", None, [OLD], None),
        ("newGeneration", Restore(backup_id="b"), [OLD], Restore(backup_id="b")),
        ("fail", Restore(), [OLD], Restore()),
    ],
)
def test_an_archive_that_is_there_is_restored_or_kept_as_asked(
    on_existing: str, restore: Restore | None, own: list[Any], begins: Restore | None
) -> None:
    assert archive_choice.begins(report(*own).generations, "main", on_existing, restore) == begins


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (OLD, r"main-15-1 \(2 base .*\. Set `restore: \{\}` to start from its latest state, or `onExistingArchive"),
        (
            generation("main-15-1", last=(1, 1)),
            r"main-15-1 \(no .* that can be restored\)\. Set `onExistingArchive: newGeneration` under",
        ),
    ],
)
def test_an_archive_that_nobody_spoke_of_is_refused(own: Any, words: str) -> None:
    with pytest.raises(
        errors.InvalidInputs, match=f"^backup.onExistingArchive: the store holds .* 'main' already: {words}"
    ):
        archive_choice.begins(report(own).generations, "main", "fail", None)
