"""Random changes of a program, as its user makes them; each is told in a few words."""

import dataclasses
from collections.abc import Callable

from tests.walk.programs import (
    APPLICATION,
    DATABASE,
    DELAYED,
    IMMEDIATE,
    INSTANCE,
    OPERATOR,
    RETAIN,
    STORE,
    TENANT,
    Resource,
)
from tests.walk.world import CONTEXTS, Use, World

_NAMES = ("shop", "feeds", "wiki")
_NAMESPACES = ("data", "web")
_MOST = 4


def add(world: World, use: Use) -> str | None:
    """One resource more, of whose name another stack may have one as well."""
    free = [name for name in _NAMES if name not in {one.name for one in use.program}]
    if not free or len(use.program) >= _MOST:
        return None
    chance = world.chance
    name = chance.choice(free)
    kinds = (INSTANCE, DATABASE, APPLICATION, TENANT, OPERATOR)
    kind = chance.choices(kinds, weights=(5, 4, 4, 2, 1))[0]
    homes = [one for one in use.program if one.kind == INSTANCE]
    namespace = chance.choice(_NAMESPACES)
    if kind == TENANT and not homes:
        kind = INSTANCE
    on = chance.choice(homes) if kind == TENANT else None
    made = Resource(
        name=name,
        kind=kind,
        called=name,
        namespace=on.namespace if on else namespace,
        policy=chance.choices((IMMEDIATE, DELAYED, RETAIN), weights=(5, 3, 1))[0],
        stored=chance.random() < 0.85,
        on=on.name if on else "",
        existing=chance.choice(("newGeneration", "restore")),
    )
    use.program = (*use.program, made)
    return f"add {_told(made)}"


def remove(world: World, use: Use) -> str | None:
    """One resource less, with what is on it."""
    if not use.program:
        return None
    gone = world.chance.choice(use.program)
    use.program = tuple(one for one in use.program if gone.name not in (one.name, one.on))
    return f"remove {gone.name}"


def change_policy(world: World, use: Use) -> str | None:
    """Another policy."""
    return _changed(world, use, "policy", lambda one: world.chance.choice([IMMEDIATE, DELAYED, RETAIN]))


def change_backup(world: World, use: Use) -> str | None:
    """The last backup is given up, or taken again."""
    return _changed(world, use, "backup", lambda one: not one.backup)


def change_failure(world: World, use: Use) -> str | None:
    """What comes after a last backup that failed."""
    return _changed(world, use, "on_failure", lambda one: "abort" if one.on_failure == "continue" else "continue")


def change_protect(world: World, use: Use) -> str | None:
    """Protected, or no more."""
    return _changed(world, use, "protect", lambda one: not one.protect)


def change_provider(world: World, use: Use) -> str | None:
    """An explicit provider, another one, or none any more."""
    choices = ["", *(f"{package}:{context}" for package in ("kubernetes", "tau") for context in CONTEXTS)]
    return _changed(world, use, "provider", lambda one: world.chance.choices(choices, weights=(3, 3, 1, 2, 1))[0])


def change_called(world: World, use: Use) -> str | None:
    """The objects get another name, which would be another server."""
    return _changed(world, use, "called", lambda one: f"{one.name}-two" if one.called == one.name else one.name)


def move(world: World, use: Use) -> str | None:
    """To another parent, half of the time without an alias."""
    one = _any(world, use)
    if one is None:
        return None
    aliased = world.chance.random() < 0.5
    former = one.urn(use.stack.name, use.stack.project)
    use.set(dataclasses.replace(one, parent="" if one.parent else STORE, aliases=(former,) if aliased else ()))
    return f"move {one.name} to {'the top' if one.parent else STORE}{'' if aliased else ' without an alias'}"


def rename(world: World, use: Use) -> str | None:
    """Another name in the program for the same objects, half of the time without an alias."""
    one = _any(world, use)
    if one is None:
        return None
    aliased = world.chance.random() < 0.5
    name = one.called if one.name != one.called else f"{one.called}-renamed"
    former = one.urn(use.stack.name, use.stack.project)
    changed = dataclasses.replace(one, name=name, aliases=(former,) if aliased else ())
    use.set(changed, one.name)
    for tenant in use.program:
        if tenant.on == one.name:
            use.set(dataclasses.replace(tenant, on=name))
    return f"rename {one.name} to {name}{'' if aliased else ' without an alias'}"


def configure(world: World, use: Use) -> str | None:
    """A kubeconfig in the configuration instead of that of the environment, or the other way round."""
    use.configured = "" if use.configured else world.context
    return f"kubernetes:kubeconfig {f'for {use.configured}' if use.configured else 'left out'}"


def copy_other(world: World, use: Use) -> str | None:
    """The program of the other stack."""
    (other,) = [one for one in world.uses if one is not use]
    if not other.program:
        return None
    use.program = tuple(dataclasses.replace(one, aliases=()) for one in other.program)
    return f"the program of {other.name}"


Edit = Callable[[World, Use], str | None]
EDITS: dict[Edit, int] = {
    **{add: 6, remove: 2, change_policy: 3, change_backup: 1, change_failure: 1, change_protect: 2},
    **{change_provider: 3, change_called: 1, move: 2, rename: 2, configure: 1, copy_other: 2},
}


def edit(world: World, use: Use) -> str:
    """Any change that can be made."""
    while True:
        one = world.chance.choices(list(EDITS), weights=list(EDITS.values()))[0]
        told = one(world, use)
        if told:
            return told


def _any(world: World, use: Use) -> Resource | None:
    return world.chance.choice(use.program) if use.program else None


def _changed(world: World, use: Use, what: str, value: Callable[[Resource], object]) -> str | None:
    one = _any(world, use)
    if one is None or (what in ("policy", "backup", "on_failure") and one.cluster is None):
        return None
    changed = dataclasses.replace(one, **{what: value(one)})  # type: ignore[arg-type]
    if changed == one:
        return None
    use.set(changed)
    return f"{what} of {one.name}: {getattr(changed, what) or 'none'}"


def _told(one: Resource) -> str:
    told = f"{one.kind} {one.name} in {one.namespace}"
    return told if one.cluster is None else f"{told}, {one.policy}{'' if one.stored else ', without a store'}"
