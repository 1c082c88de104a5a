"""`tau.kubernetes.kinds.event`: the warnings about one object."""

from typing import Any

from tau.kubernetes.kinds import event


def warning(reason: str, message: str, seen: str, *, name: str = "look-1", kind: str = "Warning") -> dict[str, Any]:
    """An event about a Pod."""
    return {
        "involvedObject": {"name": name},
        "type": kind,
        "reason": reason,
        "message": message,
        "lastTimestamp": seen,
        "metadata": {},
    }


def test_the_newest_of_each_reason_counts_and_others_objects_do_not() -> None:
    items = [
        warning("FailedMount", "timed out\nwaiting", "2026-11-23T10:00:02Z"),
        warning("FailedMount", "access denied", "2026-11-23T10:00:01Z"),
        warning("FailedScheduling", "no node", "2026-11-23T10:00:00Z"),
        warning("Pulled", "image is there", "2026-11-23T10:00:03Z", kind="Normal"),
        warning("BackOff", "again", "2026-11-23T10:00:03Z", name="other"),
    ]
    assert event.warnings(items, "look-1") == ["FailedScheduling: no node", "FailedMount: timed out waiting"]
