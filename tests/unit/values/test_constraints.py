"""`tau.values.constraints`: what single values must look like."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau import errors, fields
from tau.values import constraints, quantity

RULES = [
    constraints.cidr,
    constraints.dns_label,
    constraints.dns_subdomain,
    constraints.instance_name,
    quantity.positive,
    quantity.storage_size,
    quantity.memory,
    constraints.postgres_version,
    constraints.major_version,
    constraints.image,
    constraints.role_name,
    constraints.database_name,
    constraints.extension_name,
    constraints.parameter_name,
    constraints.password,
    constraints.label_value,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@given(value=st.text())
def test_a_rule_answers_with_one_sentence_or_none(rule: Callable[[str], str | None], value: str) -> None:
    reason = rule(value)
    assert reason is None or (reason.strip() and "\n" not in reason)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (constraints.dns_label, "a"),
        (constraints.dns_label, "0-a"),
        (constraints.dns_label, "a" * 63),
        (constraints.dns_subdomain, "a.b-c.d"),
        (constraints.instance_name, "a" * 50),
        (constraints.cidr, "0.0.0.0/0"),
        (constraints.cidr, "192.168.1.7/32"),
        (constraints.cidr, "fd00::/8"),
        (quantity.positive, "500m"),
        (quantity.positive, "1.5"),
        (quantity.storage_size, "256Mi"),
        (quantity.memory, "64Mi"),
        (constraints.postgres_version, "14"),
        (constraints.postgres_version, "18.1"),
        (constraints.major_version, "17"),
        (constraints.image, "registry.example:5000/a/postgresql:15.14"),
        (constraints.image, "postgresql:17-standard-trixie"),
        (constraints.image, "postgresql:16@sha256:" + "0" * 64),
        (constraints.role_name, "app_user-1"),
        (constraints.role_name, "media.autobrr"),
        (constraints.database_name, "GrafanaDB"),
        (constraints.database_name, "2fauth"),
        (constraints.database_name, "_a"),
        (constraints.extension_name, "uuid-ossp"),
        (constraints.parameter_name, "pg_stat_statements.max"),
        (constraints.password, " !\"'%@:/?#~é"),
        (constraints.label_value, ""),
        (constraints.label_value, "A.b_c-9"),
    ],
)
def test_values_at_the_edge_of_what_is_possible_are_accepted(rule: Callable[[str], str | None], value: str) -> None:
    assert rule(value) is None


@pytest.mark.parametrize(
    ("rule", "value", "reason"),
    [
        (constraints.dns_label, "", "not a DNS label"),
        (constraints.dns_label, "a\n", "not a DNS label"),
        (constraints.dns_label, "a" * 64, "at most 63"),
        (constraints.dns_subdomain, "a..b", "not the name of a Kubernetes object"),
        (constraints.dns_subdomain, "a." * 126 + "ab", "not the name of a Kubernetes object"),
        (constraints.instance_name, "1a", "starts with a digit"),
        (constraints.cidr, "nas.local", "use for example `192.168.1.0/24`"),
        (constraints.cidr, "192.168.1.7/24", "use `192.168.1.0/24`"),
        (constraints.cidr, "192.168.1.7", "use `192.168.1.7/32`"),
        (quantity.positive, "0", "more than zero"),
        (quantity.positive, "1KB", "not a Kubernetes quantity"),
        (quantity.storage_size, "255Mi", "too small"),
        (quantity.storage_size, "ten", "not a Kubernetes quantity"),
        (quantity.memory, "63Mi", "too little"),
        (quantity.memory, "much", "not a Kubernetes quantity"),
        (constraints.postgres_version, "13", "`14` to `18`"),
        (constraints.major_version, "15.1", "names a minor version"),
        (constraints.major_version, "x", "not a supported"),
        (constraints.image, "postgresql", "no tag"),
        (constraints.image, "registry.example:5000/postgresql", "no tag"),
        (constraints.image, "postgresql:9.6", "not a supported"),
        (constraints.role_name, "pg_app", "reserved"),
        (constraints.role_name, "cnpg_metrics_exporter", "reserved"),
        (constraints.role_name, "cnpg_pooler_pgbouncer", "reserved"),
        (constraints.role_name, "streaming_replica", "reserved"),
        (constraints.role_name, "postgres", "reserved"),
        (constraints.role_name, "template0", "reserved"),
        (constraints.role_name, "template1", "reserved"),
        (constraints.role_name, "-", "not usable"),
        (constraints.role_name, "__", "no letter or digit"),
        (constraints.database_name, "template1", "PostgreSQL creates this database itself"),
        (constraints.database_name, "a" * 64, "PostgreSQL allows 63"),
        (constraints.extension_name, "1a", "not the name of an extension"),
        (constraints.parameter_name, "Work Mem", "not the name of a PostgreSQL parameter"),
        (constraints.password, "", "must not be empty"),
        (constraints.password, "a\nb", "printable"),
        (constraints.password, "md5abc", "hash"),
        (constraints.label_value, "a" * 64, "not a valid label value"),
        (constraints.label_value, "-a", "not a valid label value"),
    ],
)
def test_what_is_wrong_is_said(rule: Callable[[str], str | None], value: str, reason: str) -> None:
    assert reason in (rule(value) or "")


def test_an_image_tells_its_major_version() -> None:
    assert constraints.image_major("postgresql:15.14-standard-trixie") == "15"
    assert constraints.image_major("postgresql") is None


@pytest.mark.parametrize(
    ("spec", "major"),
    [({"imageCatalogRef": {"major": 18}}, "18"), ({"imageName": "postgresql:17.2"}, "17"), ({}, None)],
)
def test_a_cluster_tells_its_major_version(spec: dict[str, object], major: str | None) -> None:
    assert constraints.cluster_major(spec) == major


def noted(value: object, *, show: bool = True) -> list[errors.Problem]:
    """Problems with a value, for a rule that refuses everything."""
    problems = errors.Problems()
    constraints.check(problems, "path", value, lambda _: "is wrong", show=show)
    return list(problems)


def test_a_known_value_is_shown_with_what_is_wrong() -> None:
    assert noted("x") == [errors.Problem("path", "'x' is wrong")]


def test_a_value_can_be_kept_from_being_shown() -> None:
    assert noted("x", show=False) == [errors.Problem("path", "is wrong")]


def test_a_secret_is_checked_and_never_shown() -> None:
    assert noted(fields.Secret(handle=None, value="x")) == [errors.Problem("path", "is wrong", secret=True)]


@pytest.mark.parametrize("value", [None, fields.Deferred(handle=None), 3])
def test_what_is_absent_or_not_known_yet_is_passed_over(value: object) -> None:
    assert noted(value) == []
