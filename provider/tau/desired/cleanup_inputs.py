"""`cleanup` of Instance and Database: what is wrong with it, as far as it is known."""

from tau import errors
from tau.desired import constraints, duration
from tau.types.postgres import Cleanup

IMMEDIATE, DELAYED, RETAIN = "immediate", "delayed", "retain"
POLICIES = (IMMEDIATE, DELAYED, RETAIN)
ABORT, CONTINUE = "abort", "continue"
ON_BACKUP_FAILURE = (ABORT, CONTINUE)
_LONGEST_DAYS = 3650
_DAY = 86400


def check(cleanup: Cleanup | None, problems: errors.Problems) -> None:
    """Note everything that is wrong with `cleanup`."""
    given = cleanup or Cleanup()
    constraints.check(problems, "cleanup.policy", given.policy, policy)
    constraints.check(problems, "cleanup.after", given.after, after)
    constraints.check(problems, "cleanup.onBackupFailure", given.on_backup_failure, on_backup_failure)
    constraints.check(problems, "cleanup.backupTimeout", given.backup_timeout, backup_timeout)


def policy(value: str) -> str | None:
    """What becomes of the data."""
    return None if value in POLICIES else f"is not one of {_told(POLICIES)}"


def on_backup_failure(value: str) -> str | None:
    """What a deletion does without a backup."""
    return None if value in ON_BACKUP_FAILURE else f"is not one of {_told(ON_BACKUP_FAILURE)}"


def _told(known: tuple[str, ...]) -> str:
    return ", ".join(f"`{one}`" for one in known)


def after(value: str) -> str | None:
    """From a second to ten years."""
    return _within(value, 1, "use at least `1s`, for example `7d`, `36h` or `1d12h`")


def backup_timeout(value: str) -> str | None:
    """At least a minute: a backup takes a while to begin."""
    return _within(value, 60, "use at least `1m`, for example `30m` or `2h`")


def _within(value: str, least: int, cure: str) -> str | None:
    found = duration.seconds(value)
    if found is None:
        return f"is not a length of time in days, hours, minutes and seconds; {cure}"
    if found < least:
        return f"is too short; {cure}"
    return f"is too long; use at most `{_LONGEST_DAYS}d`" if found > _LONGEST_DAYS * _DAY else None
