"""`tau.engine.child_resource`: of a child the SDK keeps the outputs that are wanted, and of other resources all."""

from typing import Any

import pulumi
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

from tau.engine.child_resource import Child

_ANSWER = {"metadata": {"generation": 3}, "spec": {"replicas": 1}}


def _made(kind: type[pulumi.Resource], **attributes: Any) -> Any:
    """A resource that is registered nowhere."""
    found = object.__new__(kind)
    found.__dict__.update(_name="one", **attributes)
    return found


def _resolved(one: Any) -> set[str]:
    resolvers = rpc.transfer_properties(one, _ANSWER, custom=True)
    rpc.resolve_outputs(
        one, struct_pb2.Struct(), json_format.ParseDict(_ANSWER, struct_pb2.Struct()), {}, resolvers, True
    )
    return set(resolvers)


async def test_a_child_has_the_outputs_that_are_wanted() -> None:
    one = _made(Child, wanted=frozenset({"metadata"}))
    assert _resolved(one) == {"metadata"}
    assert await one.metadata.future() == {"generation": 3}
    assert "spec" not in vars(one)


async def test_what_the_engine_does_not_answer_is_none() -> None:
    one = _made(Child, wanted=frozenset({"metadata", "message"}))
    assert _resolved(one) == {"metadata", "message"}
    assert await one.message.future() is None


async def test_other_resources_have_all_outputs() -> None:
    one = _made(pulumi.CustomResource)
    assert _resolved(one) == {"metadata", "spec"}
    assert await one.spec.future() == {"replicas": 1}
