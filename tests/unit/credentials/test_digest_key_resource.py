"""`tau.credentials.digest_key_resource`: a key is made once, stays for good, and is never shown."""

from tau import errors, fields
from tau.credentials import digest as digests
from tau.credentials.digest_key_resource import DigestKey
from tau.resource.contract import Difference, Operation
from tau.types.app import DigestKeyArgs

ARGS, OPERATION = DigestKeyArgs(), Operation(urn="urn", seconds=1, tell=print)


async def test_each_has_a_key_of_its_own_that_stays() -> None:
    resource, problems = DigestKey(lambda *_: None), errors.Problems()  # type: ignore[arg-type]
    resource.check(ARGS, problems)
    assert not problems
    (first, one), (second, other) = [await resource.create(ARGS, OPERATION) for _ in range(2)]
    assert first != second
    assert isinstance(one["value"], fields.Secret)
    assert isinstance(other["value"], fields.Secret)
    assert one["value"].value != other["value"].value
    assert len(str(one["value"].value)) > 40
    recorded = {"value": one["value"].value}
    for kept in (await resource.read(ARGS, recorded), await resource.update(ARGS, recorded, OPERATION)):
        assert kept is not None
        assert isinstance(kept["value"], fields.Secret)
        assert kept["value"].value == recorded["value"]
    assert resource.difference(frozenset(), recorded) == Difference()


def test_a_digest_is_the_same_for_the_same_content_and_key_alone() -> None:
    content, key = {"b": {"PIN": "0421"}, "a": 1}, digests.new_key()
    same = {"a": 1, "b": {"PIN": "0421"}}
    assert digests.of_secrets(content, key) == digests.of_secrets(same, key) != digests.of_secrets(content, "other")
    assert digests.of_secrets(content, key) != digests.of_public(content)
    assert len(digests.of_secrets(content, key)) == len(digests.of_public(content)) == 32
