"""Steps of a walk: commands of the CLI, and what people do to a cluster by hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.walk import programs
from tests.walk.api_objects import Refused
from tests.walk.command_line import Result, Stack
from tests.walk.fake_cluster import HAND
from tests.walk.model import Intent
from tests.walk.world import Use, World

_KILLS: Mapping[str, Callable[[Stack], None]] = {
    "everything": Stack.kill,
    "the CLI": Stack.kill_command,
    "tau's plugin": Stack.kill_plugin,
}
KILLS = tuple(_KILLS)


@dataclass(frozen=True)
class Kill:
    """`what` dies at the n-th change that the command makes, which the API server still does, or not."""

    what: str
    at: int
    done: bool


@dataclass(frozen=True)
class Step:
    """One step: `prepare` comes first, then the command, if any.

    `chosen` are the names of the resources that it is about, None for all; `replaces` says that a replacement is asked
    for.
    """

    text: str
    use: Use | None = None
    prepare: Callable[[], None] = lambda: None
    command: tuple[str, ...] = ()
    chosen: frozenset[str] | None = None
    kill: Kill | None = None
    replaces: bool = False


def run(world: World, step: Step) -> tuple[str, list[str]]:
    """Do a step; how it ended, and what is wrong afterwards."""
    use = step.use
    actor = use.name if use else HAND
    if use is None:
        world.model.before(actor, ())
        step.prepare()
        found = world.model.after(actor, Intent())
        world.model.confirm()
        return "done", found
    step.prepare()
    world.write(use)
    intent = _intent(use, step)
    world.model.before(actor, use.stack.state())
    result = _commanded(world, use, step)
    found = world.model.after(actor, intent)
    if "Traceback (most recent call last)" in result.output and step.kill is None:
        found.append("there is a traceback in the output")
    world.model.confirm()
    return _told(result), found


def _commanded(world: World, use: Use, step: Step) -> Result:
    restore = [one.before_change for one in world.clusters.values()]
    strike = _strike(use.stack, step.kill) if step.kill else None
    for one in world.clusters.values():
        one.objects.actor = use.name
        one.before_change = strike or one.before_change
    try:
        return use.stack.run(*step.command)
    finally:
        for one, former in zip(world.clusters.values(), restore, strict=True):
            one.objects.actor, one.before_change = HAND, former
        world.unlock()


def _strike(stack: Stack, kill: Kill) -> Callable[[], None]:
    count = 0

    def change() -> None:
        nonlocal count
        count += 1
        if count == kill.at:
            _KILLS[kill.what](stack)
            if not kill.done:
                raise Refused(503, "ServiceUnavailable", "the connection is gone")

    return change


def _intent(use: Use, step: Step) -> Intent:
    """What the command is meant to delete."""
    verb = step.command[0]
    known = {what for name, what in use.history if step.chosen is None or name in step.chosen}
    for one in use.program:
        use.history |= {(one.name, what) for what in (one.cluster, one.claim) if what}
    if verb == "destroy":
        return Intent(frozenset(known))
    if verb == "up":
        return Intent(frozenset(known - set(programs.claimed(use.program))), replaces=step.replaces)
    return Intent()


def _told(result: Result) -> str:
    if result.code == 0:
        return "succeeded"
    if result.code is None:
        return "hung"
    lines = [line.strip() for line in result.output.splitlines() if "error" in line.lower()]
    return f"exit {result.code}: {' / '.join(lines[:3])[:300]}"
