"""Steps of a walk: commands of the CLI, and what people do to a cluster by hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.walk.api_values import Refused
from tests.walk.command_line import Result, Stack
from tests.walk.fake_cluster import HAND
from tests.walk.model import Intent
from tests.walk.programs import Program
from tests.walk.world import Use, Wanted, World

_KILLS: Mapping[str, Callable[[Stack], None]] = {
    "everything": Stack.kill,
    "the CLI": Stack.kill_command,
    "tau's plugin": Stack.kill_plugin,
}
KILLS = tuple(_KILLS)
_TAKEN_BACK = 0.7


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
    for, and `former` is the program before a change, which is often taken back where it was refused.
    """

    text: str
    use: Use | None = None
    prepare: Callable[[], None] = lambda: None
    command: tuple[str, ...] = ()
    chosen: frozenset[str] | None = None
    kill: Kill | None = None
    replaces: bool = False
    former: Program | None = None


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
    intent = _intent(world, use, step)
    world.model.before(actor, use.stack.state())
    result, told = _commanded(world, use, step)
    _remember(world, use)
    whole = step.command[0] == "up" and not {"--target", "--replace"} & set(step.command)
    use.settled = use.program if whole and result.code == 0 and step.kill is None else None
    found = world.model.after(actor, intent)
    if "Traceback (most recent call last)" in result.output and step.kill is None:
        found.append("there is a traceback in the output")
    world.model.confirm()
    if result.code and step.former is not None and world.chance.random() < _TAKEN_BACK:
        use.program, told = step.former, f"{told}; the change is taken back"
    return _told(result) + told, found


def _commanded(world: World, use: Use, step: Step) -> tuple[Result, str]:
    """Run the command, while everything that is done to the clusters is done by its stack."""
    strike = _Strike(use.stack, step.kill) if step.kill else None
    for one in world.clusters.values():
        one.objects.actor = use.name
        one.before_change = strike or _nothing
    try:
        result = use.stack.run(*step.command)
    finally:
        for one in world.clusters.values():
            one.objects.actor, one.before_change = HAND, _nothing
        world.unlock()
        use.stack.mend_state()
    missed = strike is not None and not strike.done
    return result, " (it was over before anything could be killed)" if missed else ""


def _nothing() -> None:
    """What comes before a change most of the time."""


class _Strike:
    """Kills at the change that it is told."""

    def __init__(self, stack: Stack, kill: Kill) -> None:
        self.done = False
        self._stack, self._kill = stack, kill
        self._count = 0

    def __call__(self) -> None:
        self._count += 1
        if self._count != self._kill.at:
            return
        self.done = True
        _KILLS[self._kill.what](self._stack)
        if not self._kill.done:
            raise Refused(503, "ServiceUnavailable", "the connection is gone")


def _intent(world: World, use: Use, step: Step) -> Intent:
    """What the command is meant to delete."""
    verb = step.command[0]
    known = {past.target for past in use.history if step.chosen is None or past.name in step.chosen}
    present = [(one, use.urn(one), world.place(use, one)) for one in use.program]
    claimed = {(place, *what) for one, _, place in present for what in (one.cluster, one.claim) if what}
    # Other objects for the same resource are no deletion of the former ones.
    wanted = {past.target for past in use.history if any(past.is_of(*one) for one in present)}
    if verb == "destroy":
        return Intent(frozenset(known))
    if verb == "up":
        quiet = use.settled == use.program and not step.replaces and step.kill is None
        return Intent(frozenset(known - wanted - claimed), replaces=step.replaces, quiet=quiet)
    return Intent()


def _remember(world: World, use: Use) -> None:
    """Note the Clusters and claims that the program's resources have: made by the last command, or theirs before."""
    added = {
        (cluster.name, change.key.namespace, change.key.name)
        for cluster in world.clusters.values()
        for change in cluster.objects.journal
        if change.verb == "added"
    }
    for one in use.program:
        urn, place = use.urn(one), world.place(use, one)
        for target in ((place, *what) for what in (one.cluster, one.claim) if what):
            theirs = {past.target for past in use.history if past.urn in (urn, *one.aliases)}
            if target in added or target in theirs:
                use.history.add(Wanted(one.name, one.kind, urn, target))


def _told(result: Result) -> str:
    if result.code == 0:
        return "succeeded"
    if result.code is None:
        return "hung"
    summary = result.output.rpartition("\nDiagnostics:")[2]
    lines = [line.strip() for line in summary.splitlines() if "error:" in line]
    return f"exit {result.code}: {' / '.join(lines[:3])[:400]}"
