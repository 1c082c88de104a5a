"""`tau.kubernetes.pod_failures`: when trying again does not help, and in whose words."""

import json
from typing import Any

import pytest

from tau.kubernetes import pod_failures


def _pod(name: str, *, role: str | None = None, created: str = "1", **status: Any) -> dict[str, Any]:
    labels = {"cnpg.io/jobRole": role} if role else {}
    return {"metadata": {"name": name, "labels": labels, "creationTimestamp": created}, "status": status}


def test_the_last_of_those_that_failed_twice_is_told() -> None:
    first = _pod("a", role="full-recovery", phase="Failed")
    assert pod_failures.broken([first, _pod("b", phase="Failed")]) is None
    last = _pod("b", role="full-recovery", phase="Failed", created="2")
    assert pod_failures.broken([last, first]) == last


def test_a_server_that_crashes_again_and_again_is_told() -> None:
    crashing = _pod("main-1", containerStatuses=[{"restartCount": 3, "state": {}}])
    assert pod_failures.broken([_pod("a"), crashing]) == crashing


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([{"level": "info", "msg": "Restore completed"}], []),
        ([{"level": "info", "logger": "postgres", "record": {"error_severity": "LOG", "message": "redo"}}], []),
        ([["a list"]], []),
        (
            [
                {"level": "error", "msg": "Error while restoring", "error": "rpc error: code = Unknown desc = no WAL"},
                {"level": "error", "msg": "While terminating server"},
                {"level": "error", "msg": "restore error", "error": "while restoring cluster: no WAL"},
            ],
            ["no WAL"],
        ),
        (
            [
                {"logger": "barman-cloud-restore", "msg": "2026-11-23 [27] ERROR: snappy: corrupt input"},
                {"level": "error", "msg": "Can't restore backup", "error": "General error (exit code 4)"},
            ],
            ["snappy: corrupt input"],
        ),
    ],
)
def test_the_cause_is_told_and_not_what_followed_from_it(entries: list[Any], words: list[str]) -> None:
    log = "\n".join(["no JSON", *map(json.dumps, entries)])
    assert pod_failures.complaints(log) == words


def test_the_last_complaints_are_kept_in_their_order_and_each_once() -> None:
    entries = [{"record": {"error_severity": "FATAL", "message": text}} for text in "abcdbd"]
    assert pod_failures.complaints("\n".join(map(json.dumps, entries))) == [f"PostgreSQL: {text}" for text in "cbd"]
