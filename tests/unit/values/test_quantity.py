"""Quantities are read, compared and rounded as `resource.Quantity` of Kubernetes does."""

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau import errors, settings
from tau.application import volume_inputs, workload_inputs
from tau.instance import inputs as instance_inputs
from tau.instance import memory
from tau.store import inputs as store_inputs
from tau.types.app import Resources, TauApplicationArgs, Volume
from tau.types.postgres import BackupStoreArgs, InstanceArgs, NfsShare, ResourceRequirements, Storage
from tau.values import quantity

# https://github.com/kubernetes/apimachinery/blob/master/pkg/api/resource/quantity.go has the grammar.
DIGITS = st.text("0123456789", min_size=1, max_size=12)
NUMBERS = st.one_of(
    DIGITS, st.builds("{}.{}".format, DIGITS, DIGITS), st.builds("{}.".format, DIGITS), st.builds(".{}".format, DIGITS)
)
SIGNS = st.sampled_from(["", "+", "-"])
BINARY = {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4, "Pi": 1024**5, "Ei": 1024**6}
DECIMAL = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1)}
DECIMAL |= {unit: Fraction(1000**power) for power, unit in enumerate("kMGTPE", start=1)}
EXPONENTS = st.integers(-30, 30)


def exact(number: str) -> Fraction:
    """The value of a number without a sign."""
    whole, _, fraction = number.partition(".")
    return Fraction(int(f"{whole}{fraction}"), 10 ** len(fraction))


def rounded(value: Fraction) -> Fraction:
    """A value as finely as Kubernetes knows it."""
    return Fraction(math.ceil(value * 10**9), 10**9)


@given(sign=SIGNS, number=NUMBERS, unit=st.sampled_from(sorted(BINARY)))
def test_binary_quantities_are_read_and_end_at_the_largest_integer(sign: str, number: str, unit: str) -> None:
    wanted = min(rounded(exact(number) * BINARY[unit]), Fraction(2**63 - 1))
    assert quantity.number(f"{sign}{number}{unit}") == (-wanted if sign == "-" else wanted)


@given(sign=SIGNS, number=NUMBERS, unit=st.sampled_from(sorted(DECIMAL)))
def test_decimal_quantities_are_read(sign: str, number: str, unit: str) -> None:
    wanted = rounded(exact(number) * DECIMAL[unit])
    assert quantity.number(f"{sign}{number}{unit}") == (-wanted if sign == "-" else wanted)


@given(sign=SIGNS, number=NUMBERS, letter=st.sampled_from("eE"), plus=st.booleans(), exponent=EXPONENTS)
def test_exponents_are_read(sign: str, number: str, letter: str, plus: bool, exponent: int) -> None:
    wanted = rounded(exact(number) * Fraction(10) ** exponent)
    shown = f"+{exponent}" if plus and exponent >= 0 else str(exponent)
    assert quantity.number(f"{sign}{number}{letter}{shown}") == (-wanted if sign == "-" else wanted)


# What apimachinery v0.34.2 makes of each, asked in Go.
KNOWN = {
    "1e9": 10**9,
    "2Ei": 2 * 1024**6,
    ".5Gi": 512 * 1024**2,
    "500u": Fraction(500, 10**6),
    "100n": Fraction(100, 10**9),
    "+1": 1,
    "1.": 1,
    "1E": 10**18,
    "1E3": 1000,
    "1e-3": Fraction(1, 1000),
    "0.1n": Fraction(1, 10**9),
    "-0.1n": Fraction(-1, 10**9),
    "9Ei": 2**63 - 1,
    "10E": 10**19,
}


@pytest.mark.parametrize("text", KNOWN)
def test_quantities_mean_what_kubernetes_means(text: str) -> None:
    assert quantity.number(text) == KNOWN[text]


@pytest.mark.parametrize(
    "text",
    ["", ".", "+", "Gi", "1 Gi", "1gi", "1K", "1mi", "1e", "1e1.5", "e3", "1.1.1", "1ee3", "--1", "1Gi ", "1,5Gi", "٣"],
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    assert quantity.number(text) is None


@pytest.mark.parametrize("text", ["9" * 5000, "1e9999999999", "1e-9999999999", "0" * 100])
def test_what_no_cluster_has_is_refused_at_once(text: str) -> None:
    assert quantity.number(text) is None


@pytest.mark.parametrize(("text", "whole"), [("100m", 1), ("1.5Ki", 1536), ("1000.1", 1001), ("x", None)])
def test_whole_units_are_rounded_up(text: str, whole: int | None) -> None:
    assert quantity.rounded_up(text) == whole


@pytest.mark.parametrize(("one", "other"), [("1Gi", "1024Mi"), ("1e3", "1k"), (".5", "500m"), ("1000000u", "+1.")])
def test_one_amount_has_many_spellings(one: str, other: str) -> None:
    assert quantity.same(one, other)
    assert not quantity.smaller(one, other)
    assert not quantity.smaller(other, one)


def storage(value: str, problems: errors.Problems) -> None:
    """Check a volume of an Instance."""
    instance_inputs.check_storage("storage", Storage(size=value), problems)


def server(value: str, problems: errors.Problems) -> None:
    """Check the resources of an Instance."""
    args = ResourceRequirements(limits={"memory": value, "cpu": value})
    instance_inputs.check("main", InstanceArgs(namespace="a", resources=args), problems)


def gateway(value: str, problems: errors.Problems) -> None:
    """Check the resources of a BackupStore."""
    resources = ResourceRequirements(limits={"memory": value})
    args = BackupStoreArgs(namespace="a", nfs=NfsShare(server="nas", path="/a"), resources=resources)
    store_inputs.check("store", args, settings.Settings(), problems)


def volume(value: str, problems: errors.Problems) -> None:
    """Check a volume of an application."""
    volumes = [Volume(mount_path="/a", size=value)]
    volume_inputs.check(TauApplicationArgs(namespace="a", image="a", volumes=volumes), problems)


def workload(value: str, problems: errors.Problems) -> None:
    """Check the resources of an application."""
    args = TauApplicationArgs(namespace="a", image="a", resources=Resources(requests={"cpu": value}))
    workload_inputs.check(args, problems)


def configured(value: str, problems: errors.Problems) -> None:
    """Check the size of the configuration."""
    project = {"home:postgres_default_storage_size": value}
    settings.resolve(provider={}, stack=project, project="home", problems=problems)


@pytest.mark.parametrize("check", [storage, server, gateway, volume, workload, configured])
@pytest.mark.parametrize("text", ["2e9", "+2Gi", "2.", ".5Ei", "2000000000000000000u", "2E9", "1Ei"])
def test_every_place_reads_every_spelling(check: Callable[[str, errors.Problems], None], text: str) -> None:
    problems = errors.Problems()
    check(text, problems)
    refused = [one.reason for one in problems if "not a Kubernetes quantity" in one.reason]
    assert not refused


@pytest.mark.parametrize("limit", ["1e9", ".5Gi", "1000000k", "536870912000m"])
def test_memory_is_reserved_in_every_spelling(limit: str) -> None:
    assert not quantity.smaller(limit, memory.request(limit))
    assert memory.parameters({"limits": {"memory": limit}})["shared_buffers"].endswith("MB")
