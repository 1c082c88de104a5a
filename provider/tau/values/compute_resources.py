"""Compute resources of a container: what is wrong with `resources`, as far as it is known.

https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/.
"""

from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.types import app, postgres
from tau.values import constraints, quantity

_NO_DEFAULTS: Mapping[str, str] = {}


def check(
    options: app.Resources | postgres.ResourceRequirements | None,
    problems: errors.Problems,
    *,
    requests: Mapping[str, str] = _NO_DEFAULTS,
    limits: Mapping[str, str] = _NO_DEFAULTS,
    memory: constraints.Rule = quantity.positive,
) -> None:
    """Note what is wrong with requests and limits on top of the defaults `requests` and `limits`."""
    if not options:
        return
    parts: dict[str, Any] = {"requests": options.requests or {}, "limits": options.limits or {}}
    for part, values in parts.items():
        for name, value in values.items() if isinstance(values, Mapping) else ():
            rule = memory if name == "memory" else quantity.positive
            constraints.check(problems, errors.below(f"resources.{part}", name), value, rule)
    if all(isinstance(values, Mapping) for values in parts.values()):
        remedy = "; set both" if requests or limits else ""
        _check_order({**requests, **parts["requests"]}, {**limits, **parts["limits"]}, remedy, problems)


def _check_order(
    reserved: Mapping[str, Any], allowed: Mapping[str, Any], remedy: str, problems: errors.Problems
) -> None:
    for name in reserved:
        request, limit = (_number(values.get(name)) for values in (reserved, allowed))
        if request is not None and limit is not None and request > limit:
            what = f"{reserved[name]!r} is more than resources.limits.{name} {allowed[name]!r}"
            problems.add(errors.below("resources.requests", name), f"{what}{remedy}")


def _number(value: object) -> Any:
    return quantity.number(value) if isinstance(value, str) else None
