"""`tau.engine.property_map.output`: pure values become what the engine takes."""

from typing import Any

import pulumi

from tau import fields
from tau.engine import property_map


async def resolved(value: Any) -> Any:
    return await pulumi.Output.from_input(property_map.output(value)).future()


async def test_known_values_go_through_unchanged() -> None:
    assert property_map.output({"a": [1, ("b",)]}) == {"a": [1, ["b"]]}


async def test_a_deferred_value_becomes_its_own_handle() -> None:
    handle = pulumi.Output.from_input("x")
    assert property_map.output([fields.Deferred(handle=handle)]) == [handle]


async def test_computed_values_are_computed_once_everything_is_known() -> None:
    later = fields.Deferred(handle=pulumi.Output.from_input(2))
    total = fields.lift(lambda one, more: one + sum(more), 1, [later, 3])
    assert await resolved({"total": fields.lift(lambda value: value * 10, total)}) == {"total": 60}


async def test_whatever_is_computed_from_a_secret_is_secret() -> None:
    hidden = fields.Secret(handle=pulumi.Output.secret("x"), value="x")
    computed = property_map.output(fields.lift(lambda text: text * 2, hidden))
    assert await computed.is_secret()
    assert await computed.future() == "xx"
