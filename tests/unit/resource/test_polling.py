"""The wait that all others are made of."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from tau import errors
from tau.resource import polling
from tau.resource.contract import Operation
from tau.resource.polling import Pending

FAILED = Pending(message="broken", failure=errors.ClusterError("it is broken"))
STARTING = Pending(message="starting")


def _operation(**given: Any) -> Operation:
    common: dict[str, Any] = {"urn": "urn", "seconds": 60.0, "tell": print}
    return Operation(**(common | given))


async def _poll(*shown: Any, operation: Operation | None = None, **given: Any) -> Any:
    """Poll what shows the given answers one after another, and the last one again and again."""
    answers = list(shown)

    async def look() -> Any:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def late(seen: Pending) -> errors.ClusterError:
        return errors.ClusterError(f"late: {seen.message}")

    common: dict[str, Any] = {"subject": "Job a/b", "until": "until it is over", "every": 0.001, "late": late}
    return await polling.poll(look, operation or _operation(), **(common | given))


@pytest.mark.parametrize("result", ["done", "", None, {}])
async def test_it_ends_with_the_first_look_that_is_not_pending(result: Any) -> None:
    assert await _poll(STARTING, Pending(), result) == result


async def test_a_message_is_told_when_it_changes() -> None:
    told: list[str] = []
    again = Pending(message="pulling")
    await _poll(STARTING, STARTING, again, Pending(), again, STARTING, "done", tell=told.append)
    assert told == ["starting", "pulling", "pulling", "starting"]


async def test_a_failure_ends_the_wait_at_once() -> None:
    with pytest.raises(errors.ClusterError, match=r"^it is broken$"):
        await _poll(STARTING, FAILED, "done")


async def test_with_patience_a_failure_may_pass_and_come_back() -> None:
    assert await _poll(FAILED, STARTING, *[FAILED] * 5, "done", patience=20) == "done"


async def test_a_failure_that_lasts_for_the_patience_ends_the_wait() -> None:
    with pytest.raises(errors.ClusterError, match=r"^it is broken$"):
        await _poll(STARTING, FAILED, patience=0.02)


@pytest.mark.parametrize("given", [{"seconds": 0.01}, {"operation": _operation(seconds=0.01)}])
async def test_when_time_is_up_the_last_look_is_told(given: dict[str, Any]) -> None:
    with pytest.raises(errors.ClusterError, match=r"^late: starting$"):
        await _poll(Pending(message="pulling"), STARTING, **given)


async def test_what_is_nearly_over_outlasts_the_time() -> None:
    assert await _poll(*[Pending(nearly=True)] * 3, "done", seconds=-1) == "done"


@pytest.mark.parametrize(("message", "told"), [("starting", ": starting"), ("", "")])
async def test_cancelled_it_says_what_it_waited_for_how_long_and_what_to_do(message: str, told: str) -> None:
    operation = _operation()
    asyncio.get_running_loop().call_later(0.02, operation.cancelled.set)
    with pytest.raises(polling.Cancelled) as ended:
        await _poll(Pending(message=message), operation=operation, every=60)
    wanted = (
        f"Job a/b: cancelled after 0 s while waiting until it is over{told}; run the same command again to continue"
    )
    assert str(ended.value) == wanted


async def test_the_first_pauses_are_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    sleep: Callable[[float], Any] = asyncio.sleep

    async def counted(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", counted)
    await _poll(*[STARTING] * 4, "done", first=0.2, every=0.4)
    assert pauses == pytest.approx([0.2, 0.3, 0.4, 0.4])


async def test_what_runs_is_ended_where_the_operation_is_cancelled() -> None:
    operation, ended = _operation(), asyncio.Event()

    async def run() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    asyncio.get_running_loop().call_later(0.01, operation.cancelled.set)
    with pytest.raises(polling.Cancelled, match="vacuumdb: cancelled after 0 s while waiting until it has ended"):
        await polling.unless_cancelled(run(), operation, subject="vacuumdb", until="until it has ended")
    await asyncio.wait_for(ended.wait(), 1)


async def test_a_call_of_the_engine_that_is_dropped_ends_what_runs() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    task = asyncio.ensure_future(polling.unless_cancelled(run(), _operation(), subject="a", until="until it is over"))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(ended.wait(), 1)


def test_a_pending_look_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        STARTING.message = "other"  # type: ignore[misc]
