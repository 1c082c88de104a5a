"""`tau.credentials.resource`: a password is made once, and taken over where the state does not know it."""

import base64
import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors, fields
from tau.credentials.resource import RoleCredential
from tau.kubernetes.kind import Kind
from tau.resource import contract
from tau.resource.contract import Operation
from tau.types.postgres import RoleCredentialArgs

ARGS = RoleCredentialArgs(namespace="apps", secret_name="main-shop-connection", database="shop", owner="ann")
TAUS = {"app.kubernetes.io/managed-by": "tau"}
RECORDED = {
    "digestKey": "random",
    "generation": 0,
    "ownerPassword": "mine",
    "password": "mine",
    "rotation": "",
    "secondPassword": "",
    "username": "ann",
}
OLD_STATE = {"id": "none", "length": 32, "result": "from-the-state", "bcryptHash": "$2a$"}


def connection_secret(labels: Mapping[str, str] | None = None, **data: str) -> dict[str, Any]:
    """A connection Secret as the API server answers it."""
    held = {"database": "shop", "username": "ann", "password": "kept", "url": "postgresql://"} | data
    return {
        "metadata": {"labels": TAUS if labels is None else labels},
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in held.items()},
    }


class Cluster:
    """A FAKE of a cluster with one Secret, or an error in its place."""

    def __init__(self, found: Any = None) -> None:
        self.found = found

    async def get(self, kind: Kind, namespace: str, name: str) -> Any:
        assert (kind.api_version, kind.plural, namespace, name) == ("v1", "secrets", "apps", "main-shop-connection")
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def credential(found: Any = None) -> RoleCredential:
    return RoleCredential(lambda *_: Cluster(found))  # type: ignore[arg-type]


async def created(found: Any = None, args: RoleCredentialArgs = ARGS) -> tuple[str, str]:
    told: list[str] = []
    operation = Operation(urn="urn", seconds=1, tell=told.append)
    identifier, outputs = await credential(found).create(args, operation)
    assert identifier == "apps/main-shop-connection"
    assert isinstance(outputs["password"], fields.Secret)
    assert not any(str(outputs["password"].value) in text for text in told)
    return outputs["username"], str(outputs["password"].value)


async def test_a_new_password_has_32_letters_and_digits_and_is_another_each_time() -> None:
    first, second = await created(), await created()
    assert first[0] == "ann"
    assert first[1] != second[1]
    assert all(len(one[1]) == 32 and one[1].isalnum() and one[1].isascii() for one in (first, second))


async def test_the_password_of_the_connection_secret_is_taken_over() -> None:
    assert await created(connection_secret()) == ("ann", "kept")


@pytest.mark.parametrize(
    "found",
    [
        connection_secret(labels={}),
        connection_secret(labels={"app.kubernetes.io/managed-by": "helm"}),
        connection_secret(database="wiki"),
        connection_secret(username="bob"),
        connection_secret(password=""),
        {"metadata": {"labels": TAUS}},
        {"metadata": {"labels": TAUS}, "data": {"password": "////"}},
    ],
    ids=["no label", "another label", "another database", "another role", "empty", "no data", "no text"],
)
async def test_nothing_is_taken_over_from_any_other_secret(found: Any) -> None:
    assert (await created(found))[1] != "kept"


async def test_without_any_cluster_there_is_a_password_all_the_same() -> None:
    assert len((await created(errors.NoCluster("none")))[1]) == 32


@pytest.mark.parametrize("failure", [errors.Unreachable("no answer"), errors.ClusterError("forbidden")])
async def test_a_cluster_that_does_not_answer_gets_no_other_password(failure: Exception) -> None:
    with pytest.raises(type(failure)):
        await created(failure)


async def test_a_preview_foresees_what_is_taken_over_and_nothing_else() -> None:
    foreseen = await credential(connection_secret()).foreseen(ARGS, {})
    assert foreseen is not None
    assert foreseen["password"].value == "kept"
    for found in (None, connection_secret(labels={})):
        new = await credential(found).foreseen(ARGS, {})
        assert new is not None
        assert (new["username"], type(new["password"])) == ("ann", fields.Deferred)
    assert await credential(errors.Unreachable("no answer")).foreseen(ARGS, {}) is None
    unknown = RoleCredentialArgs(**vars(ARGS) | {"kubeconfig": fields.Deferred(handle=None)})
    assert await credential(connection_secret()).foreseen(unknown, {}) is None


