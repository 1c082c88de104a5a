"""`tau.values.choice`: inputs of which one is to be chosen."""

from tau import errors, fields
from tau.values import choice


def test_what_is_set_may_be_unknown_and_false_is_not_set() -> None:
    options = {"a": None, "b": False, "c": "", "d": fields.Deferred(handle=None), "e": True}
    assert choice.present(options) == ["c", "d", "e"]


def test_everything_beside_the_first_is_noted_at_its_own_path() -> None:
    problems = errors.Problems()
    found = choice.at_most_one(problems, "restore", {"a": None, "b": 1, "c": 2, "d": 3}, "is not for `{first}`")
    assert found == ["b", "c", "d"]
    assert [str(one) for one in problems] == ["restore.c: is not for `b`", "restore.d: is not for `b`"]


def test_at_the_top_the_path_is_the_name() -> None:
    problems = errors.Problems()
    choice.at_most_one(problems, "", {"nfs": 1, "s3": 2}, "is not for `{first}`")
    assert [one.path for one in problems] == ["s3"]
