"""The kinds that tau knows, and how those are named that it does not know."""

import importlib
import pkgutil

import pytest

from tau.kubernetes import kinds
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import cluster, persistent_volume, table


def test_every_kind_of_a_module_is_in_the_table_once() -> None:
    names = [one.name for one in pkgutil.iter_modules(kinds.__path__)]
    modules = [importlib.import_module(f"tau.kubernetes.kinds.{name}") for name in names]
    exported = {value for module in modules for value in vars(module).values() if isinstance(value, Kind)}
    assert sorted(table.KINDS, key=repr) == sorted(exported, key=repr)


@pytest.mark.parametrize("kind", table.KINDS, ids=lambda kind: kind.kind)
def test_an_object_is_of_the_kind_with_its_names(kind: Kind) -> None:
    assert table.of(kind.api_version, kind.kind) == kind


@pytest.mark.parametrize("kind", table.KINDS, ids=lambda kind: kind.kind)
def test_kinds_that_are_not_known_are_named_by_the_rule_of_those_that_are(kind: Kind) -> None:
    assert table.of("example.com/v1", kind.kind).plural == kind.plural


def test_an_object_keeps_the_version_that_it_was_recorded_with() -> None:
    assert table.of("postgresql.cnpg.io/v2", "Cluster") == Kind("postgresql.cnpg.io/v2", "Cluster", "clusters")


def test_a_kind_of_another_group_is_another_one() -> None:
    assert table.of("example.com/v1", "PersistentVolume").namespaced
    assert not persistent_volume.KIND.namespaced


def test_a_kind_knows_its_group_and_its_definition() -> None:
    assert (cluster.KIND.group, cluster.KIND.definition) == ("postgresql.cnpg.io", "clusters.postgresql.cnpg.io")
    assert persistent_volume.KIND.group == ""
