"""The ledger of a walk sees each kind of loss, and believes an explicit word."""

import pathlib
from collections.abc import Mapping
from typing import Any

import pytest

from tests.walk.api_values import Key
from tests.walk.fake_cluster import FakeCluster, cluster_key
from tests.walk.model import Intent, Model
from tests.walk.simulated_store import Place, SimulatedStore

_SHOP = cluster_key("data", "shop")
_CLAIM = Key("v1", "data", "persistentvolumeclaims", "files")
_DELETED = Intent(frozenset({("alpha", "data", "shop"), ("alpha", "data", "files")}))
_FIRST, _SECOND = "home/main", "home/test"


@pytest.fixture
def cluster(tmp_path: pathlib.Path) -> FakeCluster:
    """A server and a claim of the first stack."""
    found = FakeCluster("alpha", SimulatedStore(tmp_path))
    with found.acting(_FIRST) as objects:
        objects.create(_SHOP, {"spec": {"instances": 1, "imageName": "registry.test/postgresql:15"}}, "pulumi")
        claim = {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}
        objects.create(_CLAIM, claim, "pulumi")
    return found


@pytest.fixture
def model(cluster: FakeCluster) -> Model:
    """The ledger, with a row and a file in it."""
    found = Model([cluster], cluster.operators.store)
    assert found.after(_FIRST, Intent()) == []
    found.confirm()
    return found


def _guard(**said: Any) -> Mapping[str, Any]:
    return {"type": "tau:postgres:CleanupGuard", "inputs": {"namespace": "data", "instance": "shop", **said}}


def _delete(model: Model, cluster: FakeCluster, key: Key, *state: Mapping[str, Any], actor: str = _FIRST) -> None:
    model.before(actor, state)
    with cluster.acting(actor) as objects:
        objects.delete(key, {})


def test_a_row_that_is_nowhere_is_lost_even_where_the_deletion_was_asked_for(
    model: Model, cluster: FakeCluster
) -> None:
    _delete(model, cluster, _SHOP, _guard(backup=True))
    (told,) = model.after(_FIRST, _DELETED)
    assert "in no server and in no base backup" in told
    assert model.after(_FIRST, Intent()) == []


def test_a_row_in_a_base_backup_is_not_lost(model: Model, cluster: FakeCluster) -> None:
    place = Place("http://127.0.0.1:9000", "archive", "", "shop-15-1")
    cluster.operators.store.take(place, model.rows, "15", "7000000000000000001")
    _delete(model, cluster, _SHOP, _guard(backup=True))
    assert model.after(_FIRST, _DELETED) == []


@pytest.mark.parametrize(
    ("said", "away", "believed"),
    [
        ({"backup": False}, False, True),
        ({"backup": True, "onBackupFailure": "continue"}, True, True),
        ({"backup": True, "onBackupFailure": "continue"}, False, False),
        ({"backup": False, "keep": [{"kind": "Cluster"}]}, False, False),
    ],
)
def test_an_explicit_word_is_believed(
    model: Model, cluster: FakeCluster, said: Mapping[str, Any], away: bool, believed: bool
) -> None:
    cluster.operators.store.away = away
    _delete(model, cluster, _SHOP, _guard(**said))
    assert (model.after(_FIRST, _DELETED) == []) == believed


def test_the_word_holds_for_a_deletion_that_was_asked_for_only(model: Model, cluster: FakeCluster) -> None:
    _delete(model, cluster, _SHOP, _guard(backup=False))
    unasked, lost = model.after(_FIRST, Intent())
    assert "which nobody asked for" in unasked
    assert "in no server" in lost


def test_an_annotation_is_a_word(model: Model, cluster: FakeCluster) -> None:
    cluster.annotate(_SHOP, {"tau/last-backup": "false"})
    _delete(model, cluster, _SHOP, _guard(backup=True))
    assert model.after(_FIRST, _DELETED) == []


def test_a_claim_goes_with_the_application_that_it_belongs_to(model: Model, cluster: FakeCluster) -> None:
    _delete(model, cluster, _CLAIM)
    assert model.after(_FIRST, _DELETED) == []


def test_a_claim_that_nobody_asked_for_is_lost(model: Model, cluster: FakeCluster) -> None:
    _delete(model, cluster, _CLAIM)
    assert len(model.after(_FIRST, Intent())) == 2


def test_nobody_changes_or_deletes_what_is_anothers(model: Model, cluster: FakeCluster) -> None:
    with cluster.acting(_SECOND) as objects:
        objects.apply(_SHOP, {"spec": {"instances": 1}}, "pulumi-second", force=False)
    (changed,) = model.after(_SECOND, Intent())
    assert changed.startswith("home/test has changed what is home/main's in alpha")
    _delete(model, cluster, _CLAIM, actor=_SECOND)
    assert any("has deleted what is home/main's" in one for one in model.after(_SECOND, _DELETED))


def test_an_up_with_nothing_to_do_deletes_nothing(model: Model, cluster: FakeCluster) -> None:
    _delete(model, cluster, _CLAIM)
    assert any("unchanged program" in one for one in model.after(_FIRST, Intent(quiet=True)))


def test_a_server_is_in_one_cluster_only(model: Model, cluster: FakeCluster) -> None:
    other = FakeCluster("beta", cluster.operators.store)
    both = Model([cluster, other], cluster.operators.store, owners=model.owners)
    metadata = {"namespace": "data", "name": "shop"}
    both.before(_FIRST, [{"type": "kubernetes:postgresql.cnpg.io/v1:Cluster", "inputs": {"metadata": metadata}}])
    with other.acting(_FIRST) as objects:
        objects.create(_SHOP, {"spec": {"instances": 1, "imageName": "registry.test/postgresql:15"}}, "pulumi")
    assert any("has it in alpha already" in one for one in both.after(_FIRST, Intent()))
