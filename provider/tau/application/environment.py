"""The environment of an application's container: its databases, its credentials, and plain variables."""

import dataclasses
import graphlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tau.application.databases import NamedDatabase
from tau.fields import Deferred, Input, lift, snake_case
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import config_map, secret
from tau.types.app import EnvironmentSource, KeySelector, NameReference, TauApplicationArgs

Entry = Mapping[str, Any]
_REFERENCE = re.compile(r"\$\$|\$\(([^)]*)\)")


def environment(args: TauApplicationArgs, databases: Sequence[NamedDatabase], secret: Input[str]) -> Input[list[Entry]]:
    """`env` entries. Each may refer to those before it: plain ones come last, behind those that they name.

    `secret` is the name of the Secret that holds `secretEnv`.
    """
    known = [entry for database in databases for entry in database.environment]
    known += [_from_secret(name, secret) for name in sorted(names(args.secret_env))]
    variables: Any = args.env or {}
    if isinstance(variables, Mapping):
        return known + _plain(variables)
    return lift(lambda first, more: first + _plain(more), known, variables)


def names(variables: object) -> list[str]:
    """The names of variables, as far as they are known."""
    return list(variables) if isinstance(variables, Mapping) else []


def _from_secret(name: str, secret: Input[str]) -> Entry:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": name}}}


def _plain(variables: Mapping[str, Any]) -> list[Entry]:
    # A property map has no order; one that changed from run to run would roll the Pods.
    first = sorted(variables, key=lambda name: ("$(" in str(variables[name]), name))
    above = {name: [other for other in first if other in named(variables[name])] for name in first}
    ordered: dict[str, None] = {}
    for name in first:
        _place(name, above, ordered, ())
    return [_entry(name, variables[name]) for name in ordered]


def _place(name: str, above: Mapping[str, list[str]], ordered: dict[str, None], users: tuple[str, ...]) -> None:
    """Put a variable behind those that it names; a circle, which is refused, has no right order."""
    for other in above[name]:
        if other not in ordered and other not in (*users, name):
            _place(other, above, ordered, (*users, name))
    ordered[name] = None


def named(value: object) -> set[str]:
    """The variables that Kubernetes expands in a value; `$$(NAME)` stands for `$(NAME)` itself."""
    return {name for name in _REFERENCE.findall(value) if name} if isinstance(value, str) else set()


def circle(variables: Mapping[str, Any]) -> list[str]:
    """Variables of which each names the next one, and the last one the first; empty where there are none."""
    sorter = graphlib.TopologicalSorter(
        {name: sorted(named(variables[name]) & set(variables)) for name in sorted(variables)}
    )
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        return list(reversed(error.args[1][1:]))
    return []


def _entry(name: str, value: Any) -> Entry:
    if isinstance(value, str | Deferred):
        return {"name": name, "value": value}
    return {"name": name, "valueFrom": value if isinstance(value, Mapping) else _json(value)}


def sources(args: TauApplicationArgs) -> Input[list[Entry]]:
    """`envFrom` entries."""
    env_from = args.env_from or []
    return [_json(source) for source in env_from] if isinstance(env_from, list) else env_from


def _json(value: Any) -> Any:
    """An argument of a type that is Kubernetes' own, as Kubernetes writes it."""
    if not dataclasses.is_dataclass(value) or isinstance(value, Deferred):
        return value
    parts = {_camel_case(field.name): getattr(value, field.name) for field in dataclasses.fields(value)}
    return {name: _json(part) for name, part in parts.items() if part is not None}


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    camel_case = first + "".join(part.capitalize() for part in rest)
    assert snake_case(camel_case) == name
    return camel_case


def references(args: TauApplicationArgs) -> list[tuple[Kind, str]]:
    """Kind and name of every Secret and ConfigMap of others that variables come from, as far as they are known."""
    variables = args.env.values() if isinstance(args.env, Mapping) else []
    sources = args.env_from if isinstance(args.env_from, list) else []
    result: set[tuple[Kind, str]] = set()
    for variable in variables:
        if isinstance(variable, EnvironmentSource):
            result |= _named(secret.KIND, variable.secret_key_ref) | _named(
                config_map.KIND, variable.config_map_key_ref
            )
    for source in sources:
        result |= _named(secret.KIND, source.secret_ref) | _named(config_map.KIND, source.config_map_ref)
    return sorted(result, key=lambda reference: (reference[0].plural, reference[1]))


def may_refer_to_secrets(args: TauApplicationArgs) -> bool:
    """Whether a variable comes from a Secret of others, or may do so for all that is known."""
    variables = args.env or {}
    if not isinstance(variables, Mapping):
        return True
    return any(
        isinstance(variable, EnvironmentSource) and variable.secret_key_ref is not None
        for variable in variables.values()
    )


def _named(kind: Kind, reference: KeySelector | NameReference | None) -> set[tuple[Kind, str]]:
    return {(kind, reference.name)} if reference and isinstance(reference.name, str) else set()
