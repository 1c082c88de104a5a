"""`tau.store.gateway_key_resource`: a key is made once, again for each rotation, and taken over where no state knows
it."""

import base64
import dataclasses
from typing import Any

import pytest

from tau import errors, fields
from tau.kubernetes.kind import Kind
from tau.resource.contract import Operation
from tau.store.gateway_key_resource import GatewayKey
from tau.types.postgres import GatewayKeyArgs

ARGS = GatewayKeyArgs(key="ACCESS_KEY_ID", namespace="infra", secret_name="backups-keys")
HELD = {
    "metadata": {"labels": {"app.kubernetes.io/managed-by": "tau"}},
    "data": {"ACCESS_KEY_ID": base64.b64encode(b"kept").decode()},
}
RECORDED = {"digestKey": "random", "rotation": "a", "value": "mine"}
OPERATION = Operation(urn="urn", seconds=1, tell=print)


class Cluster:
    """A FAKE of a cluster with one Secret, or an error in its place."""

    def __init__(self, found: Any = None) -> None:
        self.found = found

    async def get(self, kind: Kind, namespace: str, name: str) -> Any:
        assert (kind.api_version, kind.plural, namespace, name) == ("v1", "secrets", "infra", "backups-keys")
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def key(found: Any = None) -> GatewayKey:
    return GatewayKey(lambda *_: Cluster(found))  # type: ignore[arg-type]


def opened(outputs: Any) -> dict[str, Any]:
    assert isinstance(outputs["value"], fields.Secret)
    return {name: one.value if isinstance(one, fields.Secret) else one for name, one in outputs.items()}


def beside_the_digest_key(outputs: Any) -> dict[str, Any]:
    """The outputs without that one, which must be there."""
    found = opened(outputs)
    assert found.pop("digestKey")
    return found


@pytest.mark.parametrize("found", [None, {"metadata": {}, "data": HELD["data"]}, {**HELD, "data": {}}])
async def test_a_key_is_made_where_tau_has_made_none(found: Any) -> None:
    identifier, outputs = await key(found).create(ARGS, OPERATION)
    assert identifier == "infra/backups-keys/ACCESS_KEY_ID"
    assert len(opened(outputs)["value"]) == 32
    assert await key(found).foreseen(ARGS, {}) is None


async def test_the_key_of_the_gateway_is_taken_over_and_a_preview_says_so() -> None:
    _, outputs = await key(HELD).create(ARGS, OPERATION)
    foreseen = await key(HELD).foreseen(ARGS, {})
    assert foreseen is not None
    assert type(foreseen["digestKey"]) is fields.Deferred, "it is yet to be made"
    for found in (outputs, foreseen):
        assert beside_the_digest_key(found) == {"rotation": "", "value": "kept"}


async def test_a_cluster_that_does_not_answer_gets_no_other_key() -> None:
    with pytest.raises(errors.Unreachable):
        await key(errors.Unreachable("no answer")).create(ARGS, OPERATION)
    assert await key(errors.Unreachable("no answer")).foreseen(ARGS, {}) is None


async def test_another_rotation_makes_another_key_and_nothing_else_does() -> None:
    course = [("a", "mine"), (None, "mine"), ("b", None)]
    for rotation, value in course:
        args = dataclasses.replace(ARGS, rotation=rotation)
        outputs = opened(await key().update(args, RECORDED, OPERATION))
        assert (outputs["rotation"], outputs["digestKey"]) == (rotation or "", "random")
        assert outputs["value"] == value if value else len(outputs["value"]) == 32
        foreseen = await key().foreseen(args, RECORDED)
        assert (foreseen is None) == (value is None)
    assert key().difference(frozenset({"rotation"}), RECORDED).expired == {"rotation", "value"}
    assert key().difference(frozenset({"namespace"}), RECORDED).expired == frozenset()


async def test_the_key_that_an_older_state_holds_is_kept() -> None:
    older = {"length": 32, "result": "from-the-state"}
    for outputs in (await key().foreseen(ARGS, older), await key().update(ARGS, older, OPERATION)):
        assert beside_the_digest_key(outputs) == {"rotation": "", "value": "from-the-state"}
    assert key().difference(frozenset(), older).expired == {"digestKey"}
    read = await key().read(ARGS, older)
    assert read is not None
    assert read["result"].value == "from-the-state"
    assert opened(await key().read(ARGS, RECORDED)) == RECORDED
