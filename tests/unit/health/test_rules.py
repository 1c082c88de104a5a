"""`tau.health.rules`: what the objects of an Instance say, and every problem that there is."""

import datetime
from typing import Any

from tau.health import rules as health_rules
from tau.kubernetes.kinds import cluster, object_store

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
LIMITS = health_rules.Limits(backup=26 * 3600, check=8 * 86400)
WINDOW = {"firstRecoverabilityPoint": "2026-11-20T03:00:10Z", "lastSuccessfulBackupTime": "2026-11-23T03:00:00Z"}
CHECK = {"result": "passed", "message": "all rows read", "finished": "2026-11-22T05:00:00Z"}
FAILED = {
    "metadata": {"creationTimestamp": "2026-11-23T10:00:00Z"},
    "spec": {"cluster": {"name": "main"}},
    "status": {"phase": "failed", "error": "no space left on device", "stoppedAt": "2026-11-23T10:01:00Z"},
}


def condition(kind: str, status: str, message: str = "") -> dict[str, str]:
    since = "2026-11-23T09:00:00Z"
    return {"type": kind, "status": status, "reason": "R", "message": message, "lastTransitionTime": since}


def server(*, archives: bool = True, archiving: str | None = "True", ready: int = 1, **status: Any) -> dict[str, Any]:
    conditions = [condition("Ready", "True")]
    if archiving:
        conditions.append(condition(cluster.CONTINUOUS_ARCHIVING, archiving, "exit status 4"))
    spec: dict[str, Any] = {"instances": 1}
    if archives:
        spec["plugins"] = [object_store.use(store="main", server_name="main-15-1")]
    found = {"phase": cluster.HEALTHY, "readyInstances": ready, "currentPrimary": "main-1", "conditions": conditions}
    return {"metadata": {"name": "main", "namespace": "apps"}, "spec": spec, "status": found | status}


def told(item: dict[str, Any] | None = None, *, window: Any = WINDOW, check: Any = CHECK, backups: Any = ()) -> Any:
    store = {"status": {"serverRecoveryWindow": {"main-15-1": window}}}
    seen = health_rules.Seen(cluster=item or server(), store=store, check=check, backups=backups)
    return health_rules.health(seen, LIMITS, NOW)


def test_an_instance_that_is_well_has_no_problem() -> None:
    found = told()
    assert (found["healthy"], found["problems"]) == (True, [])
    assert (found["archiving"], found["archivingSince"]) == ("working", "2026-11-23T09:00:00Z")
    assert (found["lastBackup"], found["lastBackupAgeSeconds"]) == ("2026-11-23T03:00:00Z", 9 * 3600)
    assert (found["restoreCheck"], found["restoreCheckAgeSeconds"]) == ("passed", 31 * 3600)
    assert found["conditions"][0] == {
        "type": "Ready",
        "status": "True",
        "reason": "R",
        "message": "",
        "since": "2026-11-23T09:00:00Z",
    }


def test_servers_that_do_not_answer_are_told_with_the_operators_words() -> None:
    found = told(server(ready=0, phase="Waiting for the instances to become active"))
    assert found["problems"] == ["0 of 1 servers answer: Waiting for the instances to become active"]


def test_an_archive_that_fails_is_told_with_its_beginning() -> None:
    found = told(server(archiving="False"))
    assert found["archiving"] == "failing"
    assert found["problems"] == ["WAL is not archived since 2026-11-23T09:00:00Z: exit status 4"]


def test_without_backups_nothing_of_them_is_a_problem() -> None:
    found = told(server(archives=False, archiving=None), check={})
    assert (found["healthy"], found["archiving"], found["serverName"]) == (True, "off", "")


def test_before_the_first_backup_there_is_a_problem() -> None:
    found = told(server(archiving=None), window={}, check={})
    assert found["archiving"] == "unknown"
    assert found["lastBackupAgeSeconds"] == found["restoreCheckAgeSeconds"] == -1
    assert found["problems"] == ["there is no base backup, so nothing can be restored"]


def test_a_backup_that_is_too_old_is_a_problem() -> None:
    found = told(window=WINDOW | {"lastSuccessfulBackupTime": "2026-11-22T03:00:00Z"})
    assert found["problems"] == ["the last successful base backup is from 2026-11-22T03:00:00Z, too long ago"]


def test_a_failed_backup_is_told_with_its_error_until_a_later_one_is_good() -> None:
    others = FAILED | {"spec": {"cluster": {"name": "other"}}}
    assert told(backups=[others])["problems"] == []
    found = told(backups=[FAILED])
    assert found["problems"] == ["the last base backup failed at 2026-11-23T10:01:00Z: no space left on device"]
    assert told(backups=[FAILED], window=WINDOW | {"lastSuccessfulBackupTime": "2026-11-23T11:00:00Z"})["healthy"]


def test_a_restore_check_that_failed_or_is_overdue_is_a_problem() -> None:
    failed = told(check=CHECK | {"result": "failed", "message": "invalid page in block 100"})
    assert failed["problems"] == ["the last restore check failed: invalid page in block 100"]
    overdue = told(check=CHECK | {"finished": "2026-11-01T05:00:00Z"})
    assert overdue["problems"] == ["the last restore check is from 2026-11-01T05:00:00Z, too long ago"]


def test_nothing_has_the_same_outputs() -> None:
    assert health_rules.nothing().keys() == told().keys()
