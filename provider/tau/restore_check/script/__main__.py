"""`python -m tau.restore_check.script check|record`, the two containers of a check's Pod."""

import dataclasses
import datetime
import json
import os
import pathlib
import secrets
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from typing import Any

from tau.resource.script import kubernetes as api
from tau.restore_check.script import archive, connection, query, recovery, report, throwaway, verification
from tau.restore_check.script.failure import CheckFailed, Deadline, Skipped
from tau.values import wal_position

_PARAMETERS = pathlib.Path("/scripts/parameters.json")
_REPORT = report.File(pathlib.Path("/report/report.json"))
_SUFFIX = 5
_SECONDS_BETWEEN = 3
_SECONDS_AFTER_THE_DEADLINE = 30
_SECONDS_TO_REMOVE = 150
_SECONDS_TO_REMOVE_IN_A_HURRY = 40
_AT_WORK = ("Pending", "Running")


@dataclasses.dataclass(frozen=True)
class Parameters:
    """What the RestoreCheck says; `labels` are those of everything that a run makes."""

    name: str
    instance: str
    database: str
    query: str
    minutes: int
    storage: Mapping[str, str]
    labels: Mapping[str, str]

    @property
    def secret(self) -> str:
        """The Secret that all of a run hangs on. Its name is fixed, so that this account may delete it and no other,
        and that two runs do not come in each other's way."""
        return f"{self.name}-run"


@dataclasses.dataclass(frozen=True)
class Run:
    """One run, which lives as long as its Pod."""

    pod: str
    uid: str

    def cluster(self, parameters: Parameters) -> str:
        """The temporary Cluster of this run."""
        return f"{parameters.name}-{self.pod[-_SUFFIX:]}"


def main() -> int:
    """Run one container."""
    kubernetes = api.Kubernetes()
    parameters = Parameters(**json.loads(_PARAMETERS.read_text()))
    run = Run(os.environ["POD_NAME"], os.environ["POD_UID"])
    return {"check": check, "record": record}[sys.argv[1]](kubernetes, parameters, run)


def check(kubernetes: api.Kubernetes, parameters: Parameters, run: Run) -> int:
    """Restore and read; the outcome goes into the report."""
    # The first process of a container is not ended by a signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    state = report.Report(started=_now())
    try:
        message = _check(kubernetes, parameters, run, state)
        state.result, state.message = report.PASSED, message
    except CheckFailed as failed:
        state.result, state.message = report.FAILED, str(failed)
    except Skipped as skipped:
        state.result, state.message = report.SKIPPED, str(skipped)
    except api.Refused as refused:
        state.result, state.message = report.FAILED, f"while {state.message}: {refused}"
    except Exception as failure:
        traceback.print_exc()
        why = connection.words(failure) or type(failure).__name__
        state.result, state.message = report.FAILED, f"while {state.message}: {why}"
    _REPORT.write(state)
    return 0


def _check(kubernetes: api.Kubernetes, parameters: Parameters, run: Run, state: report.Report) -> str:
    def tell(doing: str) -> None:
        print(f"{_now()} {doing}", flush=True)
        state.message = doing
        _REPORT.write(state)

    deadline, began = Deadline(parameters.minutes), time.monotonic()
    tell("looking at the instance and its archive")
    live_cluster = kubernetes.get(api.CLUSTERS, parameters.instance)
    if live_cluster is None:
        raise CheckFailed(f"there is no instance {parameters.instance}")
    source = throwaway.source(live_cluster)
    state.server = source.server
    store = kubernetes.get(api.OBJECT_STORES, source.store)
    if store is None:
        raise CheckFailed(f"there is no ObjectStore {source.store}, which the instance archives to")
    held = archive.look(store["spec"]["configuration"], source.server)
    state.backup = held.backup
    tell(f"restoring backup {held.backup} of {source.server}")
    password = _make(kubernetes, parameters, run, live_cluster, held.backup)
    recovery.wait(kubernetes, run.cluster(parameters), deadline)
    state.seconds = round(time.monotonic() - began)
    tell("waiting for the restored server's password")
    host = f"{run.cluster(parameters)}-rw.{kubernetes.namespace}.svc"
    restored = connection.Restored(host, password, run.cluster(parameters), deadline)
    connection.wait_for_login(restored.superuser)
    server = verification.everything(restored.superuser, deadline, tell)
    state.bytes = server.size
    check_end(held, server)
    tell("running the query")
    query.run(restored, parameters.database, parameters.query, deadline)
    unread = f"; the image has no {' and no '.join(server.missing)}, so less was checked" if server.missing else ""
    return f"backup {held.backup} of {source.server} was restored and read{unread}"


