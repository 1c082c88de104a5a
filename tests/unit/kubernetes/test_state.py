"""`tau.kubernetes.state`: what a Database or a DatabaseRole says about itself."""

from typing import Any

from tau.kubernetes import state


def applied(generation: int = 2, **status: Any) -> state.State:
    """State of an object with some status."""
    return state.applied({"metadata": {"generation": generation}, "status": status})


def test_it_is_ready_when_this_very_generation_was_applied() -> None:
    assert applied(applied=True, observedGeneration=2) == state.State(ready=True, message="applied")
    assert applied(applied=True, observedGeneration=2, message="well").message == "well"


def test_an_older_generation_does_not_count() -> None:
    found = applied(applied=True, observedGeneration=1)
    assert (found.ready, found.failed) == (False, False)


def test_a_refusal_has_failed_in_the_objects_own_words() -> None:
    assert applied(applied=False, message="role is missing") == state.State(
        ready=False, failed=True, message="role is missing"
    )
    assert applied(applied=False).message == "could not be applied"


def test_without_a_status_it_waits() -> None:
    assert state.applied({"metadata": {"generation": 1}}) == state.State(
        ready=False, message="the instance has not applied it yet"
    )


def test_a_refusal_names_what_was_refused_within_the_database() -> None:
    extensions = [
        {"name": "vector", "applied": True},
        {"name": "postgis", "applied": False, "message": 'extension "postgis" is not available'},
    ]
    found = applied(applied=False, message="reconciliation failed", extensions=extensions)
    assert found.message == 'reconciliation failed; extensions postgis: extension "postgis" is not available'
