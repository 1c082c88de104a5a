"""What all custom resources share."""

from tau import fields
from tau.resource import contract
from tau.types.postgres import Restore, Store


def test_secrets_are_revealed_at_any_depth_and_the_rest_stays() -> None:
    def hidden(value: object) -> fields.Secret:
        return fields.Secret(handle=None, value=value)

    unknown = fields.Deferred(handle=None)
    store = Store(endpoint="http://a", bucket=hidden("b"), access_key_id=hidden("c"), secret_access_key=unknown)
    found = contract.revealed(Restore(store=store, target_name=hidden("before")))
    assert found.store is not None
    assert (found.store.bucket, found.store.access_key_id, found.target_name) == ("b", "c", "before")
    assert found.store.secret_access_key is unknown
