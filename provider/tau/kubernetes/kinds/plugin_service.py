"""Service (v1) of a CNPG-I plugin: how the operator finds the plugin, and whether it has.

The operator's `internal/controller/plugin_controller.go` takes the label and the annotations of Services in its own
namespace, and tells by Events of the Service how the registration went. It registers again at its own start and
whenever one of the two Secrets changes. 1.30.0 puts a finalizer on the Service a second before it registers the
plugin; 1.30.1 and later remove it again.
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from tau.kubernetes.kinds import event, object_store, service
from tau.kubernetes.state import State

KIND = service.KIND
PLUGIN = {"cnpg.io/pluginName": object_store.PLUGIN}
"""Label of the Service of the Barman Cloud plugin."""

_SERVER_SECRET = "cnpg.io/pluginServerSecret"
_CLIENT_SECRET = "cnpg.io/pluginClientSecret"
_SERVER_NAME = "cnpg.io/pluginServerName"
_FINALIZER = "cnpg.io/cleanupPlugin"
_CONTROLLER = "cloudnative-pg-plugin"
_REGISTERED = "PluginRegistered"
# The controller tells a failure at once, and retries with a delay that reaches this after six tries.
_SECONDS_WITHOUT_A_FAILURE = 60


def is_barman_plugin(item: Mapping[str, Any]) -> bool:
    """Whether an object is the Service of the Barman Cloud plugin."""
    return item.get("kind") == KIND.kind and PLUGIN.items() <= item["metadata"].get("labels", {}).items()


def secrets(item: Mapping[str, Any]) -> tuple[str, str]:
    """Names of the Secrets of the plugin's server and of its client, the operator."""
    annotations = item["metadata"].get("annotations", {})
    return annotations.get(_SERVER_SECRET, ""), annotations.get(_CLIENT_SECRET, "")


def server_name(item: Mapping[str, Any]) -> str:
    """Name that the server's certificate has to be for."""
    metadata = item["metadata"]
    return str(metadata.get("annotations", {}).get(_SERVER_NAME) or metadata["name"])


def selects(item: Mapping[str, Any], deployment: Mapping[str, Any]) -> bool:
    """Whether the Service leads to the Pods of a Deployment."""
    labels = deployment["spec"]["template"].get("metadata", {}).get("labels", {})
    return bool(item["spec"]["selector"].items() <= labels.items())


def state(item: Mapping[str, Any]) -> State:
    """Whether the Service can be registered at all; see `registered` for the rest."""
    if item["metadata"].get("deletionTimestamp"):
        return State(ready=False, message="the plugin's Service is being deleted")
    return State(ready=True, message="registered")


def registered(
    item: Mapping[str, Any],
    *,
    slices: Iterable[Mapping[str, Any]],
    events: Iterable[Mapping[str, Any]],
    operators: Iterable[Mapping[str, Any]],
    now: datetime.datetime,
) -> State:
    """Whether the plugin answers and the operator that runs now has registered it.

    `slices` are the EndpointSlices of the Service, `events` those of its namespace, `operators` the operator's Pods.
    Events go after an hour. With none left it is registered if it has the finalizer of 1.30.0, or if neither the
    Service nor the operator is younger than a minute: a registration that fails is told again and again.
    """
    endpoints = [endpoint for each in slices for endpoint in each.get("endpoints") or []]
    if not any(endpoint.get("conditions", {}).get("ready") for endpoint in endpoints):
        return State(ready=False, message="no Pod of the plugin answers yet")
    started = min(filter(None, map(_started, operators)), default="")
    reported = event.of_object(events, item["metadata"].get("uid"), _CONTROLLER)
    if not reported:
        return _without_events(item["metadata"], started, now)
    # Events tell the time in seconds, and the controller retries until it could register.
    last = max(reported, key=lambda each: (event.last_seen(each), each["reason"] == _REGISTERED))
    if last.get("type") == "Warning":
        return State(ready=False, failed=True, message=last.get("message", last["reason"]))
    if last["reason"] != _REGISTERED or event.last_seen(last) < started:
        return State(ready=False, message="the operator has not registered the plugin yet")
    return state(item)


def _without_events(metadata: Mapping[str, Any], started: str, now: datetime.datetime) -> State:
    newest = max(str(metadata.get("creationTimestamp") or ""), started)
    limit = now - datetime.timedelta(seconds=_SECONDS_WITHOUT_A_FAILURE)
    # The time of the API server is compared with the user's: one that is slow waits longer, and at worst an hour.
    if _FINALIZER in metadata.get("finalizers", []) or (newest and newest < limit.strftime("%Y-%m-%dT%H:%M:%SZ")):
        return State(ready=True, message="registered")
    return State(ready=False, message="the operator has not seen the plugin yet")


def _started(pod: Mapping[str, Any]) -> str | None:
    """When the container of a Pod that is to stay began to run, RFC 3339."""
    if pod["metadata"].get("deletionTimestamp"):
        return None
    running = [
        status.get("state", {}).get("running", {}) for status in pod.get("status", {}).get("containerStatuses", [])
    ]
    return max((running_state["startedAt"] for running_state in running if "startedAt" in running_state), default=None)
