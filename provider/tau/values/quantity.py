"""Kubernetes quantities: every spelling, comparison and rounding that the API server knows.

The grammar is that of `resource.Quantity` in `k8s.io/apimachinery`, within the pattern that CustomResourceDefinitions
have for it: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/.
"""

import math
import re
from fractions import Fraction

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))"
    r"(?:(?P<unit>[KMGTPE]i|[numkMGTPE])|[eE](?P<exponent>[+-]?0*[0-9]{1,3}))?"
)
_LONGEST = 64
"""Characters; longer ones, and exponents of more than three digits, exceed what any cluster has."""
_DECIMAL = {"n": -3, "u": -2, "m": -1, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_UNITS = {unit: Fraction(1000) ** power for unit, power in _DECIMAL.items()}
_UNITS |= {f"{unit}i": Fraction(1024) ** power for power, unit in enumerate("KMGTPE", start=1)}
_NANO = 10**9
_LARGEST_BINARY = 2**63 - 1


def number(value: str) -> Fraction | None:
    """The number that a quantity stands for, or None if it is none.

    As in Kubernetes, what is finer than a billionth is rounded away from zero, and one with a binary unit ends at
    2^63 - 1.
    """
    match = _QUANTITY.fullmatch(value) if len(value) <= _LONGEST else None
    if not match:
        return None
    unit = match["unit"] or ""
    # `Fraction` knows neither `1.` nor `.5` in all versions of Python.
    integer, _, fraction = match["number"].lstrip("+-").partition(".")
    exact = Fraction(int(f"{integer}{fraction}"), 10 ** len(fraction)) * _UNITS.get(unit, 1)
    exact *= Fraction(10) ** int(match["exponent"] or 0)
    rounded = Fraction(math.ceil(exact * _NANO), _NANO)
    if unit.endswith("i"):
        rounded = min(rounded, Fraction(_LARGEST_BINARY))
    return -rounded if value.startswith("-") else rounded


def rounded_up(value: str) -> int | None:
    """The number of whole units, such as bytes, rounded up as Kubernetes does; None if it is not a quantity."""
    amount = number(value)
    return None if amount is None else math.ceil(amount)


def same(value: object, other: object) -> bool:
    """Whether two values may be one quantity, which can be written in several ways; absent ones are None."""
    if value is None or other is None:
        return value is other
    numbers = [number(str(value)) for value in (value, other)]
    return None in numbers or numbers[0] == numbers[1]


def smaller(new: object, old: object) -> bool:
    """Whether one quantity is less than another, as far as both are known."""
    sizes = [number(size) if isinstance(size, str) else None for size in (new, old)]
    return sizes[0] is not None and sizes[1] is not None and sizes[0] < sizes[1]


def positive(value: str) -> str | None:
    """A Kubernetes quantity above zero."""
    amount = number(value)
    if amount is None:
        return "is not a Kubernetes quantity; use for example `500m`, `128Mi` or `10Gi`"
    return None if amount > 0 else "must be more than zero"


def storage_size(value: str) -> str | None:
    """A quantity that a database fits in."""
    amount = number(value)
    if amount is None:
        return "is not a Kubernetes quantity; use for example `10Gi`"
    if amount < 256 * 1024**2:
        return "is too small for a PostgreSQL volume; at least `256Mi` are needed, use for example `10Gi`"
    return None


def memory(value: str) -> str | None:
    """Enough memory for a PostgreSQL server."""
    amount = number(value)
    if amount is None:
        return "is not a Kubernetes quantity; use for example `512Mi`"
    if amount < 64 * 1024**2:
        return "is too little memory for PostgreSQL; at least `64Mi` are needed"
    return None
