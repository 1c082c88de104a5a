"""`tau.credentials.digest`: what is digested shows a change, and a secret cannot be guessed from it."""

import pytest

from tau.credentials import digest as digests


def test_a_digest_follows_the_content_and_not_its_order() -> None:
    assert digests.of_public({"a": 1, "b": 2}) == digests.of_public({"b": 2, "a": 1})
    assert digests.of_public({"a": 1}) != digests.of_public({"a": 2})


def test_a_digest_of_secrets_needs_its_key() -> None:
    first, second = digests.new_key(), digests.new_key()
    assert digests.of_secrets("hidden", first) == digests.of_secrets("hidden", first)
    assert digests.of_secrets("hidden", first) != digests.of_secrets("hidden", second)
    assert digests.of_secrets("hidden", first) != digests.of_public("hidden")
    with pytest.raises(ValueError, match="key"):
        digests.of_secrets("hidden", "")
