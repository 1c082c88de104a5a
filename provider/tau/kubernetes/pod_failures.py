"""Why the Pods of a Cluster fail again and again: which of them says so, and its last errors, in their own words.

Also runs inside the cluster, so it uses the standard library only.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_ROLE_LABEL = "cnpg.io/jobRole"
# The operator tries again by itself; what fails twice is not the weather.
_TRIES = 2
_CRASHES = 3
_LINES = 3


def broken(pods: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The Pod that tells why trying again does not help, if it does not."""
    failed = [pod for pod in pods if _ROLE_LABEL in _labels(pod) and pod.get("status", {}).get("phase") == "Failed"]
    if len(failed) >= _TRIES:
        return max(failed, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")))
    return next((pod for pod in pods if _crashes(pod) >= _CRASHES), None)


def _labels(pod: Mapping[str, Any]) -> Mapping[str, str]:
    labels: Mapping[str, str] = pod["metadata"].get("labels", {})
    return labels


def _crashes(pod: Mapping[str, Any]) -> int:
    return max((int(status.get("restartCount", 0)) for status in statuses(pod)), default=0)


def statuses(pod: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The states of a Pod's containers, in the order in which they start."""
    status = pod.get("status", {})
    yield from status.get("initContainerStatuses", [])
    yield from status.get("containerStatuses", [])


def complaints(log: str) -> list[str]:
    """The last errors in a log of the operator's instance manager or of the plugin, each once.

    Those of barman and of PostgreSQL, where there are any: the others only say that something failed.
    """
    entries = [entry for line in log.splitlines() if (entry := _entry(line))]
    causes = [text for entry in entries for text in _cause(entry)]
    followed = [_bare(str(entry["error"])) for entry in entries if entry.get("level") == "error" and "error" in entry]
    lines = causes or [text for text in followed if not any(other in text and other != text for other in followed)]
    return list(dict.fromkeys(reversed(lines)))[:_LINES][::-1]


def _entry(line: str) -> Mapping[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _cause(entry: Mapping[str, Any]) -> Iterator[str]:
    record, message = entry.get("record"), str(entry.get("msg", ""))
    if isinstance(record, Mapping) and record.get("error_severity") in ("FATAL", "PANIC"):
        yield f"PostgreSQL: {record.get('message', '')}"
    elif str(entry.get("logger", "")).startswith("barman-cloud") and "ERROR: " in message:
        yield message.partition("ERROR: ")[2]


def _bare(error: str) -> str:
    return error.rpartition("rpc error: code = Unknown desc = ")[2]
