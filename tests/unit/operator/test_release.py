"""`tau.operator.release`: versions and tags of release manifests."""

import pytest

from tau import errors
from tau.operator import release


@pytest.mark.parametrize(
    ("text", "numbers"), [("1.30.0", (1, 30, 0)), ("v1.31.2", (1, 31, 2)), ("1.30", None), ("", None), ("main", None)]
)
def test_versions_are_compared_as_numbers(text: str, numbers: tuple[int, ...] | None) -> None:
    assert release.version(text) == numbers


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("0.14.0", None),
        ("0.100.0", None),
        ("0.9.9", "is too old; tau needs 0.14.0 or newer"),
        ("v0.14.0", "is not a version; use for example `0.14.0`"),
        ("newest", "is not a version"),
        (None, None),
    ],
)
def test_a_version_is_one_that_tau_works_with(given: str | None, reason: str | None) -> None:
    problems = errors.Problems()
    release.check_version(problems, "version", given, (0, 14, 0))
    assert [reason in one.reason for one in problems if reason] == ([True] if reason else [])
    assert bool(problems) == bool(reason)


@pytest.mark.parametrize(
    ("image", "tag"),
    [("registry:5000/a/b:v1.2.3", "v1.2.3"), ("a/b:1@sha256:" + "0" * 64, "1"), ("a/b:main", "main")],
)
def test_the_tag_of_an_image(image: str, tag: str) -> None:
    assert release.tag(image) == tag
