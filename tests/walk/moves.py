"""What a walk may do next: one step, or a story of a few steps of which each loss that was ever seen was made."""

import dataclasses
from collections.abc import Callable

from tests.walk import edits
from tests.walk.fake_cluster import HOSTS
from tests.walk.operators import HIBERNATION
from tests.walk.programs import DATABASE, DELAYED, IMMEDIATE, INSTANCE, OPERATOR, STORE, Resource
from tests.walk.steps import KILLS, Kill, Step
from tests.walk.world import CONTEXTS, Use, World

Move = Callable[[World], list[Step] | None]

_MOST_CHANGES = 30


def _use(world: World) -> Use:
    """The first stack most of the time."""
    return world.chance.choices(world.uses, weights=(3, 1))[0]


def _yes(world: World) -> tuple[str, ...]:
    """Most people look before; who does not is refused all the same."""
    return ("--yes",) if world.chance.random() < 0.3 else ("--yes", "--skip-preview")


def _up(world: World, use: Use, text: str = "", *flags: str) -> Step:
    command = ("up", *_yes(world), *flags)
    return Step(f"{use.name}: {text + '; ' if text else ''}{' '.join(command)}", use, command=command)


def _destroy(world: World, use: Use, *flags: str) -> Step:
    command = ("destroy", *_yes(world), *flags)
    return Step(f"{use.name}: {' '.join(command)}", use, command=command)


def up(world: World) -> list[Step]:
    """As it is."""
    return [_up(world, _use(world))]


def edit_and_up(world: World) -> list[Step]:
    """One change."""
    use = _use(world)
    return [_up(world, use, edits.edit(world, use))]


def destroy(world: World) -> list[Step]:
    """All of a stack."""
    return [_destroy(world, _use(world))]


def refresh(world: World) -> list[Step]:
    """What is there."""
    use = _use(world)
    return [Step(f"{use.name}: refresh", use, command=("refresh", "--yes", "--skip-preview"))]


def killed(world: World) -> list[Step]:
    """An `up`, with a change or without, or a `destroy` that dies in the middle, and often the next one."""
    use = _use(world)
    text = edits.edit(world, use) if world.chance.random() < 0.5 else ""
    step = _up(world, use, text) if world.chance.random() < 0.6 else _destroy(world, use)
    kill = Kill(world.chance.choice(KILLS), world.chance.randint(1, _MOST_CHANGES), world.chance.random() < 0.5)
    told = f"{step.text}; {kill.what} is killed at change {kill.at}, which is {'' if kill.done else 'not '}made"
    after = [_up(world, use)] if world.chance.random() < 0.5 else []
    return [dataclasses.replace(step, text=told, kill=kill), *after]


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
    return [_up(world, use, text, "--target", urn, "--target-dependents")]


def destroy_target(world: World) -> list[Step] | None:
    """One resource with what is below it, or depends on it."""
    found = _targeted(world, "destroy")
    if not found:
        return None
    use, urn, names = found
    # Whatever is archived there depends on the BackupStore.
    stored = urn.endswith(f"::{STORE}")
    below = [one for one in use.program if one.name in names or one.on in names or (stored and one.stored)]
    step = _destroy(world, use, "--target", urn, "--target-dependents")
    return [dataclasses.replace(step, chosen=names | {one.name for one in below})]


def replace(world: World) -> list[Step] | None:
    """Any child is to be made anew."""
    use = _use(world)
    urns = sorted(one["urn"] for one in use.stack.state() if "$" in one["urn"].split("::")[2])
    if not urns:
        return None
    step = _up(world, use, "", "--replace", world.chance.choice(urns))
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

    return [Step(f"{name} is {host} from now on", prepare=happen), _up(world, use)]


def change_context(world: World) -> list[Step]:
    """`kubectl config use-context`, then any command, then back most of the time."""
    former, other = world.context, next(one for one in CONTEXTS if one != world.context)
    moves: list[Move] = [up, destroy, refresh, edit_and_up]
    between = world.chance.choice(moves)(world)
    assert between
    back = [_switch(world, former)] if world.chance.random() < 0.8 else []
    return [_switch(world, other), *between, *back]


def _switch(world: World, context: str) -> Step:
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


