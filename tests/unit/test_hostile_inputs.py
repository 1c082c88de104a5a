"""Whatever the inputs are, each problem is told under its path, and nothing but errors of tau is raised.

A few hundred cases for each token; `pytest --hypothesis-profile=hunt` tries ten thousand for each.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator

import hypothesis
import pytest

from tau import errors
from tests.unit import hostile, judging, schema_values

TOKENS = sorted([*schema_values.SCHEMA["resources"], *schema_values.SCHEMA["functions"]])
# What has more inputs has more ways to go wrong.
CASES = {token: 500 for token in TOKENS} | {"tau:app:TauApplication": 1500, "tau:postgres:Instance": 1000}
HUNTED = 10_000


@pytest.fixture(autouse=True, scope="module")
def loop() -> Iterator[None]:
    """An event loop, which the SDK's outputs need to exist."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


@pytest.mark.parametrize("token", TOKENS)
def test_whatever_is_given_is_judged(token: str) -> None:
    hunts = not hypothesis.settings().derandomize
    generator, seen = hostile.Generator(len(token)), Counter[str]()
    for number in range(HUNTED if hunts else CASES[token]):
        inputs = generator.inputs(token)
        try:
            problems = judging.judged(token, inputs)
        except errors.TauError:
            seen["refused"] += 1
            continue
        except Exception as failure:
            raise AssertionError(f"case {number}: {inputs}") from failure
        seen["wrong" if problems else "right"] += 1
        assert [one for one in problems if not one.path or not one.reason] == [], f"case {number}: {inputs}"
    assert seen["right"] > 0 < seen["wrong"], seen
