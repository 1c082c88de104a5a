"""`tau.component.lookups`: what several components ask the cluster is asked once."""

import asyncio

from tau.component.lookups import Lookups


async def test_components_that_ask_at_the_same_time_share_one_answer() -> None:
    asked = []

    async def ask() -> list[str]:
        asked.append(1)
        await asyncio.sleep(0)
        return ["database"]

    lookups = Lookups()
    answers = await asyncio.gather(*(lookups.once("operators", ask) for _ in range(5)))
    assert answers == [["database"]] * 5
    assert len(asked) == 1


async def test_nothing_is_asked_for_again_and_a_failure_too() -> None:
    """An operator may be installed by the same `up`, and a cluster may come back."""
    answers: list[object] = [OSError("away"), [], ["database"]]

    async def ask() -> object:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    lookups, seen = Lookups(), []
    for _ in range(4):
        try:
            seen.append(await lookups.once("operators", ask))
        except OSError:
            seen.append("failed")
    assert seen == ["failed", [], ["database"], ["database"]]