def change_store(world: World) -> list[Step]:
    """The store goes away, or comes back."""

    def happen() -> None:
        world.store.away = not world.store.away

    return [Step(f"the store {'is back' if world.store.away else 'is away'}", prepare=happen)]


def clean(world: World) -> list[Step]:
    """The time of everything that is kept is over."""

    def happen() -> None:
        for one in world.clusters.values():
            one.let_cleaners_look()

    return [Step("a month later, the cleaners look", prepare=happen)]


def sleepless(world: World) -> list[Step]:
    """A deletion in which the server does not fall asleep; it does later, and is woken up by hand."""
    use = _use(world)
    return [_restless(world, True), _destroy(world, use), _restless(world, False), *(wake(world) or [])]


def _restless(world: World, restless: bool) -> Step:
    def happen() -> None:
        for one in world.clusters.values():
            one.operators.restless = restless
            one.operators.calm_down() if not restless else None

    return Step(f"servers {'do not fall' if restless else 'fall'} asleep", prepare=happen)


def _fresh(world: World, use: Use, **given: str) -> Resource:
    kind = world.chance.choice([INSTANCE, DATABASE])
    return Resource(**{"name": "shop", "kind": kind, "called": "shop", "namespace": "data", **given})  # type: ignore[arg-type]


def _becomes(world: World, use: Use, text: str, *resources: Resource) -> Step:
    def happen() -> None:
        use.program = resources

    return dataclasses.replace(_up(world, use, text), prepare=happen)


def forgotten_mark(world: World) -> list[Step]:
    """A hibernation that timed out, a server that is used for months, and its deletion with another policy."""
    use = world.uses[0]
    kept = _fresh(world, use, policy=DELAYED)
    immediate = dataclasses.replace(kept, policy=IMMEDIATE)

    def wake_all() -> None:
        for place in world.clusters.values():
            for key, _ in place.objects.of("clusters"):
                place.wake(key)

    return [
        *(_becomes(world, use, "delayed", kept), _restless(world, True), _destroy(world, use)),
        *(_restless(world, False), Step("by hand, wake everything", prepare=wake_all)),
        *(_becomes(world, use, "immediate", immediate), _destroy(world, use)),
    ]


def second_stack(world: World) -> list[Step]:
    """The same program in another stack, which is then destroyed."""
    first, second = world.uses

    def happen() -> None:
        second.program = tuple(dataclasses.replace(one, aliases=()) for one in first.program)

    step = dataclasses.replace(_up(world, second, f"the program of {first.name}"), prepare=happen)
    return [*([] if first.program else edit_and_up(world)), step, _destroy(world, second)]


def other_context(world: World) -> list[Step]:
    """Objects by way of an explicit provider, and a deletion while the current context is another."""
    use, former = world.uses[0], world.context
    other = next(one for one in CONTEXTS if one != former)
    made = _fresh(world, use, provider=f"kubernetes:{former}")
    return [
        *(_becomes(world, use, f"with an explicit provider for {former}", made), _switch(world, other)),
        *(_destroy(world, use), _switch(world, former)),
    ]


def shared_namespace(world: World) -> list[Step]:
    """An Operator in the namespace of another stack's database, and its deletion."""
    first, second = world.uses
    operator = Resource(name="operator", kind=OPERATOR, called="operator", namespace="data")
    return [
        *(_becomes(world, first, "one server", _fresh(world, first)), _becomes(world, second, "operator", operator)),
        _destroy(world, second),
    ]


def moved(world: World) -> list[Step]:
    """To another parent without an alias."""
    use = world.uses[0]
    one = _fresh(world, use)
    other = dataclasses.replace(one, parent=STORE)
    return [_becomes(world, use, "one server", one), _becomes(world, use, "at another parent", other)]


MOVES: dict[Move, int] = {
    **{up: 4, edit_and_up: 16, destroy: 3, refresh: 2, killed: 6, up_target: 3, destroy_target: 4, replace: 4},
    **{forget: 2, change_address: 4, change_context: 3, wake: 2, give_up: 1, change_store: 1, clean: 2},
    **{sleepless: 1, forgotten_mark: 1, second_stack: 3, other_context: 1, shared_namespace: 1, moved: 1},
}


def any_move(world: World) -> list[Step]:
    """Any that can be made now."""
    while True:
        move = world.chance.choices(list(MOVES), weights=list(MOVES.values()))[0]
        found = move(world)
        if found:
            return found
