"""A walk: random steps from a seed, until something is wrong or it is long enough; the same seed walks the same way."""

import dataclasses
import pathlib
import shutil
import time
from collections.abc import Callable, Sequence

from tests.walk import moves, steps, stories, world
from tests.walk.moves import Move
from tests.walk.steps import Step
from tests.walk.world import World

LONGEST = 14
"""Steps of one walk, after which another one begins in an empty world."""


@dataclasses.dataclass(frozen=True)
class Course:
    """One walk: its seed, what was done and how it ended, and what was wrong at the end."""

    seed: int
    log: Sequence[str]
    wrong: Sequence[str]

    def __str__(self) -> str:
        """What a person reads of a walk that went wrong."""
        again = f"make walk SEED={self.seed} STEPS={LONGEST}"
        return "\n".join([f"seed {self.seed} (again: {again})", *self.log, *(f"  WRONG: {one}" for one in self.wrong)])


def walk(folder: pathlib.Path, seed: int, count: int, tell: Callable[[str], None] = lambda line: None) -> Course:
    """At most so many steps from a seed, in an empty folder, which is removed."""
    return _walk(folder, seed, count, _any_move, tell)


def story(folder: pathlib.Path, seed: int, told: Move) -> Course:
    """The steps of one story in an empty world."""
    waiting = True

    def once(place: World) -> list[Step]:
        nonlocal waiting
        now, waiting = waiting, False
        return told(place) or [] if now else []

    return _walk(folder, seed, LONGEST, once)


def _walk(
    folder: pathlib.Path,
    seed: int,
    count: int,
    choose: Callable[[World], list[Step]],
    tell: Callable[[str], None] = lambda line: None,
) -> Course:
    log: list[str] = []
    with world.created(folder, seed) as place:
        waiting: list[Step] = []
        while len(log) < count:
            # Each step chooses for itself, so that what hangs on the time of a kill does not change all that follows.
            place.chance.seed(f"{seed}/{len(log)}")
            waiting = waiting or choose(place)
            if not waiting:
                break
            step, began = waiting.pop(0), time.monotonic()
            outcome, wrong = steps.run(place, step)
            log.append(f"{len(log) + 1:3}. {step.text}: {outcome} ({time.monotonic() - began:.1f} s)")
            tell(log[-1])
            if wrong:
                return Course(seed, log, wrong)
    shutil.rmtree(folder)
    return Course(seed, log, ())


def _any_move(place: World) -> list[Step]:
    """Any that can be made now."""
    if not any(use.program or use.stack.state() for use in place.uses):
        return moves.edit_and_up(place)
    possible = {**moves.MOVES, **stories.STORIES, stories.sleepless: 1}
    while True:
        move = place.chance.choices(list(possible), weights=list(possible.values()))[0]
        found = move(place)
        if found:
            return found


def walks(folder: pathlib.Path, seed: int, count: int, tell: Callable[[str], None] = lambda line: None) -> list[Course]:
    """Walks from this seed on, until they have so many steps together; the loss that ends one does not end the next."""
    found: list[Course] = []
    while (left := count - sum(len(one.log) for one in found)) > 0:
        here = folder / f"walk-{seed}"
        found.append(walk(here, seed, min(left, LONGEST), tell))
        for line in found[-1].wrong:
            tell(f"  WRONG: {line}")
        seed += 1
    return found
