"""What a walk may do next by chance: a command with a change before, a fault, or something by hand."""

import dataclasses
from collections.abc import Callable

from tests.walk import edits
from tests.walk.fake_cluster import HOSTS
from tests.walk.operators import HIBERNATION
from tests.walk.programs import STORE
from tests.walk.steps import KILLS, Kill, Step
from tests.walk.world import CONTEXTS, Use, World

Move = Callable[[World], list[Step] | None]

_MOST_CHANGES = 16


def _use(world: World) -> Use:
    """The first stack most of the time."""
    return world.chance.choices(world.uses, weights=(3, 1))[0]


def _yes(world: World) -> tuple[str, ...]:
    """Most people look before; who does not is refused all the same."""
    return ("--yes",) if world.chance.random() < 0.3 else ("--yes", "--skip-preview")


def up_step(world: World, use: Use, text: str = "", *flags: str) -> Step:
    command = ("up", *_yes(world), *flags)
    return Step(f"{use.name}: {text + '; ' if text else ''}{' '.join(command)}", use, command=command)


def destroy_step(world: World, use: Use, *flags: str) -> Step:
    command = ("destroy", *_yes(world), *flags)
    return Step(f"{use.name}: {' '.join(command)}", use, command=command)


def up(world: World) -> list[Step] | None:
    """As it is."""
    use = _use(world)
    return [up_step(world, use)] if use.program or use.stack.state() else None


def edit_and_up(world: World) -> list[Step]:
    """One change."""
    use = _use(world)
    former = use.program
    return [dataclasses.replace(up_step(world, use, edits.edit(world, use)), former=former)]


def destroy(world: World) -> list[Step] | None:
    """All of a stack."""
    use = _use(world)
    return [destroy_step(world, use)] if use.stack.state() else None


def refresh(world: World) -> list[Step] | None:
    """What is there."""
    use = _use(world)
    if not use.stack.state():
        return None
    return [Step(f"{use.name}: refresh", use, command=("refresh", "--yes", "--skip-preview"))]


def killed(world: World) -> list[Step]:
    """An `up`, with a change or without, or a `destroy` that dies in the middle, and often the next one."""
    use = _use(world)
    text = edits.edit(world, use) if world.chance.random() < 0.7 or not use.stack.state() else ""
    step = up_step(world, use, text) if text or world.chance.random() < 0.3 else destroy_step(world, use)
    after = [up_step(world, use)] if world.chance.random() < 0.5 else []
    return [killed_step(step, a_kill(world)), *after]


def a_kill(world: World) -> Kill:
    """Of anything, at any change."""
    return Kill(world.chance.choice(KILLS), world.chance.randint(1, _MOST_CHANGES), world.chance.random() < 0.5)


def killed_step(step: Step, kill: Kill) -> Step:
    """The step with a kill in its middle."""
    told = f"{step.text}; {kill.what} is killed at change {kill.at}, which is {'' if kill.done else 'not '}made"
    return dataclasses.replace(step, text=told, kill=kill)


def _targeted(world: World, verb: str) -> tuple[Use, str, frozenset[str]] | None:
    """A resource of the program, or of the state, to be named on the command line."""
    use = _use(world)
    named = {one.urn(use.stack.name, use.stack.project): one.name for one in use.program}
    urns = sorted(one["urn"] for one in use.stack.state() if not one["type"].startswith("pulumi:"))
    if not named or not urns:
        return None
    if verb == "up" or world.chance.random() < 0.6:
        urn = world.chance.choice(sorted(named))
        return use, urn, frozenset({named[urn]})
    urn = world.chance.choice(urns)
    name = urn.rpartition("::")[2]
    return use, urn, frozenset(one for one in named.values() if name == one or name.startswith(f"{one}-"))


def up_target(world: World) -> list[Step] | None:
    """One resource with what is below it."""
    found = _targeted(world, "up")
    if not found:
        return None
    use, urn, _ = found
    text = edits.edit(world, use) if world.chance.random() < 0.5 else ""
    return [up_step(world, use, text, "--target", urn, "--target-dependents")]


