"""`tau.naming`: names of objects that tau makes."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tau import fields, naming
from tau.values import constraints
from tests.unit import arguments
from tests.unit.evaluation import evaluated


@pytest.mark.parametrize(
    ("name", "dashed"),
    [
        ("shop", "shop"),
        ("shop_eu", "shop-eu"),
        ("_private_", "private"),
        ("Shop", "shop"),
        ("media.autobrr", "media-autobrr"),
    ],
)
def test_a_postgresql_name_becomes_part_of_a_kubernetes_name(name: str, dashed: str) -> None:
    assert naming.dashed(name) == dashed
    assert naming.instance(name) == f"postgres-{dashed}"


@given(cluster=arguments.LABELS, name=arguments.IDENTIFIERS)
def test_derived_names_are_valid_and_differ_by_what_they_name(cluster: str, name: str) -> None:
    secret, bootstrap = naming.connection_secret(cluster, name), naming.bootstrap_secret(cluster)
    assert secret != bootstrap
    for made in (secret, bootstrap, naming.database_object(cluster, name), naming.role_object(cluster, name)):
        assert isinstance(made, str)
        assert constraints.dns_subdomain(made) is None
    assert constraints.dns_label(naming.instance(name)) is None


def test_names_that_are_known_later_are_derived_later() -> None:
    later = fields.Deferred(handle="main")
    for derive in (naming.connection_secret, naming.database_object, naming.role_object):
        assert evaluated(derive(later, "shop")) == derive("main", "shop")
    assert evaluated(naming.bootstrap_secret(later)) == naming.bootstrap_secret("main")


def test_labels_say_who_manages_what() -> None:
    assert naming.labels("main") == {
        "app.kubernetes.io/managed-by": "tau",
        "app.kubernetes.io/name": "postgresql",
        "app.kubernetes.io/instance": "main",
    }


def test_a_service_is_named_with_its_namespace() -> None:
    assert naming.service_host("main-rw", "apps") == "main-rw.apps.svc"


@given(ours=st.tuples(arguments.LABELS, arguments.LABELS), theirs=st.tuples(arguments.LABELS, arguments.LABELS))
@example(ours=("media", "tv-app-data"), theirs=("media-tv", "app-data"))
def test_no_two_claims_share_the_name_of_a_volume(ours: tuple[str, str], theirs: tuple[str, str]) -> None:
    names = naming.persistent_volume(*ours), naming.persistent_volume(*theirs)
    assert (names[0] == names[1]) == (ours == theirs)
    assert constraints.dns_subdomain(str(names[0])) is None
