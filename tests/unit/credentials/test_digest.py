"""`tau.desired.digest`: what is digested shows a change, and a secret cannot be guessed from it."""

import pytest

from tau.desired import digest


def test_a_digest_follows_the_content_and_not_its_order() -> None:
    assert digest.of_public({"a": 1, "b": 2}) == digest.of_public({"b": 2, "a": 1})
    assert digest.of_public({"a": 1}) != digest.of_public({"a": 2})


def test_a_digest_of_secrets_needs_its_key() -> None:
    first, second = digest.new_key(), digest.new_key()
    assert digest.of_secrets("hidden", first) == digest.of_secrets("hidden", first)
    assert digest.of_secrets("hidden", first) != digest.of_secrets("hidden", second)
    assert digest.of_secrets("hidden", first) != digest.of_public("hidden")
    with pytest.raises(ValueError, match="key"):
        digest.of_secrets("hidden", "")