def destroy_target(world: World) -> list[Step] | None:
    """One resource with what is below it, or depends on it."""
    found = _targeted(world, "destroy")
    if not found:
        return None
    use, urn, names = found
    # Whatever is archived there depends on the BackupStore.
    stored = urn.endswith(f"::{STORE}")
    below = [one for one in use.program if one.name in names or one.on in names or (stored and one.stored)]
    step = destroy_step(world, use, "--target", urn, "--target-dependents")
    return [dataclasses.replace(step, chosen=names | {one.name for one in below})]


def replace(world: World) -> list[Step] | None:
    """Any child is to be made anew."""
    use = _use(world)
    urns = sorted(one["urn"] for one in use.stack.state() if "$" in one["urn"].split("::")[2])
    if not urns:
        return None
    step = up_step(world, use, "", "--replace", world.chance.choice(urns))
    return [dataclasses.replace(step, replaces=True)]


def forget(world: World) -> list[Step] | None:
    """`state delete` of anything but the guard that stands right before a Cluster."""
    use = _use(world)
    urns = sorted(
        one["urn"]
        for one in use.stack.state()
        if not one["type"].startswith("pulumi:") and not one["urn"].endswith("-cluster-guard")
    )
    if not urns:
        return None
    urn = world.chance.choice(urns)
    command = ("state", "delete", urn, "--yes", "--force", "--target-dependents")
    return [Step(f"{use.name}: {' '.join(command)}", use, command=command)]


def change_address(world: World) -> list[Step]:
    """A cluster is reached under another name, and an `up` follows."""
    use, name = _use(world), world.chance.choice(CONTEXTS)
    host = world.chance.choice([one for one in HOSTS if one != world.hosts[name]])

    def happen() -> None:
        world.hosts[name] = host
        world.write_kubeconfig()

    return [Step(f"{name} is {host} from now on", prepare=happen), up_step(world, use)]


def change_context(world: World) -> list[Step] | None:
    """`kubectl config use-context`, then any command, then back most of the time."""
    former, other = world.context, next(one for one in CONTEXTS if one != world.context)
    moves: list[Move] = [up, destroy, refresh, edit_and_up]
    between = world.chance.choice(moves)(world)
    if not between:
        return None
    back = [switch(world, former)] if world.chance.random() < 0.8 else []
    return [switch(world, other), *between, *back]


def switch(world: World, context: str) -> Step:
    def happen() -> None:
        world.context = context
        world.write_kubeconfig()

    return Step(f"kubectl config use-context {context}", prepare=happen)


def _all_clusters(world: World, text: str, annotations: dict[str, str | None]) -> Step | None:
    found = [(place, key) for place in world.clusters.values() for key, _ in place.objects.of("clusters")]
    if not found:
        return None
    place, key = world.chance.choice(found)

    def happen() -> None:
        if place.objects.find(key):
            place.annotate(key, annotations)

    return Step(f"{text} {place.name} {key}", prepare=happen)


def wake(world: World) -> list[Step] | None:
    """A server is woken up by hand."""
    step = _all_clusters(world, "by hand, wake", {HIBERNATION: None})
    return [step] if step else None


def give_up(world: World) -> list[Step] | None:
    """Somebody gives the last backup of a server up."""
    step = _all_clusters(world, "by hand, tau/last-backup=false on", {"tau/last-backup": "false"})
    return [step] if step else None


def change_store(world: World) -> list[Step] | None:
    """The store goes away, for any command and sometimes for longer."""
    choices: list[Move] = [destroy, edit_and_up, destroy_target]
    between = world.chance.choice(choices)(world)
    if not between:
        return None
    back = [_store(world, away=False)] if world.store.away or world.chance.random() < 0.8 else []
    return [_store(world, away=True), *between, *back]


def _store(world: World, *, away: bool) -> Step:
    def happen() -> None:
        world.store.away = away

    return Step(f"the store is {'away' if away else 'back'}", prepare=happen)


def clean(world: World) -> list[Step]:
    """The time of everything that is kept is over."""

    def happen() -> None:
        for one in world.clusters.values():
            one.let_cleaners_look()

    return [Step("a month later, the cleaners look", prepare=happen)]


MOVES: dict[Move, int] = {
    **{up: 2, edit_and_up: 16, destroy: 3, refresh: 2, killed: 6, up_target: 3, destroy_target: 4, replace: 4},
    **{forget: 2, change_address: 4, change_context: 3, wake: 2, give_up: 1, change_store: 1, clean: 2},
}
