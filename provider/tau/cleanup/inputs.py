"""`cleanup` of Instance and Database: what is wrong with it, as far as it is known."""

from tau import errors
from tau.types.postgres import Cleanup
from tau.values import constraints, duration

IMMEDIATE, DELAYED, RETAIN = "immediate", "delayed", "retain"
POLICIES = (IMMEDIATE, DELAYED, RETAIN)
ABORT, CONTINUE = "abort", "continue"
ON_BACKUP_FAILURE = (ABORT, CONTINUE)
after = duration.between("1s", "3650d", example="1d12h")
"""From a second to ten years."""
backup_timeout = duration.between("1m", "3650d", example="1h30m")
"""From a minute: a backup takes a while to begin."""


def check(cleanup: Cleanup | None, problems: errors.Problems) -> None:
    """Note everything that is wrong with `cleanup`."""
    options = cleanup or Cleanup()
    constraints.check(problems, "cleanup.policy", options.policy, policy)
    constraints.check(problems, "cleanup.after", options.after, after)
    constraints.check(problems, "cleanup.onBackupFailure", options.on_backup_failure, on_backup_failure)
    constraints.check(problems, "cleanup.backupTimeout", options.backup_timeout, backup_timeout)


def policy(value: str) -> str | None:
    """What becomes of the data."""
    return None if value in POLICIES else f"is not one of {_listed(POLICIES)}"


def on_backup_failure(value: str) -> str | None:
    """What a deletion does without a backup."""
    return None if value in ON_BACKUP_FAILURE else f"is not one of {_listed(ON_BACKUP_FAILURE)}"


def _listed(known: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in known)
