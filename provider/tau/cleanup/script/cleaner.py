"""Deletes what a deletion retained, when its time is over: first the server, then what it needed, then itself.

It stops at the first object that does not go, and starts again the next day. What was resumed, is retained for somebody
else, or is in use again stays; so does what changes between the look at it and its deletion.
"""

import datetime
import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tau.resource.script import kubernetes as api

_RETAINED_FOR, _KEEP_UNTIL, _HIBERNATION = "tau/kept-for", "tau/keep-until", "cnpg.io/hibernation"
_CLUSTER = "Cluster"
_CRON_JOBS = "apis/batch/v1", "cronjobs"
_SECONDS_TO_GO = 240
_SECONDS_BETWEEN = 2.0


class Stays(Exception):
    """Why an object does not go."""


class Kubernetes(api.Kubernetes):
    """The namespace, in which nothing is deleted that has changed since it was looked at."""

    def delete_unchanged(self, kind: api.Kind, live: Mapping[str, Any]) -> None:
        """Delete an object as it was seen; one that was changed is refused with 409."""
        metadata = live["metadata"]
        seen = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
        self._call("DELETE", kind, metadata["name"], body={"propagationPolicy": "Background", "preconditions": seen})


def main(request: Mapping[str, Any], kubernetes: Any, now: datetime.datetime) -> int:
    """Clean up if it is time; 0 unless something went wrong."""
    try:
        reason = _reason_to_wait(request, kubernetes, now)
        if reason:
            print(reason, flush=True)
            return 0
        for api_version, what, plural, name in request["objects"]:
            if what != _CLUSTER:
                _no_server(request, kubernetes)
            _remove(kubernetes, _kind(api_version, plural), what, name, str(request["owner"]))
    except (Stays, api.Refused) as failure:
        print(f"{failure}; nothing more is deleted today", flush=True)
        return 1
    own = kubernetes.get(_CRON_JOBS, request["cleaner"])
    if own:
        print("everything is deleted; the cleaner goes too", flush=True)
        kubernetes.delete(_CRON_JOBS, request["cleaner"], own["metadata"]["uid"])
    return 0


def _reason_to_wait(request: Mapping[str, Any], kubernetes: Any, now: datetime.datetime) -> str:
    """Why nothing is to be deleted now; empty if it is."""
    until = request["until"]
    for kind, name in _servers(request):
        live = kubernetes.get(kind, name)
        if live is None:
            continue
        if reason := _wanted(live, request["owner"]):
            return f"{_CLUSTER} {name} {reason}"
        until = _annotations(live).get(_KEEP_UNTIL) or until
    return "" if now >= _moment(until) else f"retained until {until}"


def _moment(text: str) -> datetime.datetime:
    """A timestamp, which a person may have written; without a time zone it is in UTC."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError as failure:
        raise Stays(
            f"annotation {_KEEP_UNTIL} of the {_CLUSTER} is {text!r}, which is not a timestamp; "
            "set it to one such as 2027-01-01T00:00:00+00:00"
        ) from failure
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _wanted(live: Mapping[str, Any], owner: str) -> str:
    """Why a server is not to be deleted; empty if it is."""
    annotations = _annotations(live)
    if annotations.get(_RETAINED_FOR) != owner:
        return "was resumed"
    if annotations.get(_HIBERNATION) != "on":
        return "is not hibernated, so it is in use; nothing is deleted"
    return ""


def _no_server(request: Mapping[str, Any], kubernetes: Any) -> None:
    """What a recreated server of the same name may be using must not be deleted."""
    for kind, name in _servers(request):
        if kubernetes.get(kind, name):
            raise Stays(f"{_CLUSTER} {name} was created again")


def _servers(request: Mapping[str, Any]) -> list[tuple[api.Kind, str]]:
    return [(_kind(version, plural), name) for version, what, plural, name in request["objects"] if what == _CLUSTER]


def _remove(kubernetes: Any, kind: api.Kind, what: str, name: str, owner: str) -> None:
    """Delete one object, and wait until it is gone; one that changes at the very moment is looked at again."""
    deadline, deleted = time.monotonic() + _SECONDS_TO_GO, ""
    while live := kubernetes.get(kind, name):
        if deleted and live["metadata"]["uid"] != deleted:
            return
        if not deleted:
            _check(what, live, owner)
            print(f"deleting {what} {name}", flush=True)
            deleted = _delete(kubernetes, kind, live)
        if time.monotonic() > deadline:
            raise Stays(f"{what} {name} is not gone after {_SECONDS_TO_GO} s")
        time.sleep(_SECONDS_BETWEEN)


def _check(what: str, live: Mapping[str, Any], owner: str) -> None:
    """Raise why an object is not to be deleted."""
    if what == _CLUSTER and (reason := _wanted(live, owner)):
        raise Stays(f"{what} {live['metadata']['name']} {reason}")
    if _annotations(live).get(_RETAINED_FOR) != owner:
        raise Stays(f"{what} {live['metadata']['name']} is not retained for {owner} any more")


def _delete(kubernetes: Any, kind: api.Kind, live: Mapping[str, Any]) -> str:
    """The uid of the object if it is deleted, empty if somebody has changed it since it was looked at."""
    try:
        kubernetes.delete_unchanged(kind, live)
    except api.Refused as refused:
        if refused.status not in (404, 409):
            raise
        return ""
    return str(live["metadata"]["uid"])


def _annotations(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return item["metadata"].get("annotations") or {}


def _kind(api_version: str, plural: str) -> api.Kind:
    return f"{'apis' if '/' in api_version else 'api'}/{api_version}", plural


def run(arguments: Sequence[str]) -> int:
    """The last argument lists what is retained."""
    return main(json.loads(arguments[-1]), Kubernetes(), datetime.datetime.now(datetime.UTC))


if __name__ == "__main__":
    sys.exit(run(sys.argv))
