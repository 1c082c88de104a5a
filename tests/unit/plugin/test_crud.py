"""What the dispatcher gives to a custom resource: the cluster, and arguments with secrets as plain values."""

from collections.abc import Mapping
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime import proto
from typing_extensions import override

from tau import errors, fields
from tau.engine import property_map
from tau.kubernetes import api as kubernetes_api
from tau.plugin import crud, registry
from tau.resource.contract import CustomResource, Operation
from tests.unit import property_values, schema_values

TOKEN = "tau:postgres:Readiness"
URN = f"urn:pulumi:stack::project::{TOKEN}::one"


class Recorder(CustomResource[Any]):
    """Makes what its arguments name, and remembers for how long it is used."""

    made: list["Recorder"]

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.made.append(self)
        self.checked: list[Any] = []
        self.created: list[str] = []

    @override
    def check(self, args: Any, problems: errors.Problems) -> None:
        self.checked.append(args)

    @override
    async def supplement(self, recorded: Mapping[str, Any], args: Any) -> Mapping[str, Any]:
        return {"condition": f"{args.name} was {recorded.get('name')}"}

    @override
    async def create(self, args: Any, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        self.created.append(args.name)
        return args.name, {"access": list(self._access)}


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[Recorder]:
    Recorder.made = []
    monkeypatch.setattr(registry, "custom_resource", {TOKEN: Recorder}.get)
    return Recorder.made


def _served() -> crud.CustomResources:
    return crud.CustomResources(schema_values.SCHEMA, *[lambda *_: None] * 3)


def _inputs(**given: Any) -> struct_pb2.Struct:
    kind = {"apiVersion": "v1", "kind": "Database", "namespace": "apps"}
    return property_values.struct({**kind, "name": property_values.secret("main"), **given})


async def _create(served: crud.CustomResources, **given: Any) -> proto.CreateResponse:
    return await served.create(proto.CreateRequest(urn=URN, properties=_inputs(**given)))


async def test_secret_arguments_are_revealed_and_open_the_connection() -> None:
    answer = await _create(_served(), kubeconfig=property_values.secret("hidden"))
    assert answer.id == "main"
    assert property_map.plain(answer.properties) == {"access": ["hidden", None]}


async def test_a_check_sees_secrets_hidden_and_finds_inputs_out_from_plain_ones(made: list[Recorder]) -> None:
    request = proto.CheckRequest(urn=URN, olds=_inputs(name=property_values.secret("before")), news=_inputs())
    answer = await _served().check(request)
    assert answer.inputs["condition"] == "main was before"
    assert isinstance(made[0].checked[0].name, fields.Secret)


@pytest.mark.parametrize("unknown", ["kubeconfig", "context"])
async def test_a_cluster_that_is_not_known_yet_is_not_taken_for_the_usual_one(unknown: str) -> None:
    answer = await _create(_served(), **{unknown: property_values.UNKNOWN})
    assert property_map.plain(answer.properties) == {"access": [kubernetes_api.NO_CLUSTER, None]}


async def test_what_a_resource_remembers_holds_in_every_cluster(made: list[Recorder]) -> None:
    served = _served()
    answers = [await _create(served, context=context) for context in ("one", "other", "one")]
    assert [property_map.plain(one.properties)["access"] for one in answers] == [
        [None, "one"],
        [None, "other"],
        [None, "one"],
    ]
    assert [one.created for one in made] == [["main"] * 3]


async def test_a_secret_output_that_is_passed_on_stays_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    token = "tau:app:DigestKey"
    monkeypatch.setattr(registry, "custom_resource", {token: Recorder}.get)
    served, urn = _served(), f"urn:pulumi:stack::project::{token}::one"
    outputs = property_values.struct({"value": property_values.secret("hidden")})
    read = await served.read(proto.ReadRequest(urn=urn, id="one", properties=outputs))
    updated = await served.update(proto.UpdateRequest(urn=urn, olds=outputs))
    assert read.properties == updated.properties == outputs


async def test_without_more_than_create_nothing_is_refused_looked_up_or_removed() -> None:
    served, inputs = _served(), _inputs()
    outputs = property_values.struct({"message": "made"})
    difference = await served.diff(proto.DiffRequest(urn=URN, olds=outputs, old_inputs=inputs, news=inputs))
    assert difference.changes == proto.DiffResponse.DIFF_NONE
    assert (await served.create(proto.CreateRequest(urn=URN, properties=inputs, preview=True))).properties == inputs
    updated = await served.update(proto.UpdateRequest(urn=URN, olds=outputs, old_inputs=inputs, news=inputs))
    assert updated.properties == outputs
    read = await served.read(proto.ReadRequest(urn=URN, id="main", inputs=inputs, properties=outputs))
    assert read.properties == outputs
    await served.delete(proto.DeleteRequest(urn=URN, properties=outputs, old_inputs=inputs))
