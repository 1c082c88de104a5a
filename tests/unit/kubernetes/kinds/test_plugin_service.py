"""`tau.kubernetes.kinds.plugin_service`: what tells that the operator knows the plugin, and that the plugin answers."""

import datetime
from typing import Any

import pytest

from tau.kubernetes.kinds import plugin_service
from tau.kubernetes.state import State

FINALIZER = "cnpg.io/cleanupPlugin"
ANSWERING = [{"endpoints": [{"conditions": {"ready": False}}, {"conditions": {"ready": True}}]}]
REFUSED = "Failed to get server secret barman-cloud-server-tls"


NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def service(*finalizers: str, created: str | None = None) -> dict[str, Any]:
    """The plugin's Service."""
    metadata: dict[str, Any] = {"name": "barman-cloud", "uid": "1", "finalizers": list(finalizers)}
    return {
        "kind": "Service",
        "metadata": metadata | ({"creationTimestamp": f"2026-01-01T{created}Z"} if created else {}),
    }


def told(reason: str, at: str, *, uid: str = "1", kind: str = "Normal", source: str = "cloudnative-pg-plugin") -> Any:
    """An Event."""
    about = {"involvedObject": {"uid": uid}, "source": {"component": source}, "lastTimestamp": f"2026-01-01T{at}Z"}
    return {"metadata": {}, "reason": reason, "type": kind, "message": REFUSED} | about


def operator(started: str, **metadata: Any) -> Any:
    """A Pod of the operator."""
    status = {"containerStatuses": [{"state": {"running": {"startedAt": f"2026-01-01T{started}Z"}}}]}
    return {"metadata": metadata, "status": status}


def look(item: Any, events: Any, operators: Any, *, slices: Any = ANSWERING) -> State:
    """What is said about the plugin at noon."""
    return plugin_service.registered(item, slices=slices, events=events, operators=operators, now=NOON)


ADDED = told("FinalizerAdded", "10:00:00")
REGISTERED = told("PluginRegistered", "10:00:01")


@pytest.mark.parametrize(
    ("item", "slices", "events", "operators", "message"),
    [
        (service(FINALIZER), [], [REGISTERED], [], "no Pod of the plugin answers yet"),
        (service(FINALIZER), [{"endpoints": None}], [REGISTERED], [], "no Pod of the plugin answers yet"),
        (service(), ANSWERING, [], [], "the operator has not seen the plugin yet"),
        (
            service(created="11:59:30"),
            ANSWERING,
            [],
            [operator("09:59:00")],
            "the operator has not seen the plugin yet",
        ),
        (
            service(created="09:00:00"),
            ANSWERING,
            [],
            [operator("11:59:30")],
            "the operator has not seen the plugin yet",
        ),
        (service(FINALIZER), ANSWERING, [ADDED], [], "the operator has not registered the plugin yet"),
        (service(FINALIZER), ANSWERING, [REGISTERED], [operator("11:00:00")], "has not registered the plugin yet"),
    ],
    ids=[
        "no Pod",
        "no endpoints",
        "unknown age",
        "new Service",
        "new operator",
        "only seen",
        "registered with an operator that has gone",
    ],
)
def test_a_plugin_is_not_ready(item: Any, slices: Any, events: Any, operators: Any, message: str) -> None:
    found = look(item, events, operators, slices=slices)
    assert not found.ready
    assert not found.failed
    assert message in found.message


@pytest.mark.parametrize(
    ("events", "operators"),
    [
        ([REGISTERED, ADDED], [operator("09:59:00")]),
        ([REGISTERED], [operator("10:00:01")]),
        ([REGISTERED], [operator("09:59:00"), operator("11:00:00")]),
        ([REGISTERED], [operator("09:59:00"), {"metadata": {}, "status": {}}]),
        ([told("ServerSecretNotFound", "10:00:01", kind="Warning"), REGISTERED], []),
        ([], [operator("11:00:00")]),
        ([told("ServerSecretNotFound", "12:00:00", kind="Warning", uid="2")], []),
        ([REGISTERED, told("FailedToUpdateEndpoint", "12:00:00", kind="Warning", source="endpoints")], []),
    ],
    ids=[
        "newest",
        "same second",
        "second operator waits",
        "starting Pod",
        "passed",
        "expired",
        "other",
        "other source",
    ],
)
def test_a_plugin_is_registered(events: Any, operators: Any) -> None:
    found = plugin_service.registered(
        service(FINALIZER), slices=ANSWERING, events=events, operators=operators, now=NOON
    )
    assert (found.ready, found.message) == (True, "registered")


def test_a_terminating_operator_does_not_count() -> None:
    operators = [operator("09:00:00", deletionTimestamp="2026-01-01T11:00:01Z"), operator("11:00:00")]
    found = plugin_service.registered(
        service(FINALIZER), slices=ANSWERING, events=[REGISTERED], operators=operators, now=NOON
    )
    assert not found.ready


def test_a_registration_that_failed_says_why() -> None:
    events = [REGISTERED, told("ServerSecretNotFound", "10:00:02", kind="Warning")]
    found = look(service(FINALIZER), events, [])
    assert (found.ready, found.failed, found.message) == (False, True, REFUSED)


@pytest.mark.parametrize("events", [[REGISTERED], []], ids=["told", "expired"])
def test_a_plugin_of_an_operator_without_finalizers_is_registered(events: Any) -> None:
    """1.30.1 and later."""
    known = look(service(created="09:00:00"), events, [operator("09:59:00")])
    assert (known.ready, known.message) == (True, "registered")
