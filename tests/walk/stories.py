"""The ways on which data was ever lost, as a few steps each; a walk has them among its moves, and each is a test."""

import dataclasses

from tests.walk import moves
from tests.walk.fake_cluster import HOSTS
from tests.walk.moves import Move
from tests.walk.programs import APPLICATION, DATABASE, DELAYED, INSTANCE, OPERATOR, STORE, Resource
from tests.walk.steps import Step
from tests.walk.world import CONTEXTS, Use, World


def sleepless(world: World) -> list[Step]:
    """A deletion in which the server does not fall asleep; it does later, and is woken up by hand."""
    use = world.uses[0]
    return [_restless(world, True), moves.destroy_step(world, use), _restless(world, False), *(moves.wake(world) or [])]


def _restless(world: World, restless: bool) -> Step:
    def happen() -> None:
        for one in world.clusters.values():
            one.operators.restless = restless
            one.operators.calm_down() if not restless else None

    return Step(f"servers {'do not fall' if restless else 'fall'} asleep", prepare=happen)


def _fresh(world: World) -> Resource:
    """A server with a store, in whatever form."""
    kind = world.chance.choice([INSTANCE, DATABASE, APPLICATION])
    return Resource(name="shop", kind=kind, called="shop", namespace="data")


def _becomes(world: World, use: Use, text: str, *resources: Resource) -> Step:
    def happen() -> None:
        use.program = resources

    return dataclasses.replace(moves.up_step(world, use, text), prepare=happen)


def forgotten_mark(world: World) -> list[Step]:
    """A hibernation that timed out, a server that is used for months, and its deletion with another policy."""
    use = world.uses[0]
    immediate = _fresh(world)
    kept = dataclasses.replace(immediate, policy=DELAYED)

    def wake_all() -> None:
        for place in world.clusters.values():
            for key, _ in place.objects.of("clusters"):
                place.wake(key)

    return [
        *(_becomes(world, use, "delayed", kept), _restless(world, True), moves.destroy_step(world, use)),
        *(_restless(world, False), Step("by hand, wake everything", prepare=wake_all)),
        *(_becomes(world, use, "immediate", immediate), moves.destroy_step(world, use)),
    ]


def second_stack(world: World) -> list[Step]:
    """The same program in another stack, which is then destroyed."""
    first, second = world.uses

    def happen() -> None:
        second.program = tuple(dataclasses.replace(one, aliases=()) for one in first.program)

    step = dataclasses.replace(moves.up_step(world, second, f"the program of {first.name}"), prepare=happen)
    begun = [] if first.program else [_becomes(world, first, "one server", _fresh(world))]
    return [*begun, step, moves.destroy_step(world, second)]


def other_context(world: World) -> list[Step]:
    """Objects by way of an explicit provider, and a deletion while the current context is another."""
    use, former = world.uses[0], world.context
    other = next(one for one in CONTEXTS if one != former)
    made = dataclasses.replace(_fresh(world), provider=f"kubernetes:{former}")
    return [
        *(_becomes(world, use, f"with an explicit provider for {former}", made), moves.switch(world, other)),
        *(moves.destroy_step(world, use), moves.switch(world, former)),
    ]


def shared_namespace(world: World) -> list[Step]:
    """An Operator in the namespace of another stack's database, and its deletion."""
    first, second = world.uses
    operator = Resource(name="operator", kind=OPERATOR, called="operator", namespace="data")
    return [
        *(_becomes(world, first, "one server", _fresh(world)), _becomes(world, second, "operator", operator)),
        moves.destroy_step(world, second),
    ]


def moved(world: World) -> list[Step]:
    """To another parent without an alias."""
    use = world.uses[0]
    one = _fresh(world)
    other = dataclasses.replace(one, parent=STORE)
    return [_becomes(world, use, "one server", one), _becomes(world, use, "at another parent", other)]


def renamed(world: World) -> list[Step]:
    """Another name in the program, for the same objects and without an alias."""
    use = world.uses[0]
    one = _fresh(world)
    other = dataclasses.replace(one, name="store")
    return [_becomes(world, use, "one server", one), _becomes(world, use, "under another name", other)]


def other_address(world: World) -> list[Step]:
    """The API server gets another address in a kubeconfig that is part of the stack."""
    use = world.uses[0]
    host = next(one for one in HOSTS if one != world.hosts[CONTEXTS[0]])

    def configure() -> None:
        use.configured = CONTEXTS[0]

    def happen() -> None:
        world.hosts[CONTEXTS[0]] = host
        world.write_kubeconfig()

    return [
        Step("the configuration has a kubeconfig from now on", prepare=configure),
        _becomes(world, use, "one server", _fresh(world)),
        Step(f"{CONTEXTS[0]} is {host} from now on", prepare=happen),
        *(moves.up_step(world, use), moves.destroy_step(world, use)),
    ]


def replaced(world: World) -> list[Step]:
    """Somebody asks for another Cluster in place of the one with the data."""
    use = world.uses[0]
    one = Resource(name="shop", kind=INSTANCE, called="shop", namespace="data")
    component = one.urn(use.stack.name, use.stack.project)
    urn = component.removesuffix("::shop") + "$kubernetes:postgresql.cnpg.io/v1:Cluster::shop-cluster"
    asked = dataclasses.replace(moves.up_step(world, use, "", "--replace", urn), replaces=True)
    return [_becomes(world, use, "one server", one), asked]


def half_made(world: World) -> list[Step]:
    """An `up` that is killed, and the deletion of what there is by then."""
    use = world.uses[0]
    step = _becomes(world, use, "one server", _fresh(world))
    kill = moves.a_kill(world)
    return [moves.killed_step(step, kill), moves.destroy_step(world, use)]


def other_provider(world: World) -> list[Step]:
    """A resource gets an explicit provider, which is for another cluster."""
    use = world.uses[0]
    one = _fresh(world)
    package = world.chance.choice(["kubernetes", "tau"])
    other = dataclasses.replace(one, provider=f"{package}:{CONTEXTS[1]}")
    return [_becomes(world, use, "one server", one), _becomes(world, use, f"by way of {other.provider}", other)]


STORIES: dict[Move, int] = {
    **{forgotten_mark: 1, second_stack: 2, other_context: 1, shared_namespace: 1, moved: 1, renamed: 1},
    **{other_address: 1, replaced: 1, half_made: 2, other_provider: 1},
}
"""How often each is told, beside the moves; each begins in a world in which nothing has to be yet."""