async def test_a_preview_of_a_rotation_knows_the_login_and_every_password_but_the_new_one() -> None:
    args = dataclasses.replace(ARGS, rotation="a", rotates=True)
    foreseen = await credential().foreseen(args, RECORDED)
    assert foreseen is not None
    assert (foreseen["username"], foreseen["generation"], foreseen["ownerPassword"].value) == ("ann_rotated", 1, "mine")
    assert type(foreseen["password"]) is type(foreseen["secondPassword"]) is fields.Deferred
    kept = await credential().foreseen(ARGS, RECORDED)
    assert kept is not None
    assert kept["password"].value == "mine"


async def test_the_password_that_an_older_state_holds_is_kept() -> None:
    resource, operation = credential(), Operation(urn="urn", seconds=1, tell=print)
    foreseen = await resource.foreseen(ARGS, OLD_STATE)
    updated = await resource.update(ARGS, OLD_STATE, operation)
    for outputs in (foreseen, updated):
        assert outputs is not None
        assert "result" not in outputs
        assert (outputs["username"], outputs["password"].value) == ("ann", "from-the-state")
    assert foreseen is not None
    assert type(foreseen["digestKey"]) is fields.Deferred
    assert len(updated["digestKey"].value) > 40
    assert resource.difference(frozenset(), OLD_STATE).expired == {"digestKey"}
    without = {key: value for key, value in RECORDED.items() if key != "digestKey"}
    assert resource.difference(frozenset(), without).expired == {"digestKey"}


async def test_a_refresh_and_a_change_of_names_keep_the_password() -> None:
    resource, operation = credential(), Operation(urn="urn", seconds=1, tell=print)
    recorded = {**RECORDED, "username": "bob"}
    read = await resource.read(ARGS, recorded)
    updated = await resource.update(ARGS, recorded, operation)
    assert read is not None
    assert (read["username"], read["password"].value) == ("bob", "mine")
    assert (updated["username"], updated["password"].value) == ("ann", "mine")
    assert read["digestKey"].value == updated["digestKey"].value == "random"
    assert resource.difference(frozenset({"owner"}), recorded).expired == {"username"}
    assert resource.difference(frozenset({"secretName"}), recorded) == contract.Difference()


async def test_a_refresh_before_the_first_update_loses_nothing_of_an_older_state() -> None:
    read = await credential().read(ARGS, OLD_STATE)
    assert read is not None
    assert read["result"].value == "from-the-state"


def test_names_that_cannot_be_are_refused() -> None:
    problems = errors.Problems()
    credential().check(RoleCredentialArgs(**vars(ARGS) | {"namespace": "A", "secret_name": "a/b"}), problems)
    assert [one.path for one in problems] == ["namespace", "secretName"]


async def test_another_rotation_changes_the_login_and_no_message_tells_a_password() -> None:
    resource, told = credential(connection_secret()), list[str]()
    operation = Operation(urn="urn", seconds=1, tell=told.append)
    args = dataclasses.replace(ARGS, rotation="a", rotates=True)
    assert resource.difference(frozenset({"rotation", "rotates"}), RECORDED).expired >= {"password", "username"}
    updated = await resource.update(args, RECORDED, operation)
    assert (updated["username"], updated["generation"]) == ("ann_rotated", 1)
    assert updated["password"].value == updated["secondPassword"].value
    assert updated["ownerPassword"].value == "mine"
    assert told == []
    again = {key: one.value if isinstance(one, fields.Secret) else one for key, one in updated.items()}
    assert (await resource.update(args, again, operation))["password"].value == again["password"]


async def test_a_state_that_was_lost_begins_with_the_login_that_is_current() -> None:
    found = connection_secret(username="ann_rotated")
    assert await created(found, dataclasses.replace(ARGS, rotation="a", rotates=True)) == ("ann_rotated", "kept")
    with pytest.raises(errors.TauError, match="passwordRotation"):
        await created(found)
