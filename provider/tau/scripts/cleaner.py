"""Deletes what a deletion kept for a time, when that is over: first the server, then what it needed, itself at last.

It stops at the first object that does not go, and begins anew the next day. What was taken back, is kept for somebody
else, or is in use again stays.
"""

import datetime
import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tau.scripts.restore_check import api

_KEPT_FOR, _KEEP_UNTIL, _HIBERNATION = "tau/kept-for", "tau/keep-until", "cnpg.io/hibernation"
_CLUSTER = "Cluster"
_CRON_JOBS = "apis/batch/v1", "cronjobs"
_SECONDS_TO_GO = 240
_SECONDS_BETWEEN = 2.0


class Stays(Exception):
    """Why an object does not go."""


def main(given: Mapping[str, Any], kubernetes: Any, now: datetime.datetime) -> int:
    """Clean up if it is time; 0 unless something went wrong."""
    try:
        reason = _reason_to_wait(given, kubernetes, now)
        if reason:
            print(reason, flush=True)
            return 0
        for api_version, what, plural, name in given["objects"]:
            _remove(kubernetes, _kind(api_version, plural), what, name, str(given["owner"]))
    except (Stays, api.Refused) as failure:
        print(f"{failure}; nothing after it is deleted today", flush=True)
        return 1
    own = kubernetes.get(_CRON_JOBS, given["cleaner"])
    if own:
        print("everything is deleted; the cleaner goes too", flush=True)
        kubernetes.delete(_CRON_JOBS, given["cleaner"], own["metadata"]["uid"])
    return 0


def _reason_to_wait(given: Mapping[str, Any], kubernetes: Any, now: datetime.datetime) -> str:
    """Why nothing is to be deleted now; empty if it is."""
    until = datetime.datetime.fromisoformat(given["until"])
    for api_version, what, plural, name in given["objects"]:
        living = kubernetes.get(_kind(api_version, plural), name) if what == _CLUSTER else None
        if living is None:
            continue
        annotations = _annotations(living)
        if annotations.get(_KEPT_FOR) != given["owner"]:
            return f"{what} {name} was taken back"
        if annotations.get(_HIBERNATION) != "on":
            return f"{what} {name} is awake, so somebody uses it; nothing is deleted"
        until = datetime.datetime.fromisoformat(annotations.get(_KEEP_UNTIL) or given["until"])
    return "" if now >= until else f"kept until {until.isoformat()}"


def _remove(kubernetes: Any, kind: api.Kind, what: str, name: str, owner: str) -> None:
    """Delete one object, and wait until it is gone."""
    living = kubernetes.get(kind, name)
    if living is None:
        return
    if _annotations(living).get(_KEPT_FOR) != owner:
        raise Stays(f"{what} {name} is not kept for {owner} any more")
    uid = living["metadata"]["uid"]
    print(f"deleting {what} {name}", flush=True)
    kubernetes.delete(kind, name, uid)
    deadline = time.monotonic() + _SECONDS_TO_GO
    while (left := kubernetes.get(kind, name)) and left["metadata"]["uid"] == uid:
        if time.monotonic() > deadline:
            raise Stays(f"{what} {name} is not gone after {_SECONDS_TO_GO} s")
        time.sleep(_SECONDS_BETWEEN)


def _annotations(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return item["metadata"].get("annotations") or {}


def _kind(api_version: str, plural: str) -> api.Kind:
    return f"{'apis' if '/' in api_version else 'api'}/{api_version}", plural


def run(arguments: Sequence[str]) -> int:
    """The last argument says what is kept."""
    return main(json.loads(arguments[-1]), api.Kubernetes(), datetime.datetime.now(datetime.UTC))


if __name__ == "__main__":
    sys.exit(run(sys.argv))