def check_end(held: archive.Archive, server: verification.Server) -> None:
    """A missing or damaged segment ends a restore early, and PostgreSQL takes that for the end of WAL."""
    size = server.segment_size
    if not held.end or server.end // size >= wal_position.segment_number(held.end, size):
        return
    gap = held.reached and held.reached != held.end
    why = held.stop if gap else "a segment between is damaged"
    raise CheckFailed(
        f"the restore ended at {wal_position.shown(server.end)}, before the end of the archived WAL, "
        f"{held.end}: {why}, and what was written after it cannot be restored"
    )


def _make(kubernetes: api.Kubernetes, parameters: Parameters, run: Run, live_cluster: Any, backup: str) -> str:
    """Create the temporary Cluster and its password, below this run's Pod."""
    _remove_leftover(kubernetes, parameters, run)
    password = secrets.token_urlsafe(24)
    owner = {"apiVersion": "v1", "kind": "Pod", "name": run.pod, "uid": run.uid}
    body = throwaway.password_secret(parameters.secret, parameters.labels, owner, password)
    made = kubernetes.create(api.SECRETS, body)
    wanted = throwaway.cluster(
        live_cluster,
        name=run.cluster(parameters),
        secret={key: made["metadata"][key] for key in ("name", "uid")},
        backup=backup,
        labels=parameters.labels,
        storage=parameters.storage,
    )
    kubernetes.create(api.CLUSTERS, wanted)
    return password


def _remove_leftover(kubernetes: api.Kubernetes, parameters: Parameters, run: Run) -> None:
    secret = kubernetes.get(api.SECRETS, parameters.secret)
    if secret is None:
        return
    for owner in secret["metadata"].get("ownerReferences", []):
        pod = kubernetes.get(api.PODS, owner["name"])
        alive = pod and pod["metadata"]["uid"] == owner["uid"] and pod["status"].get("phase") in _AT_WORK
        if alive and owner["uid"] != run.uid:
            raise Skipped(f"another check is at work, in Pod {owner['name']}")
    kubernetes.delete(api.SECRETS, parameters.secret, secret["metadata"]["uid"])


def record(kubernetes: api.Kubernetes, parameters: Parameters, run: Run) -> int:
    """Wait for the end of `check`, remove what it made, and write the result down."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    until = time.monotonic() + parameters.minutes * 60 + _SECONDS_AFTER_THE_DEADLINE
    began, ended = _now(), None
    while not ended and not stopped.is_set() and time.monotonic() < until:
        stopped.wait(_SECONDS_BETWEEN)
        ended = _end_of_check(kubernetes, run)
    late = not ended and not stopped.is_set()
    final = report.conclude(_REPORT.read(), ended=ended, late=late, now=began, minutes=parameters.minutes)
    if final.result != report.SKIPPED:
        # First what people need to know: the rest may be cut short.
        data = {"data": final.data(_now())}
        kubernetes.merge(api.CONFIG_MAPS, parameters.name, data)
        _remove(kubernetes, parameters, run, _SECONDS_TO_REMOVE_IN_A_HURRY if stopped.is_set() else _SECONDS_TO_REMOVE)
    print(f"{_now()} {final.result}: {final.message}", flush=True)
    return 0 if final.result == report.PASSED else 1


def _end_of_check(kubernetes: api.Kubernetes, run: Run) -> Mapping[str, Any] | None:
    pod = kubernetes.get(api.PODS, run.pod) or {}
    for status in pod.get("status", {}).get("containerStatuses", []):
        ended: Mapping[str, Any] | None = status.get("state", {}).get("terminated")
        if status["name"] == "check" and ended is not None:
            return ended
    return None


def _remove(kubernetes: api.Kubernetes, parameters: Parameters, run: Run, seconds: int) -> None:
    """Delete the run's Secret; Kubernetes removes what hangs on it: the Cluster, its Pods, volumes and Secrets."""
    secret = kubernetes.get(api.SECRETS, parameters.secret)
    owners = secret["metadata"].get("ownerReferences", []) if secret else []
    if secret and any(owner["uid"] == run.uid for owner in owners):
        kubernetes.delete(api.SECRETS, parameters.secret, secret["metadata"]["uid"])
    cluster, until = run.cluster(parameters), time.monotonic() + seconds
    while kubernetes.get(api.CLUSTERS, cluster) or kubernetes.labelled(api.PODS, f"{recovery.CLUSTER_LABEL}={cluster}"):
        if time.monotonic() > until:
            print(f"{_now()} Cluster {cluster} is not gone yet", flush=True)
            return
        time.sleep(_SECONDS_BETWEEN)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


if __name__ == "__main__":
    sys.exit(main())
