"""The environment of an application: what is wrong with its variables, as far as they are known."""

import re
from collections.abc import Iterator, Mapping

from tau import errors, fields
from tau.application import databases as application_databases
from tau.application import environment as application_environment
from tau.database import connection
from tau.types.app import EnvironmentFrom, EnvironmentSource, KeySelector, NameReference, TauApplicationArgs
from tau.values import choice, constraints

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_DATABASE_VARIABLES = [entry["name"] for entry in connection.environment("any")]


def check(args: TauApplicationArgs, problems: errors.Problems) -> None:
    """Note what is wrong with `env`, `secretEnv` and `envFrom`."""
    if isinstance(args.secret_env, fields.Deferred):
        reason = (
            "must be known during preview, because its keys determine whether a Secret is created; use literal keys"
        )
        problems.add("secretEnv", reason)
    taken = dict(_of_databases(args))
    for path, variables in (("secretEnv", args.secret_env), ("env", args.env)):
        for name in sorted(application_environment.names(variables)):
            constraints.check(problems, errors.key(path, name), name, variable_name)
            if name in taken:
                problems.add(errors.below(path, name), f"{name!r} is a variable of `{taken[name]}` too; rename one")
            taken.setdefault(name, path)
    for name, value in args.env.items() if isinstance(args.env, Mapping) else ():
        _check_value(errors.below("env", name), value, problems)
    _check_circle(args, problems)
    _check_sources(args, problems)


def _check_circle(args: TauApplicationArgs, problems: errors.Problems) -> None:
    names = application_environment.circle(args.env) if isinstance(args.env, Mapping) else []
    if names:
        path = " -> ".join([*names, names[0]])
        problems.add(errors.below("env", names[0]), f"is part of a circle of `$(NAME)`: {path}; remove one reference")


def _of_databases(args: TauApplicationArgs) -> Iterator[tuple[str, str]]:
    if args.database:
        yield from ((variable, "database") for variable in _DATABASE_VARIABLES)
    for key in args.databases if isinstance(args.databases, Mapping) else ():
        prefix = application_databases.variable_prefix(key)
        yield from ((prefix + variable, errors.below("databases", key)) for variable in _DATABASE_VARIABLES)


def variable_name(value: str) -> str | None:
    """A name that every shell and library can read."""
    if not _NAME.fullmatch(value):
        return "is not the name of an environment variable; use letters, digits and `_`, and start with a letter"
    return None


def _check_value(path: str, value: object, problems: errors.Problems) -> None:
    if isinstance(value, EnvironmentSource):
        references = (("secretKeyRef", value.secret_key_ref), ("configMapKeyRef", value.config_map_key_ref))
        _check_one(path, references, problems)


def _check_sources(args: TauApplicationArgs, problems: errors.Problems) -> None:
    for index, source in enumerate(args.env_from if isinstance(args.env_from, list) else ()):
        if isinstance(source, EnvironmentFrom):
            path = f"envFrom[{index}]"
            _check_one(path, (("secretRef", source.secret_ref), ("configMapRef", source.config_map_ref)), problems)
            constraints.check(problems, f"{path}.prefix", source.prefix, variable_name)


def _check_one(
    path: str, references: tuple[tuple[str, KeySelector | NameReference | None], ...], problems: errors.Problems
) -> None:
    if len(choice.present(dict(references))) != 1:
        problems.add(path, f"needs exactly one of {' and '.join(f'`{name}`' for name, _ in references)}")
    for name, reference in references:
        if reference:
            constraints.check(problems, f"{path}.{name}.name", reference.name, constraints.dns_subdomain)
